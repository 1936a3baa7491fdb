"""The port of the search engine, and the embedded engine.

An engine stores tokens that `backend.catalogue.analysis` has made and ranks them by BM25; everything clever
sits above, so that every engine gets it. Price, stock and visibility are not its business: the database is
the truth.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal, Protocol

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


class Document(msgspec.Struct, frozen=True):
    """`fields` is language to field to stems."""

    id: str
    fields: dict[str, dict[Field, list[str]]]


class Term(msgspec.Struct, frozen=True):
    """One word of a query: its stem in each language in which it is searched."""

    word: str
    stems: dict[str, str]
    boost: float = 1.0


class TextQuery(msgspec.Struct, frozen=True):
    """`optional` terms raise the score but find nothing by themselves. `among` restricts to these ids."""

    terms: list[Term]
    optional: list[Term] = []
    among: Sequence[str] | None = None
    limit: int = 200


class Hit(msgspec.Struct, frozen=True):
    """Which words of the query (terms, then optional ones, by position) are in the name, in a field that
    says what the product is, or anywhere."""

    id: str
    score: float
    name: frozenset[int]
    strong: frozenset[int]
    anywhere: frozenset[int]


class SearchIndex(Protocol):
    def upsert(self, documents: Iterable[Document]) -> None: ...

    def delete(self, ids: Iterable[str]) -> None: ...

    def refresh(self) -> None:
        """Makes what was written visible."""

    def search(self, query: TextQuery) -> list[Hit]:
        """Best first."""


class TantivyIndex:
    """Embedded; in memory, or in a directory."""

    def __init__(self, directory: Path | None = None) -> None:
        self._schema = _schema()
        if directory:
            directory.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(directory) if directory else None)
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("words", words)
        self._writer = self._index.writer(heap_size=30_000_000, num_threads=1)

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

    def search(self, query: TextQuery) -> list[Hit]:
        terms = [*query.terms, *query.optional]
        searcher = self._index.searcher()
        result = searcher.search(self._query(query), query.limit, count=False)
        return [_hit(searcher.doc(address), score, terms) for score, address in result.hits]

    def _query(self, query: TextQuery) -> tantivy.Query:
        required = [(tantivy.Occur.Should, self._term(term)) for term in query.terms]
        clauses = [(tantivy.Occur.Must, tantivy.Query.boolean_query(required))]
        clauses += [(tantivy.Occur.Should, self._term(term)) for term in query.optional]
        if query.among is not None:
            among = tantivy.Query.term_set_query(self._schema, "id", list(query.among))
            clauses.append((tantivy.Occur.Must, tantivy.Query.const_score_query(among, 0.0)))
        return tantivy.Query.boolean_query(clauses)

    def _term(self, term: Term) -> tantivy.Query:
        """The best of its languages counts, so that a word spelled alike in two is not counted twice."""
        languages = [self._in_language(language, stem) for language, stem in term.stems.items()]
        return tantivy.Query.boost_query(tantivy.Query.disjunction_max_query(languages), term.boost)

    def _in_language(self, language: str, stem: str) -> tantivy.Query:
        fields = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, f"{field}_{language}", stem, index_option="freq"),
                boost,
            )
            for field, boost in BOOSTS.items()
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, field) for field in fields])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for language in LANGUAGES:
        for field in BOOSTS:
            builder.add_text_field(f"{field}_{language}", tokenizer_name="words", index_option="freq")
    for group in ("name", "strong", "anywhere"):
        builder.add_text_field(group, stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _stored(document: Document) -> tantivy.Document:
    stored = tantivy.Document(id=[document.id])
    for language, fields in document.fields.items():
        for field, stems in fields.items():
            stored.add_text(f"{field}_{language}", " ".join(stems))
    stored.add_text("name", _words(document, ("name",)))
    stored.add_text("strong", _words(document, STRONG))
    stored.add_text("anywhere", _words(document, tuple(BOOSTS)))
    return stored


def _words(document: Document, fields: tuple[Field, ...]) -> str:
    words = {
        f"{language}:{stem}"
        for language, by_field in document.fields.items()
        for stem in chain.from_iterable(by_field.get(field, []) for field in fields)
    }
    return " ".join(sorted(words))


def _hit(document: tantivy.Document, score: float, terms: list[Term]) -> Hit:
    return Hit(
        id=document["id"][0],
        score=score,
        name=_found(document["name"][0], terms),
        strong=_found(document["strong"][0], terms),
        anywhere=_found(document["anywhere"][0], terms),
    )


def _found(stored: str, terms: list[Term]) -> frozenset[int]:
    words = set(stored.split())
    return frozenset(
        position
        for position, term in enumerate(terms)
        if any(f"{language}:{stem}" in words for language, stem in term.stems.items())
    )
