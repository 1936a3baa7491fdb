"""Names that mean nearly the same, for words that stand in no table: "couch" finds the sofas of a shop that
never heard of couches.

A multilingual sentence encoder compares the word with the names of the shop's kinds of products. It is loaded with
the first word that needs it.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from backend.sentences import encoded, unit

LEAST_SIMILARITY = 0.4
"""Cosine; what is less alike is a guess. Right names of our tables are at .5 in the middle, other words at .2."""
LEAST_GUESSED = 0.2
MOST_NAMES = 5_000
NEAREST = 3
CENTRED_FROM = 20
"""Names. Some are near to everything, but for what all have in common; of few it is not known what that is."""
CARRIERS = {
    "en": ("{}", "a {}", "I am looking for a {}"),
    "fr": ("{}", "un {}", "je cherche un {}"),
    "es": ("{}", "un {}", "busco un {}"),
}
"""A sentence encoder has read words in sentences; the mean is nearer to the thing than the bare word."""
Named = tuple[str, str]
"""A language, and what the shop calls a kind of product there."""

_known: dict[Named, Any] = {}


class Likeness:
    def __init__(self, names: Iterable[Named] = ()) -> None:
        self._names = list(islice(dict.fromkeys(names), MOST_NAMES))
        self._vectors: Any = None
        self._centre: Any = 0.0
        self._nearest = lru_cache(maxsize=4_096)(self._find_nearest)

    def prepare(self) -> None:
        """Takes a second, and some milliseconds more for each name: not while requests wait."""
        if self._names and self._vectors is None:
            vectors = _named(self._names)
            if len(self._names) >= CENTRED_FROM:
                self._centre = vectors.mean(axis=0)
            self._vectors = unit(vectors - self._centre)

    def nearest(self, phrase: str, language: str) -> list[tuple[str, str, float]]:
        """Language, name and similarity, the nearest first; guesses among them. None before it is prepared."""
        return self._nearest(phrase, language) if self._vectors is not None else []

    def _find_nearest(self, phrase: str, language: str) -> list[tuple[str, str, float]]:
        said = unit(_encoded([(language, phrase)]) - self._centre)
        similarities = self._vectors @ said[0]
        best = np.argsort(-similarities)[:NEAREST]
        return [
            (*self._names[index], float(similarities[index]))
            for index in best
            if similarities[index] >= LEAST_GUESSED
        ]


def _named(names: list[Named]) -> Any:
    """Each name is encoded once in the life of the process, however often the shop's index is built."""
    new = [name for name in names if name not in _known]
    _known.update(zip(new, _encoded(new), strict=True))
    return np.stack([_known[name] for name in names])


def _encoded(names: list[Named]) -> Any:
    """A row each, of length one."""
    sentences = [carrier.format(name) for language, name in names for carrier in CARRIERS[language]]
    vectors = encoded(sentences)
    return unit(vectors.reshape(len(names), len(CARRIERS["en"]), -1).mean(axis=1)) if names else vectors
