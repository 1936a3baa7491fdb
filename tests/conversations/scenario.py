"""Conversations written down: what a customer does, step by step, and what must be seen after each.

A file is a list of steps in the language of its folder. One act: `say`, `press` (a button's title, on the `card` of
that name), `fill` (fields of the form that was shown last), `send` (a photo of that name), `pay` (a card's number),
`parcel` (steps that the carrier takes), `hear` (what the shop says next by itself), `begin_anew` (in another
browser). `{order}` in `say` is the number read last, `{code to ada@example.com}` what a letter to her said. Then
`expect`; `answered_in` a language says that the talk goes on in it. `then` is what is true afterwards.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
import yaml

from tests.conversations.customer import Customer, Event, plain

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr", "es")
INTERNAL = re.compile(r"[{}]|\b[a-z]+_[a-z_]+\b|\bNone\b|/[a-z]+\{")
CODE_TO = re.compile(r"{code to (\S+)}")
NATIVE = {
    "en": {"the", "your", "you", "with", "sorry", "which", "shall", "order", "cart", "delivery"},
    "fr": {"vous", "votre", "nous", "désolé", "quel", "dois", "commande", "panier", "livraison", "rupture"},
    "es": {"tu", "tienes", "lo", "siento", "qué", "cuál", "pedido", "carrito", "envío", "quedan"},
}
"""Words that belong to one of the languages alone and to no name in the shop."""


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    """Each entry must be found: as it stands, or between slashes as a regular expression."""

    text: list[str] = []
    never: list[str] = []
    cards: list[str] = []
    """Each within one card, which reads: title | subtitle | price."""
    no_cards: list[str] = []
    choices: list[str] = []
    table: list[str] = []
    """Each within one row, which reads: name | value | value; the first row holds the titles."""
    link: str | None = None
    form: dict[str, str] | None = None
    """What already stands in the fields of the form that must be there."""
    no_form: bool = False
    asks_satisfaction: bool | None = None


class Afterwards(msgspec.Struct, forbid_unknown_fields=True):
    cart: dict[str, int]
    order: str | None = None


class Step(msgspec.Struct, forbid_unknown_fields=True):
    say: str | None = None
    press: str | None = None
    card: str = ""
    fill: dict[str, str] | None = None
    send: str | None = None
    pay: str | None = None
    parcel: int | None = None
    hear: bool = False
    begin_anew: bool = False
    answered_in: Literal["en", "fr", "es"] | None = None
    expect: Expected = msgspec.field(default_factory=Expected)
    then: Afterwards | None = None


def scenarios() -> list[Path]:
    return sorted(HERE.glob("*/*.yml"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def steps_of(path: Path) -> list[Step]:
    return msgspec.convert(yaml.safe_load(path.read_text()), list[Step])


async def play(http: aiohttp.ClientSession, url: str, path: Path) -> Customer:
    """Plays it to the end, so that everything that is wrong in it is told at once. Raises AssertionError."""
    customer = await Customer.arrive(http, url, path.parent.name)
    wrong = [problem for step in steps_of(path) for problem in await _played(customer, step)]
    assert not wrong, "\n".join([name_of(path), *wrong, "", *map(shown, customer.seen)])
    return customer


async def _played(customer: Customer, step: Step) -> list[str]:
    try:
        if step.then:
            return [problem async for problem in _untrue(customer, step.then)]
        if step.begin_anew:
            await customer.begin_anew()
            return []
        answers = await _act(customer, step)
    except AssertionError as error:
        return [f"✗ {_named(step)}: {error}"]
    customer.language = step.answered_in or customer.language
    problems = [*_missing(answers, step.expect), *foreign(answers, customer.language)]
    return [f"✗ {_named(step)}: {problem}" for problem in problems]


async def _act(customer: Customer, step: Step) -> list[Event]:
    if step.say is not None:
        number = customer.order_number if "{order}" in step.say else ""
        said = step.say.replace("{order}", number)
        if asked := CODE_TO.search(said):
            said = said.replace(asked[0], await customer.code_sent_to(asked[1]))
        return await customer.say(said)
    if step.press is not None:
        return await customer.press(step.press, step.card)
    if step.fill is not None:
        return await customer.fill(step.fill)
    if step.send is not None:
        return await customer.send_photo(step.send)
    if step.pay is not None:
        return await customer.pay(step.pay)
    if step.hear:
        return await customer.hear()
    return await customer.hurry_the_parcel(step.parcel or 1)


async def _untrue(customer: Customer, afterwards: Afterwards) -> Any:
    cart = await customer.ask("cart")
    in_cart = {line["sku"]: line["quantity"] for line in cart["lines"]}
    if in_cart != afterwards.cart:
        yield f"✗ the cart holds {in_cart} instead of {afterwards.cart}"
    if afterwards.order:
        order = await customer.ask(f"order?number={customer.order_number}")
        if order["payment_status"] != afterwards.order:
            yield f"✗ the order is {order['payment_status']} instead of {afterwards.order}"


def _missing(answers: list[Event], expected: Expected) -> Iterator[str]:
    if not answers:
        yield "no answer"
        return
    text = plain("\n".join(event.get("text", "") for event in answers))
    cards = [_card(card) for event in answers for card in event.get("cards", [])]
    choices = [plain(choice["title"]) for event in answers for choice in event.get("choices", [])]
    rows = [row for event in answers for row in _rows(event)]
    kinds = [link["kind"] for event in answers for link in event.get("links", [])]
    yield from (f"does not say “{words}”" for words in expected.text if not _holds(text, words))
    yield from (f"says “{words}”" for words in expected.never if _holds(text, words))
    yield from (
        f"no card “{words}”" for words in expected.cards if not any(_holds(card, words) for card in cards)
    )
    yield from (
        f"a card “{words}”" for words in expected.no_cards if any(_holds(card, words) for card in cards)
    )
    yield from (f"no button “{title}”" for title in expected.choices if title not in choices)
    yield from (
        f"no row “{words}”" for words in expected.table if not any(_holds(row, words) for row in rows)
    )
    if expected.link and expected.link not in kinds:
        yield f"no link for {expected.link}"
    forms = [event["form"] for event in answers if event.get("form")]
    filled = [
        {field["name"]: field["value"] for field in form["fields"] if "value" in field} for form in forms
    ]
    if expected.form is not None and expected.form not in filled:
        yield f"no form with {expected.form} in it but {filled}"
    if expected.no_form and forms:
        yield "a form"
    is_asked = any((event.get("status") or {}).get("kind") == "satisfaction" for event in answers)
    if expected.asks_satisfaction not in (None, is_asked):
        yield "how it was is asked" if is_asked else "how it was is not asked"


def foreign(answers: list[Event], language: str) -> Iterator[str]:
    """What is not in the customer's language, or not meant for customers at all."""
    others = set().union(*(words for code, words in NATIVE.items() if code != language)) - NATIVE[language]
    for event in answers:
        if event["language"] != language:
            yield f"answered in {event['language']} instead of {language}"
        if event["sender"] != "assistant":
            yield f"it is the {event['sender']} who answers"
        for words in visible(event):
            if found := INTERNAL.search(words):
                yield f"shows “{found.group()}” in “{words}”"
            if strangers := others & set(re.findall(r"[^\W\d_]+", words.lower())):
                yield f"{sorted(strangers)} is not {language}: “{words}”"


