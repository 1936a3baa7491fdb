"""What customers do not want: "anything but red", "pas de cuir", "no me gusta esa marca"; and what they leave open
again: "any brand"."""

import re
from collections.abc import Callable

import msgspec

from backend.catalogue.analysis import stems
from backend.catalogue.phrases import Utterance, phrases
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.wishes import BRAND, Wish, value_at

REPLY = re.compile(r"^\W*(?:no|non|nope|nah)\s*[,.;:!…-]+", re.IGNORECASE)
"""It answers what was said before: "no, in red" wants red."""

Pointed = Callable[[str], Wish | None]
"""By an option's code, the value that "that colour" means here."""


class Unwanted(msgspec.Struct, frozen=True):
    """`wishes` are not to be granted; of the `freed` options any value will do."""

    wishes: list[Wish] = []
    freed: frozenset[str] = frozenset()


def without_reply(words: str) -> str:
    return REPLY.sub("", words)


def unwanted(utterance: Utterance, vocabulary: Vocabulary, language: str, pointed: Pointed) -> Unwanted:
    """Takes what it understands. What names no brand and no value of the shop stays as it is."""
    reading = _Reading(utterance, vocabulary, language, pointed)
    position = 0
    while position < len(utterance.words):
        position = max(reading.read(position), position + 1)
    return Unwanted(reading.wishes, frozenset(reading.freed))


class _Reading:
    def __init__(self, utterance: Utterance, vocabulary: Vocabulary, language: str, pointed: Pointed) -> None:
        self._said = utterance
        self._words = utterance.words
        self._stemmed = stems(utterance.words, language)
        self._vocabulary = vocabulary
        self._language = language
        self._pointed = pointed
        self._links = phrases("unwanted_links", language).words()
        self._pointing = phrases("this", language).words() | phrases("articles", language).words()
        self.wishes: list[Wish] = []
        self.freed: set[str] = set()

    def read(self, start: int) -> int:
        """Where what starts here ends; `start` when nothing does."""
        value = self._value(start)
        if value and value[0] > 1 and self._length("unwanted", start):
            return start + value[0]  # "sans manches" is a value by itself
        for grammar in (self._freed, self._refused, self._other, self._refused_after):
            end = grammar(start)
            if end > start and self._said.is_free(start, end - start):
                self._said.take(start, end - start)
                return end
        return start

    def _freed(self, start: int) -> int:
        """ "Any brand", "la couleur m'est égale"."""
        opening = self._length("any_of", start)
        option = self._past(start + opening, self._links if opening else self._pointing)
        length, options = self._option(option)
        closing = self._length("any_after", option + length)
        if not length or not (opening or closing):
            return start
        self.freed |= options
        return option + length + closing

    def _refused(self, start: int) -> int:
        """ "Not in red or blue", "no quiero la marca Norvik", "not that brand"."""
        opening = self._length("unwanted", start)
        if not opening:
            return start
        value = self._past(start + opening, self._links)
        length, options = self._option(value)
        named = self._past(value + length, self._links)
        end = self._values(named)
        if end > named:
            return end
        is_pointing = length and self._pointing & set(self._words[start + opening : value])
        return value + length if is_pointing and self._points(options) else start

    def _other(self, start: int) -> int:
        """ "Another brand", "autre couleur que le bleu", "a colour other than red"."""
        before, _ = self._option(start)
        opening = self._length("different", start + before)
        if not opening:
            return start
        length, options = self._option(start + before + opening)
        option = start + before + opening + length
        than = self._length("than", option)
        value = self._past(option + than, self._links)
        end = self._values(value) if than else value
        if end > value:
            return end
        return option if length and not before and self._points(options) else start

    def _refused_after(self, start: int) -> int:
        """ "El azul no me gusta", "esa marca no", "le rouge, non merci"."""
        value = self._past(start, self._pointing)
        named = self._value(value)
        length, options = (named[0], frozenset()) if named else self._option(value)
        closing = self._length("unwanted_after", value + length) if length else 0
        if not closing:
            return start
        if named:
            self.wishes.append(named[1])
        elif value == start or not self._points(options):
            return start
        return value + length + closing

    def _values(self, start: int) -> int:
        """Where the values that are named from here on end, be there several: "red or blue"."""
        named = self._value(start)
        if not named:
            return start
        self.wishes.append(named[1])
        end = start + named[0]
        joining = self._length("nor", end)
        following = self._past(end + joining, self._links)
        others = self._values(following) if joining else following
        return others if others > following else end

    def _points(self, options: frozenset[str]) -> bool:
        meant = [wish for option in sorted(options) if (wish := self._pointed(option))]
        self.wishes += meant
        return bool(meant)

    def _value(self, start: int) -> tuple[int, Wish] | None:
        return value_at(self._words, start, self._vocabulary, self._language)

    def _option(self, start: int) -> tuple[int, frozenset[str]]:
        """The name of an option, or the word "brand": its length and the codes that it names."""
        brand = self._length("brand", start)
        if brand:
            return brand, frozenset({BRAND})
        names = self._vocabulary.options.option_names[self._language]
        return names.longest(self._stemmed, start) or (0, frozenset())

    def _length(self, name: str, start: int) -> int:
        found = phrases(name, self._language).longest(self._words, start)
        return found[0] if found else 0

    def _past(self, start: int, words: set[str]) -> int:
        while start < len(self._words) and self._words[start] in words:
            start += 1
        return start
