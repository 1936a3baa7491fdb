"""The embedded engine: tantivy, in this process."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import msgspec
import tantivy

from backend.catalogue.counting import counted, counts, fields_of
from backend.catalogue.coverage import Words, covered, needles_of, words_of
from backend.catalogue.index import (
    BOOSTS,
    ORDERS,
    UNNAMED,
    Document,
    Field,
    Health,
    Order,
    Page,
    SearchQuery,
    Term,
    Version,
    Way,
)
from backend.catalogue.keeping import Keeping
from backend.config import CURRENCIES, LANGUAGES

MOST_UNPACKED = 20_000
"""Documents, of less than a kilobyte each."""


class TantivyIndex:
    """In memory, or where it is kept."""

    is_shared = False

    def __init__(self, keeping: Keeping | None = None, currencies: Sequence[str] = CURRENCIES) -> None:
        self._schema = _schema(currencies)
        self._keeping = keeping
        self._version: Version | None = keeping.read("version") if keeping else None
        self._index = tantivy.Index(self._schema, path=_folder(keeping, self._version))
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("words", words)
        self._writer = self._index.writer(heap_size=60_000_000, num_threads=1)
        self._writing = Lock()
        """A writer is for one thread at a time, and a shop that closes does not wait for what it began in another."""
        self._is_anew = False
        """Nothing that is written has to take the place of anything: looking for it costs a third of the time."""
        self._open()

    def version(self) -> Version | None:
        return self._version

    def begin(self) -> None:
        with self._writing:
            self._writer.rollback()
            self._writer.delete_all_documents()
            self._is_anew = True

    def upsert(self, documents: Iterable[Document]) -> None:
        with self._writing:
            for document in documents:
                if not self._is_anew:
                    self._writer.delete_documents_by_term("id", document.id)
                self._writer.add_document(_stored(document))

    def delete(self, ids: Iterable[str]) -> None:
        with self._writing:
            for document_id in ids:
                self._writer.delete_documents_by_term("id", document_id)

    def refresh(self, version: Version = UNNAMED) -> None:
        """The version is kept after what it stands for: killed in between, the same is written once more."""
        with self._writing:
            self._writer.commit()
            self._index.reload()
            self._open()
            self._is_anew = False
            self._version = version
            if self._keeping:
                self._keeping.write("version", version)

    def search(self, query: SearchQuery) -> Page:
        needles = needles_of([*query.terms, *query.optional])
        searcher, words_at = self._searcher, self._words_at
        asked = self._query(query)
        result = searcher.search(self._from(asked, query.order), query.limit, count=False, **_sorting(query))
        hits = []
        for score, address in result.hits:
            document_id, words = words_at(address.segment_ord, address.doc)
            hit = covered(document_id, 0.0 if query.order else score, words, needles)
            hits.append(msgspec.structs.replace(hit, place=score) if query.order else hit)
        if not query.has_facets:
            return Page(hits, len(hits))
        return counted(hits, searcher.aggregate(asked, counts(query)))

    def health(self) -> Health:
        return Health("tantivy", self._searcher.num_docs)

    def close(self) -> None:
        with self._writing:
            self._writer.wait_merging_threads()

    def _open(self) -> None:
        """Addresses are those of one searcher. Customers look for the same things, and a question with bounds meets
        the same products twice; to unpack one costs more than to find it."""
        searcher = self._index.searcher()

        @lru_cache(MOST_UNPACKED)
        def words_at(segment: int, number: int) -> tuple[str, Words]:
            found = searcher.doc(tantivy.DocAddress(segment, number))
            return found["id"][0], Words.of(found["words"][0].decode())

        self._searcher, self._words_at = searcher, words_at

    def _query(self, query: SearchQuery) -> tantivy.Query:
        boosts = query.boosts or BOOSTS
        words = [(tantivy.Occur.Should, self._term(term, boosts)) for term in query.terms]
        clauses = [(tantivy.Occur.Must, tantivy.Query.boolean_query(words))] if words else []
        clauses += [(tantivy.Occur.Should, self._term(term, boosts)) for term in query.optional]
        clauses += [(tantivy.Occur.Must, filtering) for filtering in self._filters(query)]
        clauses += [(tantivy.Occur.MustNot, self._trait(trait)) for trait in query.must_not]
        if not words:
            clauses.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(clauses)

    def _from(self, asked: tantivy.Query, order: Order | None) -> tantivy.Query:
        """What is counted is all of the order, wherever its reader is."""
        if order is None or order.since is None:
            return asked
        bounds = (None, order.since) if order.is_descending else (order.since, None)
        passed = tantivy.Query.term_set_query(self._schema, "id", list(order.passed))
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, asked),
                (tantivy.Occur.Must, self._range(order.by, *bounds)),
                (tantivy.Occur.MustNot, passed),
            ]
        )

    def _filters(self, query: SearchQuery) -> Iterable[tantivy.Query]:
        if query.among is not None:
            yield self._unscored(tantivy.Query.term_set_query(self._schema, "id", list(query.among)))
        traits, amounts = fields_of(query)
        for group in query.must:
            yield self._unscored(tantivy.Query.term_set_query(self._schema, traits, list(group)))
        if query.in_stock:
            yield self._range("in_stock", 1, 1)
        if query.price and query.price.high is not None:
            yield self._range(f"low_{query.price.currency}", None, query.price.high)
        if query.price and query.price.low is not None:
            yield self._range(f"high_{query.price.currency}", query.price.low, None)
        if query.amount:
            yield self._range(f"{amounts}_{query.amount.currency}", query.amount.low or 0, query.amount.high)
        if query.shown:
            yield self._range("since", None, query.shown.at)
            yield self._range("until", query.shown.at + 1, None)
            yield self._unscored(
                tantivy.Query.term_query(self._schema, "channel", query.shown.channel, index_option="basic")
            )

    def _trait(self, trait: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "trait", trait, index_option="basic")

    def _range(self, field: str, low: int | None, high: int | None) -> tantivy.Query:
        integer = tantivy.FieldType.Integer
        return self._unscored(tantivy.Query.range_query(self._schema, field, integer, low, high))

    @staticmethod
    def _unscored(query: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, 0.0)

    def _term(self, term: Term, boosts: Mapping[Field, float]) -> tantivy.Query:
        """The best of its ways counts, so that a word spelled alike in two languages is not counted twice."""
        ways = [
            tantivy.Query.boost_query(self._way(way, boosts), way.weight)
            if way.weight != 1
            else self._way(way, boosts)
            for way in term.ways
        ]
        return tantivy.Query.boost_query(tantivy.Query.disjunction_max_query(ways), term.boost)

    def _way(self, way: Way, boosts: Mapping[Field, float]) -> tantivy.Query:
        words = [self._word(way.language, stem, boosts) for stem in way.stems]
        if len(words) == 1:
            return words[0]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, word) for word in words])

    def _word(self, language: str, stem: str, boosts: Mapping[Field, float]) -> tantivy.Query:
        fields = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, f"{field}_{language}", stem, index_option="freq"),
                boost,
            )
            for field, boost in boosts.items()
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, field) for field in fields])


def _folder(keeping: Keeping | None, version: Version | None) -> str | None:
    """Emptied where it does not say how far it is written."""
    if keeping is None:
        return None
    folder = keeping.folder / "tantivy"
    if version is None:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    return str(folder)


def _schema(currencies: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for language in LANGUAGES:
        for field in BOOSTS:
            builder.add_text_field(f"{field}_{language}", tokenizer_name="words", index_option="freq")
    for name in ("trait", "stocked_trait"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("channel", tokenizer_name="raw", index_option="basic")
    for name in ("in_stock", "since", "until", *ORDERS):
        builder.add_integer_field(name, indexed=True, fast=True)
    for currency in currencies:
        for name in ("low", "high", "amount", "stocked_amount"):
            builder.add_integer_field(f"{name}_{currency}", indexed=True, fast=True)
    builder.add_bytes_field("words", stored=True)
    return builder.build()


def _sorting(query: SearchQuery) -> dict[str, Any]:
    if query.order is None:
        return {}
    direction = tantivy.Order.Desc if query.order.is_descending else tantivy.Order.Asc
    return {"order_by_field": query.order.by, "order": direction}


def _stored(document: Document) -> tantivy.Document:
    stored = tantivy.Document(id=[document.id])
    for language, fields in document.fields.items():
        for field, stems in fields.items():
            stored.add_text(f"{field}_{language}", " ".join(stems))
    for name, traits in (("trait", document.traits), ("stocked_trait", document.stocked_traits)):
        for trait in traits:
            stored.add_text(name, trait)
    for channel in document.shown.channels:
        stored.add_text("channel", channel)
    stored.add_integer("in_stock", int(document.is_in_stock))
    stored.add_integer("since", document.shown.since)
    stored.add_integer("until", document.shown.until)
    for name, place in document.places.items():
        stored.add_integer(name, place)
    for currency, (low, high) in document.prices.items():
        stored.add_integer(f"low_{currency}", low)
        stored.add_integer(f"high_{currency}", high)
    for name, amounts in (("amount", document.amounts), ("stocked_amount", document.stocked_amounts)):
        for currency, said in amounts.items():
            for amount in said:
                stored.add_integer(f"{name}_{currency}", amount)
    stored.add_bytes("words", words_of(document).encode())
    return stored
