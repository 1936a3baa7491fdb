"""The words of shopping per language, that no shop has to teach: politeness, prices, ordinals, numbers.

The tables are the YAML files beside this module. Entries of several words match as a whole; accents do not
matter.
"""

from pathlib import Path

import msgspec
import yaml


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chat: str
    """Comma-separated: what customers say around the product's name."""
    people: dict[str, list[str]]
    """For whom a thing is, by the English name of the value that says so; talk, unless the shop has such a value."""
    kept: list[str]
    """Stop words elsewhere, names of things in a shop."""
    max: list[str]
    min: list[str]
    max_after: list[str]
    min_after: list[str]
    between: list[tuple[str, str]]
    about: list[str]
    currency: list[str]
    in_stock: list[str]
    by_price: list[str]
    by_price_down: list[str]
    cheaper: list[str]
    dearer: list[str]
    more: list[str]
    similar: list[str]
    bigger: list[str]
    smaller: list[str]
    lighter: list[str]
    heavier: list[str]
    back: list[str]
    """To the list that was shown."""
    biggest: list[str]
    smallest: list[str]
    big: list[str]
    small: list[str]
    cheapest: list[str]
    dearest: list[str]
    ordinals: dict[str, int]
    last: list[str]
    middle: list[str]
    other: list[str]
    position: list[str]
    """What comes before a position: "number 2"."""
    articles: list[str]
    """What makes a bare number a position: "le 2"."""
    this: list[str]
    """Pronouns for what the conversation is about."""
    numbers: dict[str, int]
    both: list[str]
    """Counts nothing: it means all that was shown."""
    alone: list[str]
    added: list[str]
    """Beside a number, what it is counted on top of: "two more"."""
    taken_off: list[str]
    in_all: list[str]
    """A number is no change but what it comes to: "one more, so two in total"."""
    instead: list[str]
    """Words by which one thing takes another's place."""
    goes_with: list[str]
    price_asked: list[str]
    how_much: list[str]
    """At the end of what is said: "how much does it weigh?" is another question."""
    having: list[str]
    """Asks for what follows, whatever is being talked of."""
    determiners: list[str]
    """What asks for company: "what goes well with it?"."""
    something: list[str]
    """Words for a product that is not named."""
    unwanted: list[str]
    """Before a value or a brand that is not wanted: "anything but"."""
    unwanted_after: list[str]
    unwanted_links: list[str]
    """What may stand between these and the value: "not in"."""
    nor: list[str]
    different: list[str]
    """Before the name of an option whose value is to be another one, or, with `than`, before the value itself."""
    than: list[str]
    any_of: list[str]
    """Before the name of an option that is left open again."""
    any_after: list[str]
    brand: list[str]
    compare: list[str]
    joining: list[str]
    """What stands between things that are compared."""
    options: dict[str, list[str]]
    """What usual options are called, for a shop that names them in another language."""


def _load(language: str) -> Words:
    text = Path(__file__).with_name(f"{language}.yml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Words)


WORDS = {language: _load(language) for language in ("en", "fr", "es")}
