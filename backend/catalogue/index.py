"""The port of the search engine, and the embedded engine.

An engine stores tokens that `backend.catalogue.analysis` has made and ranks them by BM25; everything clever
sits above, so that every engine gets it. What it knows of prices and stock narrows a large shop down; the
database is the truth, and is asked before anything is shown.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
import tantivy

from backend.config import LANGUAGES

Field = Literal["name", "keywords", "category", "details", "description"]
BOOSTS: dict[Field, float] = {
    "name": 4.0,
    "keywords": 3.0,
    "category": 2.0,
    "details": 2.0,
    "description": 1.0,
}
STRONG: tuple[Field, ...] = ("name", "keywords", "category", "details")
MOST_FACETS = 1_000

Sort = Literal["relevance", "price", "-price"]


class Document(msgspec.Struct, frozen=True):
    """`fields` is language to field to stems, `traits` what can be counted and demanded ("colour=blue"),
    `prices` currency to the lowest and highest price in minor units."""

    id: str
    fields: dict[str, dict[Field, list[str]]]
    traits: list[str] = []
    prices: dict[str, tuple[int, int]] = {}
    is_in_stock: bool = True


class Way(msgspec.Struct, frozen=True):
    """One way of saying a word: stems that are all there. `weight` is what it is worth, the word itself 1."""

    language: str
    stems: tuple[str, ...]
    weight: float = 1.0


class Term(msgspec.Struct, frozen=True):
    """One word of a query, in all the ways in which it is searched: other languages, spellings, synonyms."""

    word: str
    ways: list[Way]
    boost: float = 1.0


class Price(msgspec.Struct, frozen=True):
    """Bounds in minor units, both included."""

    currency: str
    low: int | None = None
    high: int | None = None


class SearchQuery(msgspec.Struct, frozen=True):
    """`optional` terms raise the score but find nothing by themselves; without any terms everything is found.
    `among` restricts to these ids, `must` to documents with all these traits,
    `must_not` to those with none of these."""

    terms: list[Term] = []
    optional: list[Term] = []
    among: Sequence[str] | None = None
    must: Sequence[str] = ()
    must_not: Sequence[str] = ()
    price: Price | None = None
    in_stock: bool = False
    sort: Sort = "relevance"
    limit: int = 200
    has_facets: bool = False


class Hit(msgspec.Struct, frozen=True):
    """Which words of the query (terms, then optional ones, by position) are in the name, in a field that
    says what the product is, or anywhere."""

    id: str
    score: float
    name: frozenset[int]
    strong: frozenset[int]
    anywhere: frozenset[int]


class Page(msgspec.Struct, frozen=True):
    """Best first. `total` and `facets` (trait to documents) are counted only where they were asked for."""

    hits: list[Hit]
    total: int
    facets: dict[str, int] = {}


class Health(msgspec.Struct, frozen=True):
    engine: str
    documents: int


class SearchIndex(Protocol):
    def upsert(self, documents: Iterable[Document]) -> None: ...

    def delete(self, ids: Iterable[str]) -> None: ...

    def refresh(self) -> None:
        """Makes what was written visible."""

    def search(self, query: SearchQuery) -> Page: ...

    def health(self) -> Health: ...


class TantivyIndex:
    """Embedded; in memory, or in a directory."""

    def __init__(self, directory: Path | None = None, currencies: Sequence[str] = ("EUR", "USD")) -> None:
        self._schema = _schema(currencies)
        if directory:
            directory.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(directory) if directory else None)
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("words", words)
        self._writer = self._index.writer(heap_size=60_000_000, num_threads=1)

    def upsert(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._writer.delete_documents_by_term("id", document.id)
            self._writer.add_document(_stored(document))

    def delete(self, ids: Iterable[str]) -> None:
        for document_id in ids:
            self._writer.delete_documents_by_term("id", document_id)

    def refresh(self) -> None:
        self._writer.commit()
        self._index.reload()

    def search(self, query: SearchQuery) -> Page:
        needles = _needles([*query.terms, *query.optional])
        searcher = self._index.searcher()
        asked = self._query(query)
        result = searcher.search(asked, query.limit, count=query.has_facets, **_sorting(query))
        hits = [
            _hit(searcher.doc(address), 0.0 if query.sort != "relevance" else score, needles)
            for score, address in result.hits
        ]
        if not query.has_facets:
            return Page(hits, len(hits))
        counted = searcher.aggregate(asked, {"traits": {"terms": {"field": "trait", "size": MOST_FACETS}}})
        facets = {bucket["key"]: bucket["doc_count"] for bucket in counted["traits"]["buckets"]}
        return Page(hits, result.count or 0, facets)  # type: ignore[attr-defined]

    def health(self) -> Health:
        return Health("tantivy", self._index.searcher().num_docs)

    def _query(self, query: SearchQuery) -> tantivy.Query:
        words = [(tantivy.Occur.Should, self._term(term)) for term in query.terms]
        clauses = [(tantivy.Occur.Must, tantivy.Query.boolean_query(words))] if words else []
        clauses += [(tantivy.Occur.Should, self._term(term)) for term in query.optional]
        clauses += [(tantivy.Occur.Must, filtering) for filtering in self._filters(query)]
        clauses += [(tantivy.Occur.MustNot, self._trait(trait)) for trait in query.must_not]
        if not words:
            clauses.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(clauses)

    def _filters(self, query: SearchQuery) -> Iterable[tantivy.Query]:
        if query.among is not None:
            yield self._unscored(tantivy.Query.term_set_query(self._schema, "id", list(query.among)))
        for trait in query.must:
            yield self._unscored(self._trait(trait))
        if query.in_stock:
            yield self._range("in_stock", 1, 1)
        if query.price and query.price.high is not None:
            yield self._range(f"low_{query.price.currency}", None, query.price.high)
        if query.price and query.price.low is not None:
            yield self._range(f"high_{query.price.currency}", query.price.low, None)

    def _trait(self, trait: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "trait", trait, index_option="basic")

    def _range(self, field: str, low: int | None, high: int | None) -> tantivy.Query:
        integer = tantivy.FieldType.Integer
        return self._unscored(tantivy.Query.range_query(self._schema, field, integer, low, high))

    @staticmethod
    def _unscored(query: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, 0.0)

    def _term(self, term: Term) -> tantivy.Query:
        """The best of its ways counts, so that a word spelled alike in two languages is not counted twice."""
        ways = [
            tantivy.Query.boost_query(self._way(way), way.weight) if way.weight != 1 else self._way(way)
            for way in term.ways
        ]
        return tantivy.Query.boost_query(tantivy.Query.disjunction_max_query(ways), term.boost)

    def _way(self, way: Way) -> tantivy.Query:
        words = [self._word(way.language, stem) for stem in way.stems]
        if len(words) == 1:
            return words[0]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, word) for word in words])

    def _word(self, language: str, stem: str) -> tantivy.Query:
        fields = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, f"{field}_{language}", stem, index_option="freq"),
                boost,
            )
            for field, boost in BOOSTS.items()
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, field) for field in fields])


def _schema(currencies: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for language in LANGUAGES:
        for field in BOOSTS:
            builder.add_text_field(f"{field}_{language}", tokenizer_name="words", index_option="freq")
    builder.add_text_field("trait", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_integer_field("in_stock", indexed=True, fast=True)
    for currency in currencies:
        builder.add_integer_field(f"low_{currency}", indexed=True, fast=True)
        builder.add_integer_field(f"high_{currency}", indexed=True, fast=True)
    builder.add_bytes_field("words", stored=True)
    return builder.build()


def _sorting(query: SearchQuery) -> dict[str, Any]:
    if query.sort == "relevance" or query.price is None:
        return {}
    if query.sort == "price":
        return {"order_by_field": f"low_{query.price.currency}", "order": tantivy.Order.Asc}
    return {"order_by_field": f"high_{query.price.currency}", "order": tantivy.Order.Desc}


def _stored(document: Document) -> tantivy.Document:
    stored = tantivy.Document(id=[document.id])
    for language, fields in document.fields.items():
        for field, stems in fields.items():
            stored.add_text(f"{field}_{language}", " ".join(stems))
    for trait in document.traits:
        stored.add_text("trait", trait)
    stored.add_integer("in_stock", int(document.is_in_stock))
    for currency, (low, high) in document.prices.items():
        stored.add_integer(f"low_{currency}", low)
        stored.add_integer(f"high_{currency}", high)
    stored.add_bytes("words", _words(document))
    return stored


def _words(document: Document) -> bytes:
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
    return "\n".join(lines).encode()


Needles = list[list[tuple[str, ...]]]
"""Per term its ways, each as the parts of a line of words that have to be there."""


def _needles(terms: list[Term]) -> Needles:
    return [[tuple(f" {way.language}:{stem} " for stem in way.stems) for way in term.ways] for term in terms]


def _hit(document: tantivy.Document, score: float, needles: Needles) -> Hit:
    name, more, rest = document["words"][0].decode().split("\n")
    in_name = {position for position, ways in enumerate(needles) if _says(name, ways)}
    strong, anywhere = set(in_name), set()
    for position, ways in enumerate(needles):
        if position in in_name:
            continue
        if _says(name + more, ways):
            strong.add(position)
        elif _says(name + more + rest, ways):
            anywhere.add(position)
    return Hit(document["id"][0], score, frozenset(in_name), frozenset(strong), frozenset(strong | anywhere))


def _says(words: str, ways: list[tuple[str, ...]]) -> bool:
    """Spelled out, because it runs for each word of each hit."""
    for way in ways:
        for needle in way:
            if needle not in words:
                break
        else:
            return True
    return False
