"""What the shop calls its things (`./comptoir learn-words`): "i want the troy yoga short" is read like "i want the
chair". So a catalogue is understood that no example speaks of, without training.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.nlu.folding import fold
from bot.nlu.spelling import WORD

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

    @property
    def words(self) -> frozenset[str]:
        version = self._version_of_file()
        if self._path and version != self._version:
            self._version = version
            self._words = _read(self._path) if version else frozenset()
        return self._words

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


def followed() -> frozenset[str]:
    return _followed.words


def telling_words(counts: Mapping[str, int], urgent: Iterable[str]) -> frozenset[str]:
    """Those of the examples that are never taken for things: what is usual, and all that is said in need."""
    usual = {word for word, count in counts.items() if count >= TELLING_FROM}
    return frozenset(usual.union(word for text in urgent for word in WORD.findall(fold(text))))


def with_things(text: str, words: frozenset[str], telling: frozenset[str]) -> str:
    """The text with each run of the shop's words as one thing."""
    if not words:
        return text
    tokens: list[str] = []
    for token in TOKEN.findall(text):
        word = fold(token)
        if word not in words or word in telling:
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
