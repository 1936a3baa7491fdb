"""Phrases of one or more words, found in a customer's words, which are used up step by step."""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache
from typing import Generic, TypeVar

from backend.catalogue.analysis import Token, texts, tokens
from backend.catalogue.words import WORDS

T = TypeVar("T")


class Phrases(Generic[T]):
    def __init__(self, entries: Iterable[tuple[tuple[str, ...], T]]) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], T]] = {}
        for words, value in entries:
            if words:
                self._by_first.setdefault(words[0], {})[words] = value

    def longest(self, words: Sequence[str], start: int = 0) -> tuple[int, T] | None:
        """How many words match from `start` on, and what they stand for."""
        entries = self._by_first.get(words[start], {}) if start < len(words) else {}
        matching = [phrase for phrase in entries if tuple(words[start : start + len(phrase)]) == phrase]
        if not matching:
            return None
        best = max(matching, key=len)
        return len(best), entries[best]

    def ending(self, words: Sequence[str], end: int) -> int:
        """Where the longest phrase that ends just before `end` starts; `end` when there is none."""
        for start in range(max(0, end - 6), end):
            found = self.longest(words[:end], start)
            if found and start + found[0] == end:
                return start
        return end

    def entries(self) -> Iterator[tuple[tuple[str, ...], T]]:
        for phrases in self._by_first.values():
            yield from phrases.items()

    def without(self, words: Container[str]) -> "Phrases[T]":
        """Those of several words stay, whatever words they have."""
        return Phrases(entry for entry in self.entries() if len(entry[0]) > 1 or entry[0][0] not in words)

    def words(self) -> set[str]:
        return {word for phrases in self._by_first.values() for phrase in phrases for word in phrase}


@cache
def phrases(name: str, language: str) -> Phrases[str]:
    """A list of the language's words of shopping, by the name that `Words` gives it."""
    value = getattr(WORDS[language], name)
    if isinstance(value, dict):
        value = [entry for some in value.values() for entry in some]
    entries = value.split(",") if isinstance(value, str) else value
    return Phrases((texts(entry), name) for entry in entries)


@cache
def numbers(name: str, language: str) -> Phrases[int]:
    """`numbers` or `ordinals` of the language."""
    entries: dict[str, int] = getattr(WORDS[language], name)
    return Phrases((texts(entry), value) for entry, value in entries.items())


class Utterance:
    """A customer's words. What has been understood is taken, so that nothing is understood twice."""

    def __init__(self, said: str | list[Token]) -> None:
        self.tokens = tokens(said) if isinstance(said, str) else said
        self.words = [token.text for token in self.tokens]
        self._is_taken = [False] * len(self.tokens)

    def copy(self) -> "Utterance":
        """To try something without taking it."""
        copy = Utterance(self.tokens)
        copy.words = list(self.words)
        copy._is_taken = list(self._is_taken)
        return copy

    def take(self, start: int, length: int = 1) -> None:
        self._is_taken[start : start + length] = [True] * length

    def is_free(self, start: int, length: int = 1) -> bool:
        return not any(self._is_taken[start : start + length])

    def free(self) -> list[int]:
        return [position for position, is_taken in enumerate(self._is_taken) if not is_taken]

    def find(self, wanted: Phrases[T]) -> Iterator[tuple[int, int, T]]:
        """Start, length and value of each phrase whose words are all free, left to right."""
        free = ["" if is_taken else word for word, is_taken in zip(self.words, self._is_taken, strict=True)]
        position = 0
        while position < len(free):
            found = wanted.longest(free, position)
            if found:
                yield position, found[0], found[1]
            position += found[0] if found else 1

    def takes(self, wanted: Phrases[T], besides: Container[int] = ()) -> bool:
        """Takes every such phrase, but for those that have a position of `besides`; whether there was one."""
        found = [
            (start, length)
            for start, length, _ in self.find(wanted)
            if not any(position in besides for position in range(start, start + length))
        ]
        for start, length in found:
            self.take(start, length)
        return bool(found)
