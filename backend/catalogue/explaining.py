"""What a query does and why, in lines for whoever runs the shop."""

from collections.abc import Iterator

from backend.catalogue.analysis import stems
from backend.catalogue.departments import within_category
from backend.catalogue.index import BOOSTS, Hit, SearchQuery, Term, Way
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.query import Query
from backend.catalogue.search import find, query_terms
from backend.catalogue.shelves import Shelves
from backend.catalogue.spelling import read_words
from backend.catalogue.understand import understand
from backend.catalogue.vocabulary import SYNONYM_WEIGHT, Vocabulary

SHOWN = 5


async def explained(shelves: Shelves, index: ShopIndex, words: str) -> list[str]:
    language = shelves.shopper.language
    query = within_category(understand(index.vocabulary, words, language), index.vocabulary, language)
    wanted, optional = query_terms(index.vocabulary, query, language)
    found = await find(shelves, index, query, limit=SHOWN)
    return [
        *_read(query),
        *_tables(index.vocabulary, query, words, language),
        *(f"searched: {_term(term)}" for term in wanted),
        *(f"preferred: {_term(term)}" for term in optional),
        *(f"dropped: {name}" for name in found.relaxed),
        *(f"unknown to the shop: {word}" for word in found.unknown),
        f"found: {found.total}",
        *_hits(index, wanted, optional, [product.id for product in found.products]),
    ]


def _read(query: Query) -> Iterator[str]:
    empty = Query()
    for name in (
        "text",
        "corrected",
        "kind",
        "category",
        "brand",
        "price_min",
        "price_max",
        "in_stock",
        "sort",
    ):
        value = getattr(query, name)
        if value != getattr(empty, name):
            yield f"{name}: {value}"
    for corrected, typed in query.misspelt.items():
        yield f"spelled: {typed} as {corrected}"
    for how, wishes in (("wished", query.options), ("unwanted", query.unwanted)):
        for wish in wishes:
            yield f"{how}: {wish.words} as {' or '.join(f'{option}={value}' for option, value in wish.readings)}"


def _tables(vocabulary: Vocabulary, query: Query, words: str, language: str) -> Iterator[str]:
    """What the tables did with the words; those of the operator and those that come with the program."""
    tuning = vocabulary.tuning
    for measure in tuning.units[language].found(words):
        yield f"unit: {measure.said} as {measure.written}"
    said = [token.text for token in read_words(vocabulary, words, language) if token.is_word]
    stops = [word for word in said if vocabulary.is_chatter(word, language)]
    if stops:
        yield f"never searched: {', '.join(dict.fromkeys(stops))}"
    stemmed = stems(query.text.split(), language)
    for position in range(len(stemmed)):
        length, others = tuning.synonyms[language].longest(stemmed, position) or (0, [])
        if others:
            phrase = " ".join(query.text.split()[position : position + length])
            yield f"synonyms: {phrase} is {', '.join(map(' '.join, others))} (×{SYNONYM_WEIGHT})"
    for field, weight in tuning.boosts.fields.items():
        if weight != BOOSTS[field]:
            yield f"field: {field} ×{weight:g} instead of ×{BOOSTS[field]:g}"


def _term(term: Term) -> str:
    ways = "; ".join(f"{_way(way)} ×{way.weight:.2g}" for way in term.ways)
    return f"{term.word} → {ways} (×{term.boost:.2g})"


def _way(way: Way) -> str:
    return f"{way.language}:{'+'.join(way.stems)}"


def _hits(index: ShopIndex, wanted: list[Term], optional: list[Term], ids: list[str]) -> Iterator[str]:
    terms = [*wanted, *optional]
    fields = index.vocabulary.tuning.boosts.fields
    query = SearchQuery(wanted or optional, optional if wanted else [], among=ids, boosts=fields)
    hits = {hit.id: hit for hit in index.engine.search(query).hits} if terms else {}
    for number, product in enumerate(ids, start=1):
        hit = hits.get(product)
        yield f"{number}. {product}{_worth(hit, index.vocabulary) if hit else ''}{_said(hit, terms) if hit else ''}"


def _worth(hit: Hit, vocabulary: Vocabulary) -> str:
    """The score, and what the operator's weights made of it."""
    weights = vocabulary.weights.get(hit.id, {})
    if not weights:
        return f" {hit.score:.1f}"
    factors = "".join(f", {said} ×{weight:g}" for said, weight in weights.items())
    return f" {hit.score * vocabulary.weight(hit.id):.1f} ({hit.score:.1f}{factors})"


def _said(hit: Hit, terms: list[Term]) -> str:
    said = [
        f"{terms[position].word} in its {'name' if position in hit.name else 'details'}"
        for position in sorted(hit.strong)
    ]
    return f": {', '.join(said)}" if said else ""
