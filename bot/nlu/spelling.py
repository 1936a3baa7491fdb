"""Words as they were meant: a mistyped word is replaced by the nearest one that the examples use.

Words of the catalogue are things by then (`shop_words.py`); which product is meant is read by the backend from the
customer's own words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.nlu.folding import fold

WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 4
"""Shorter words have too many neighbours."""
TWO_ERRORS_FROM = 8
SELDOM = 2
"""What is used less often may be a slip itself: it is known, and nothing is replaced by it."""


class Speller:
    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self._by_length: dict[int, list[str]] = {}
        for word, count in counts.items():
            if count >= SELDOM and len(word) >= SHORTEST:
                self._by_length.setdefault(len(word), []).append(word)
        self._nearest = lru_cache(maxsize=4_096)(self._find_nearest)

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Speller:
        return cls(Counter(word for text in texts for word in WORD.findall(fold(text))))

    def correct(self, text: str) -> str:
        """The text with its unknown words replaced where a known one is near; the others stay as they were typed.

        So do words that are capitalised within a sentence, which are names.
        """
        return WORD.sub(lambda found: found[0] if _is_name(found) else self._nearest(found[0]), text)

    def is_strange(self, word: str) -> bool:
        """Neither known nor near to what is, folded as it is."""
        return word not in self.counts and self._nearest(word) == word

    def _find_nearest(self, typed: str) -> str:
        word = fold(typed)
        if len(word) < SHORTEST or word in self.counts:
            return typed
        errors = 2 if len(word) >= TWO_ERRORS_FROM else 1
        near = [
            known
            for length in range(len(word) - errors, len(word) + errors + 1)
            for known in self._by_length.get(length, ())
            if known[0] == word[0] or known[:2] == word[1::-1]
        ]
        found = extract(word, near, scorer=OSA.distance, score_cutoff=errors, limit=None)
        if not found:
            return typed
        return min((self._unlikeliness(word, known, distance), known) for known, distance, _ in found)[1]

    def _unlikeliness(self, typed: str, known: str, distance: float) -> tuple[float, bool, int]:
        """A letter doubled, left out of a pair or swapped is likelier than another letter: "helo" is no "help"."""
        return distance, set(typed) != set(known), -self.counts[known]


def _is_name(word: re.Match[str]) -> bool:
    return word.start() > 0 and word[0].istitle()