def visible(event: Event) -> Iterator[str]:
    """Every text that the widget shows of it."""
    yield event.get("text", "")
    for card in event.get("cards", []):
        yield _card(card)
        yield from (choice["title"] for choice in card.get("choices", []))
    yield from (each["title"] for each in (*event.get("choices", []), *event.get("links", [])))
    yield from _rows(event)
    if form := event.get("form"):
        yield from (field["label"] for field in form["fields"])
        yield form["submit"]


def shown(event: Event) -> str:
    words = [plain(words) for words in visible(event) if words]
    return f"{event['sender']:>9}: " + "\n           ".join(words)


def _card(card: dict[str, str]) -> str:
    return plain(" | ".join(card[name] for name in ("title", "subtitle", "price") if card.get(name)))


def _rows(event: Event) -> list[str]:
    table = event.get("table") or {"columns": [], "rows": []}
    titles = [column["title"] for column in table["columns"]]
    lines = [["", *titles]] if titles else []
    lines += [[row["name"], *row["values"]] for row in table["rows"]]
    return [plain(" | ".join(line)) for line in lines]


def _holds(text: str, words: str) -> bool:
    if words.startswith("/") and words.endswith("/"):
        return re.search(words[1:-1], text) is not None
    return words in text


def _named(step: Step) -> str:
    done = step.say or step.press or step.fill or step.send
    return str(done or (f"pay {step.pay}" if step.pay else "parcel"))
