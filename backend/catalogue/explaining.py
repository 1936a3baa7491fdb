"""What a query does and why, in lines for whoever runs the shop."""

from collections.abc import Iterator

from backend.catalogue.index import SearchQuery, Term, Way
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.search import find, query_terms
from backend.catalogue.shelves import Shelves
from backend.catalogue.understand import Query, understand

SHOWN = 5


async def explained(shelves: Shelves, index: ShopIndex, words: str) -> list[str]:
    language = shelves.shopper.language
    query = understand(index.vocabulary, words, language)
    wanted, optional = query_terms(index.vocabulary, query, language)
    found = await find(shelves, index, query, limit=SHOWN)
    return [
        *_read(query),
        *(f"searched: {_term(term)}" for term in wanted),
        *(f"preferred: {_term(term)}" for term in optional),
        *(f"dropped: {name}" for name in found.relaxed),
        *(f"unknown to the shop: {word}" for word in found.unknown),
        f"found: {found.total}",
        *_hits(index, wanted, optional, [product.id for product in found.products]),
    ]


def _read(query: Query) -> Iterator[str]:
    empty = Query()
    for name in ("text", "corrected", "kind", "brand", "price_min", "price_max", "in_stock", "sort"):
        value = getattr(query, name)
        if value != getattr(empty, name):
            yield f"{name}: {value}"
    for corrected, typed in query.misspelt.items():
        yield f"spelled: {typed} as {corrected}"
    for how, wishes in (("wished", query.options), ("unwanted", query.unwanted)):
        for wish in wishes:
            yield f"{how}: {wish.words} as {' or '.join(f'{option}={value}' for option, value in wish.readings)}"


def _term(term: Term) -> str:
    ways = "; ".join(f"{_way(way)} ×{way.weight:.2g}" for way in term.ways)
    return f"{term.word} → {ways} (×{term.boost:.2g})"


def _way(way: Way) -> str:
    return f"{way.language}:{'+'.join(way.stems)}"


def _hits(index: ShopIndex, wanted: list[Term], optional: list[Term], ids: list[str]) -> Iterator[str]:
    terms = [*wanted, *optional]
    query = SearchQuery(wanted or optional, optional if wanted else [], among=ids)
    hits = {hit.id: hit for hit in index.engine.search(query).hits} if terms else {}
    for number, product in enumerate(ids, start=1):
        hit = hits.get(product)
        said = (
            ", ".join(
                f"{terms[position].word} in its {'name' if position in hit.name else 'details'}"
                for position in sorted(hit.strong)
            )
            if hit
            else ""
        )
        score = f" {hit.score:.1f}" if hit else ""
        yield f"{number}. {product}{score}{': ' if said else ''}{said}"
