"""Which words of a query a document has, and where: kept with it as one text, so that every engine says the same."""

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


def covered(document_id: str, score: float, words: str, needles: Needles) -> Hit:
    """What the hit's `words_of` say of the query."""
    name, more, rest = words.split("\n")
    in_name = {position for position, ways in enumerate(needles) if _says(name, ways)}
    strong, anywhere = set(in_name), set()
    for position, ways in enumerate(needles):
        if position in in_name:
            continue
        if _says(name + more, ways):
            strong.add(position)
        elif _says(name + more + rest, ways):
            anywhere.add(position)
    return Hit(document_id, score, frozenset(in_name), frozenset(strong), frozenset(strong | anywhere))


def _says(words: str, ways: list[tuple[str, ...]]) -> bool:
    """Spelled out, because it runs for each word of each hit."""
    for way in ways:
        for needle in way:
            if needle not in words:
                break
        else:
            return True
    return False
