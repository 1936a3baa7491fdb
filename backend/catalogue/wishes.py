"""What customers wish of a product's options and attributes, and the words that remain."""

from collections.abc import Collection, Sequence
from itertools import pairwise

import msgspec

from backend.catalogue.analysis import is_stop, stems
from backend.catalogue.option_words import Readings
from backend.catalogue.phrases import Utterance
from backend.catalogue.vocabulary import Vocabulary
from backend.config import LANGUAGES

SIZES = frozenset({"size"})
"""Options whose one-letter values are understood when written in capitals."""

BRAND = "brand"
"""Stands where an option's code stands."""
LONGEST_VALUE = 8


class Wish(msgspec.Struct, frozen=True):
    """A word that names an option's value; "lavender" is a colour or a scent, so any reading will do."""

    words: str
    readings: list[tuple[str, str]]


def option_wishes(utterance: Utterance, vocabulary: Vocabulary, language: str) -> list[Wish]:
    """Takes the words that name option values of the shop, in the customer's language before the others."""
    wishes: list[Wish] = []
    for spoken in (language, *(other for other in LANGUAGES if other != language)):
        for start, length, readings in list(utterance.find(vocabulary.options.values[spoken])):
            words = utterance.words[start : start + length]
            if spoken == language or not vocabulary.owns(words, language):
                wishes.append(_wish(utterance, start, length, readings))
        stemmed = _stemmed(utterance, spoken)
        for start, length, readings in list(stemmed.find(vocabulary.options.value_stems[spoken])):
            if not vocabulary.owns(utterance.words[start : start + length], language):
                wishes.append(_wish(utterance, start, length, readings))
    return wishes + _sized(utterance, vocabulary, language)


def value_at(
    words: Sequence[str], start: int, vocabulary: Vocabulary, language: str
) -> tuple[int, Wish] | None:
    """The length of what names a brand or an option's value right here."""
    said = words[start : start + LONGEST_VALUE]
    brand = vocabulary.brands.longest(said)
    if brand:
        return brand[0], Wish(" ".join(said[: brand[0]]), [(BRAND, brand[1])])
    for spoken in (language, *(other for other in LANGUAGES if other != language)):
        for known, spelled in (
            (vocabulary.options.values, said),
            (vocabulary.options.value_stems, stems(said, spoken)),
        ):
            found = known[spoken].longest(spelled)
            is_own = known is vocabulary.options.values and spoken == language
            if found and (is_own or not vocabulary.owns(said[: found[0]], language)):
                return found[0], Wish(
                    " ".join(said[: found[0]]), [(option, value) for option, value in found[1]]
                )
    return None


def text_words(utterance: Utterance, vocabulary: Vocabulary, language: str) -> list[str]:
    """What remains and may name a product."""
    return [utterance.words[position] for position in text_positions(utterance, vocabulary, language)]


def text_positions(utterance: Utterance, vocabulary: Vocabulary, language: str) -> list[int]:
    compounds = _compounds(utterance, vocabulary, language)
    return [
        position
        for position in utterance.free()
        if utterance.words[position][0].isalnum()
        and (position in compounds or not vocabulary.is_chatter(utterance.words[position], language))
    ]


def take_talk(
    utterance: Utterance, vocabulary: Vocabulary, language: str, besides: Collection[int] = ()
) -> None:
    """What is said around the name of a thing; a word of it within such a name is none: "gift card"."""
    utterance.takes(vocabulary.chat(language), {*besides, *_compounds(utterance, vocabulary, language)})


def _compounds(utterance: Utterance, vocabulary: Vocabulary, language: str) -> set[int]:
    words = utterance.words
    told = [position for position in utterance.free() if not is_stop(words[position], language)]
    return {
        position
        for pair in pairwise(told)
        if vocabulary.is_compound([words[position] for position in pair], language)
        for position in pair
    }


def _wish(utterance: Utterance, start: int, length: int, readings: Readings) -> Wish:
    utterance.take(start, length)
    said = " ".join(utterance.words[start : start + length])
    return Wish(said, [(option, value) for option, value in readings])


def merged(wishes: list[Wish], added: list[Wish]) -> list[Wish]:
    """A new wish replaces the older one about the same option."""
    options = {option for wish in added for option, _ in wish.readings}
    return [wish for wish in wishes if not any(option in options for option, _ in wish.readings)] + added


def _sized(utterance: Utterance, vocabulary: Vocabulary, language: str) -> list[Wish]:
    """ "size M", "taille 42", "talla s", or a bare "M": short values need their question or capitals."""
    wishes = []
    names = vocabulary.options.option_names[language]
    stemmed = stems(utterance.words, language)
    for position in utterance.free():
        start = names.ending(stemmed, position)
        named = names.longest(stemmed, start) if start < position else None
        options = named[1] if named else SIZES if utterance.tokens[position].raw.isupper() else frozenset()
        readings = vocabulary.options.answers(utterance.words[position], options, language)
        if readings:
            wishes.append(_wish(utterance, start, position - start + 1, readings))
    return wishes


def _stemmed(utterance: Utterance, language: str) -> Utterance:
    stemmed = utterance.copy()
    stemmed.words = list(stems(utterance.words, language))
    return stemmed
