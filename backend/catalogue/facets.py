"""Counted traits ("colour=blue") become facets with names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from backend.catalogue.read import text_in
from backend.catalogue.views import CategoryView, Facet, FacetValue
from backend.catalogue.vocabulary import Vocabulary
from backend.errors import InvalidInput

BRAND, CATEGORY = "brand", "category"
NAMES = {
    BRAND: {"en": "Brand", "fr": "Marque", "es": "Marca"},
    CATEGORY: {"en": "Category", "fr": "Catégorie", "es": "Categoría"},
}
FIRST = (CATEGORY, BRAND)
MOST_CHOSEN = 30
"""Values in one question."""

Chosen = Mapping[str, list[str]]


def chosen(said: Sequence[str]) -> Chosen:
    """From "colour=blue". Raises InvalidInput."""
    if len(said) > MOST_CHOSEN:
        raise InvalidInput(f"At most {MOST_CHOSEN} values of facets can be chosen at once.")
    values: dict[str, list[str]] = {}
    for trait in said:
        code, separator, value = trait.partition("=")
        if not separator:
            raise InvalidInput(f"“{trait}” is no facet: write a code and a value, as in “colour=blue”.")
        values.setdefault(code, []).append(value)
    return values


def facets(
    counts: Mapping[str, int],
    vocabulary: Vocabulary,
    categories: list[CategoryView],
    language: str,
    category: str | None,
    wanted: Chosen,
) -> list[Facet]:
    """Of categories those right below this one. What is chosen stays, even where nothing has it."""
    below = {found.code: found.name for found in children(categories, category)}
    values: dict[str, list[FacetValue]] = {}
    for code, value, count in _by_count(counts, wanted):
        if code == CATEGORY and value not in below:
            continue
        said = text_in(vocabulary.options.names.get(f"{code}={value}", {}), language)
        name = below[value] if code == CATEGORY else said or value
        values.setdefault(code, []).append(FacetValue(value, name, count, value in wanted.get(code, ())))
    return [
        Facet(
            code,
            text_in(NAMES.get(code) or vocabulary.options.names.get(code, {}), language) or code,
            values[code],
        )
        for code in sorted(values, key=lambda code: (code not in FIRST, code not in FIRST[:1], code))
    ]


def _by_count(counts: Mapping[str, int], wanted: Chosen) -> Iterator[tuple[str, str, int]]:
    """The most frequent first."""
    missing = {f"{code}={value}": 0 for code, values in wanted.items() for value in values}
    for trait, count in sorted((missing | dict(counts)).items(), key=lambda each: (-each[1], each[0])):
        code, _, value = trait.partition("=")
        yield code, value, count


def children(categories: Iterable[CategoryView], code: str | None) -> list[CategoryView]:
    """Right below this one; the roots without one; none where there is none of this code."""
    found = list(categories)
    if code is None:
        return found
    for category in found:
        if category.code == code:
            return category.children
        if below := children(category.children, code):
            return below
    return []
