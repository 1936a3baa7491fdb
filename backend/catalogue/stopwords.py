"""Words that are never searched: the language's, and `stopwords.<language>.txt`, one word a line.

A word after "-" is searched all the same.
"""

from collections.abc import Iterable

from backend.catalogue.analysis import fold, stop_words, texts
from backend.catalogue.tables import Line
from backend.catalogue.talk import chatter


class StopWords:
    """`added` and `kept` are the operator's, folded; `all` are those that no text of a product is found by,
    `talk` also those that a customer says around the name of a thing."""

    def __init__(self, lines: Iterable[Line], language: str) -> None:
        """Raises UnreadableTable."""
        added: set[str] = set()
        kept: set[str] = set()
        for line in lines:
            word = _word(line)
            (kept if line.text.startswith("-") else added).add(word)
            if word in added & kept:
                line.refuse(f"“{word}” is both taken in and taken out.")
        self.added, self.kept = frozenset(added), frozenset(kept)
        self.all = (stop_words(language) | self.added) - self.kept
        self.talk = (chatter(language) | self.added) - self.kept


def _word(line: Line) -> str:
    words = texts(line.text.removeprefix("-"))
    if len(words) != 1 or not words[0][0].isalnum():
        line.refuse("write one word a line, with - before it to search it after all.")
    return fold(words[0])
