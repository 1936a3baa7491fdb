"""Numbers of pieces that nobody can have: "-2 mugs", "0 mugs", "make it 2.5", "99999 of them"."""

import re

from backend.catalogue.phrases import Utterance
from backend.catalogue.vocabulary import Vocabulary

PLAIN = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?")
MINUS = r"(?<!\S)[-\u2212\u2013]"
NONE = ("zero", "cero")
"""Folded; that the reader of numbers leaves as words."""


def miscount(said: Utterance, words: str, vocabulary: Vocabulary, language: str, most: int) -> str | None:
    """As it was written. `said` are the `words` without what they choose and cost: no size is a number of pieces."""
    for position in said.free():
        number = "0" if said.words[position] in NONE else said.tokens[position].raw
        if not PLAIN.fullmatch(number) or not _counts(said, position, vocabulary, language):
            continue
        value = float(number.replace(",", "."))
        is_negative = re.search(rf"{MINUS}{re.escape(number)}(?![\d.,]*\d)", words) is not None
        if is_negative or not value.is_integer() or not 1 <= value <= most:
            return f"-{number}" if is_negative else number
    return None


def _counts(said: Utterance, position: int, vocabulary: Vocabulary, language: str) -> bool:
    """Before a word of the shop's, or beside nothing but talk: a postcode counts nothing."""
    following = said.words[position + 1 : position + 2]
    if any(vocabulary.knows_anywhere(word, language) for word in following):
        return True
    others = (said.words[other] for other in range(len(said.words)) if other != position)
    return all(vocabulary.is_chatter(word, language) for word in others)
