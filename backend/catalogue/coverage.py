"""Which words of a query a document has, and where: kept with it as one text, so that every engine says the same."""

from typing import NamedTuple

from backend.catalogue.index import BOOSTS, STRONG, Document, Hit, Term


def words_of(document: Document) -> str:
    """Every word once, a line for the name, one for what else says what it is, and one for the rest; a space
    before and after each, so that a word is found as a part of its line."""
    lines = []
    seen: set[str] = set()
    for fields in (("name",), STRONG, tuple(BOOSTS)):
        words = {
            f"{language}:{stem}"
            for language, by_field in document.fields.items()
            for field in fields
            for stem in by_field.get(field, [])
        }
        lines.append(f" {' '.join(sorted(words - seen))} ")
        seen |= words
    return "\n".join(lines)


Needles = list[list[tuple[str, ...]]]
"""Per term its ways, each as the parts of a line of words that have to be there."""


def needles_of(terms: list[Term]) -> Needles:
    return [[tuple(f" {way.language}:{stem} " for stem in way.stems) for way in term.ways] for term in terms]


class Words(NamedTuple):
    """A document's `words_of`, unpacked: each longer by what the one before it leaves out."""

    name: str
    strong: str
    all: str

    @classmethod
    def of(cls, kept: str) -> "Words":
        name, more, rest = kept.split("\n")
        return cls(name, name + more, name + more + rest)


def covered(document_id: str, score: float, words: Words, needles: Needles) -> Hit:
    """What the hit's words say of the query."""
    in_name, strong, anywhere = set(), set(), set()
    for position, ways in enumerate(needles):
        if not _says(words.all, ways):
            continue
        anywhere.add(position)
        if _says(words.strong, ways):
            strong.add(position)
            if _says(words.name, ways):
                in_name.add(position)
    return Hit(document_id, score, frozenset(in_name), frozenset(strong), frozenset(anywhere))


def _says(words: str, ways: list[tuple[str, ...]]) -> bool:
    """Spelled out, because it runs for each word of each hit."""
    for way in ways:
        for needle in way:
            if needle not in words:
                break
        else:
            return True
    return False
