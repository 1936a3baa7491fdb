"""What the shop calls its things (`./comptoir learn-words`): "i want the troy yoga short" is read like "i want the
chair". So a catalogue is understood that no example speaks of, without training.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.nlu.folding import fold
from bot.nlu.spelling import SELDOM, WORD, Speller

log = logging.getLogger(__name__)

THING = "chair"
"""Stands for whatever the shop sells. Of the usual things in the examples the one with which most requests for
Adobe's Luma were read right (`benchmarks/shop_words.py`)."""
TELLING_FROM = 3
"""What that many examples say, says more of a wish than of a thing."""
TOKEN = re.compile(r"[^\W\d_]+|[\W\d_]+")


class ShopWords:
    """The words of a file, read again when it has changed. Without a file there are none."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._words: frozenset[str] = frozenset()
        self._speller = Speller({})

    @property
    def words(self) -> frozenset[str]:
        self._follow()
        return self._words

    def has(self, word: str) -> bool:
        return word in self._words

    def is_near(self, word: str) -> bool:
        """One of them with a typing error."""
        return self._speller.correct(word) != word

    def _follow(self) -> None:
        version = self._version_of_file()
        if self._path and version != self._version:
            self._version = version
            self._words = _read(self._path) if version else frozenset()
            self._speller = Speller(dict.fromkeys(self._words, SELDOM))

    def _version_of_file(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat() if self._path else None
        except OSError:
            return None
        return (stat.st_mtime_ns, stat.st_ino) if stat else None


_followed = ShopWords()


def follow(path: Path) -> None:
    """Rasa builds the components of its pipeline itself, so what they need is told here."""
    global _followed
    _followed = ShopWords(path)


def followed() -> ShopWords:
    return _followed


def telling_words(counts: Mapping[str, int], urgent: Iterable[str]) -> frozenset[str]:
    """Those of the examples that are never taken for things: what is usual, and all that is said in need."""
    usual = {word for word, count in counts.items() if count >= TELLING_FROM}
    return frozenset(usual.union(word for text in urgent for word in WORD.findall(fold(text))))


def with_things(text: str, shop: ShopWords, telling: frozenset[str], examples: Speller) -> str:
    """The text with each run of the shop's words, and of what is nothing but a typing error of one, as one thing."""
    if not shop.words:
        return text
    tokens: list[str] = []
    for token in TOKEN.findall(text):
        word = fold(token)
        is_thing = word not in telling if shop.has(word) else examples.is_strange(word) and shop.is_near(word)
        if not is_thing:
            tokens.append(token)
        elif tokens[-2:-1] == [THING] and tokens[-1].isspace():
            tokens.pop()
        else:
            tokens.append(THING)
    return "".join(tokens)


def _read(path: Path) -> frozenset[str]:
    try:
        return frozenset(fold(word) for word in path.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        log.warning("shop words not read", exc_info=error)
        return frozenset()
