"""The engine for shops that outgrow the embedded one: OpenSearch, over HTTP, shared by all processes of the shop.

Searches go to an alias. A new index is written beside the one in use and takes its place in one step; until then
and when its writer dies, nobody sees it. Who writes alone is decided by `backend.db.alone`.
"""

import re
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec
import structlog
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as NotConnected
from opensearchpy.exceptions import NotFoundError, OpenSearchException, TransportError
from opensearchpy.helpers import streaming_bulk

from backend.catalogue.counting import counted, counts, fields_of
from backend.catalogue.coverage import Needles, Words, covered, needles_of, words_of
from backend.catalogue.index import (
    BOOSTS,
    ORDERS,
    UNNAMED,
    Document,
    Field,
    Health,
    Hit,
    Page,
    Price,
    SearchQuery,
    SearchUnavailable,
    Term,
    Version,
    Way,
)
from backend.catalogue.keeping import fingerprint
from backend.config import CURRENCIES, LANGUAGES

log = structlog.get_logger()

SEARCH_SECONDS = 0.9
"""Waited for twice when nobody answers the door: a customer hears within two seconds that it failed."""
WRITE_SECONDS = 30.0
REST_SECONDS = 3.0
"""After nobody answered, searches fail at once for so long, instead of waiting one after the other."""
AT_ONCE = 500
MOST_BYTES = 5_000_000
"""Of one bulk request."""
MOST_CLAUSES = 1_000
"""Of one query; the server's own limit is 1,024 unless somebody has raised it. Words beyond it are not searched."""
MOST_HITS = 10_000
"""The server's limit of a page."""
LONGEST_TRAIT = 8_191
"""Characters; Lucene takes 32,766 bytes."""

Clause = dict[str, Any]


class OpenSearchIndex:
    is_shared = True

    def __init__(
        self, url: str, alias: str, tables: Path | None = None, search_seconds: float = SEARCH_SECONDS
    ) -> None:
        """`url` may carry user and password; of https the certificate is verified. `tables` are the operator's."""
        self._fingerprint = fingerprint(tables)
        self._alias = alias
        self._target = alias
        """What is written to: the alias, or the new index that will be behind it."""
        self._searching = OpenSearch([url], timeout=search_seconds, max_retries=1)
        self._writing = OpenSearch([url], timeout=WRITE_SECONDS, max_retries=3, retry_on_timeout=True)
        self._rests_until = 0.0
        self._is_known = False

    def version(self) -> Version | None:
        """What another version of the shop has written is looked at once, at the start: while two of them run side
        by side, they do not write it anew in turns."""
        with _said_plainly():
            try:
                mappings = self._searching.indices.get_mapping(index=self._alias)
            except NotFoundError:
                return None
        (index,) = mappings.values()
        kept = index["mappings"].get("_meta", {})
        if not self._is_known and kept.get("fingerprint") != self._fingerprint:
            return None
        self._is_known = True
        return Version(kept["catalogue"], kept["number"])

    def begin(self) -> None:
        with _said_plainly():
            self._delete_unfinished()
            self._target = f"{self._alias}-{uuid.uuid4().hex}"
            self._writing.indices.create(index=self._target, body=_layout())

    def upsert(self, documents: Iterable[Document]) -> None:
        self._write({"_op_type": "index", "_id": document.id, **_stored(document)} for document in documents)

    def delete(self, ids: Iterable[str]) -> None:
        self._write({"_op_type": "delete", "_id": document_id} for document_id in ids)

    def refresh(self, version: Version = UNNAMED) -> None:
        kept = {"_meta": {**version._asdict(), "fingerprint": self._fingerprint}}
        with _said_plainly():
            self._writing.indices.refresh(index=self._target)
            self._writing.indices.put_mapping(index=self._target, body=kept)
            if self._target != self._alias:
                self._publish()
                self._target = self._alias

    def search(self, query: SearchQuery) -> Page:
        if time.monotonic() < self._rests_until:
            raise SearchUnavailable
        with _said_plainly():
            try:
                answer = self._searching.search(index=self._alias, body=_request(query))
            except NotConnected:
                self._rests_until = time.monotonic() + REST_SECONDS
                raise
        needles = needles_of([*query.terms, *query.optional])
        hits = [_hit(hit, needles) for hit in answer["hits"]["hits"]]
        if not query.has_facets:
            return Page(hits, len(hits))
        return counted(hits, answer["aggregations"])

    def health(self) -> Health:
        with _said_plainly():
            return Health("opensearch", self._searching.count(index=self._alias)["count"])

    def close(self) -> None:
        self._searching.close()
        self._writing.close()

    def _write(self, actions: Iterable[dict[str, Any]]) -> None:
        with _said_plainly():
            outcomes = streaming_bulk(
                self._writing,
                actions,
                index=self._target,
                require_alias=self._target == self._alias,
                chunk_size=AT_ONCE,
                max_chunk_bytes=MOST_BYTES,
                max_retries=3,
                initial_backoff=1,
                raise_on_error=False,
                yield_ok=False,
            )
            refused = [outcome for _, outcome in outcomes if not _is_gone_already(outcome)]
        if refused:
            (first,) = refused[0].values()
            log.error("search_documents_refused", count=len(refused), id=first["_id"], reason=first["error"])
            raise SearchUnavailable

    def _publish(self) -> None:
        known = self._indexes()
        older = [index for index, aliases in known.items() if self._alias in aliases]
        actions = [{"remove": {"index": index, "alias": self._alias}} for index in older]
        actions.append({"add": {"index": self._target, "alias": self._alias}})
        self._writing.indices.update_aliases(body={"actions": actions})
        for index in older:
            self._writing.indices.delete(index=index)

    def _delete_unfinished(self) -> None:
        for index, aliases in self._indexes().items():
            if not aliases:
                self._writing.indices.delete(index=index)

    def _indexes(self) -> dict[str, list[str]]:
        """Ours, with the aliases of each; not those of another shop whose name begins alike."""
        found = self._writing.indices.get_alias(index=f"{self._alias}-*")
        ours = re.compile(re.escape(self._alias) + "-[0-9a-f]{32}")
        return {index: list(of["aliases"]) for index, of in found.items() if ours.fullmatch(index)}


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Of an error only what says nothing of customers is logged: requests carry their words."""
    try:
        yield
    except OpenSearchException as trouble:
        status = trouble.status_code if isinstance(trouble, TransportError) else None
        log.error("search_engine_failed", trouble=type(trouble).__name__, status=status)
        raise SearchUnavailable from None


def _is_gone_already(outcome: dict[str, Any]) -> bool:
    return "delete" in outcome and outcome["delete"].get("result") == "not_found"


def _layout() -> dict[str, Any]:
    """Of what is sent only `words` is kept to be read again. Nothing is visible before a refresh."""
    words = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
    properties: dict[str, Any] = {f"{field}_{language}": words for language in LANGUAGES for field in BOOSTS}
    for currency in CURRENCIES:
        for field in ("low", "high", "amount", "stocked_amount"):
            properties[f"{field}_{currency}"] = {"type": "long"}
    properties |= {field: {"type": "long"} for field in ("since", "until", *ORDERS)}
    properties |= {
        "trait": {"type": "keyword", "ignore_above": LONGEST_TRAIT},
        "stocked_trait": {"type": "keyword", "ignore_above": LONGEST_TRAIT},
        "channel": {"type": "keyword"},
        "in_stock": {"type": "boolean"},
        "words": {"type": "text", "index": False},
    }
    return {
        "settings": {
            "index": {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "-1"}
        },
        "mappings": {"dynamic": "strict", "_source": {"includes": ["words"]}, "properties": properties},
    }


def _stored(document: Document) -> dict[str, Any]:
    texts = {
        f"{field}_{language}": " ".join(stems)
        for language, fields in document.fields.items()
        for field, stems in fields.items()
    }
    prices = {
        f"{end}_{currency}": amount
        for currency, bounds in document.prices.items()
        for end, amount in zip(("low", "high"), bounds, strict=True)
    }
    return {
        **texts,
        **prices,
        **{f"amount_{currency}": said for currency, said in document.amounts.items()},
        **{f"stocked_amount_{currency}": said for currency, said in document.stocked_amounts.items()},
        **document.places,
        "since": document.shown.since,
        "until": document.shown.until,
        "channel": list(document.shown.channels),
        "trait": document.traits,
        "stocked_trait": document.stocked_traits,
        "in_stock": document.is_in_stock,
        "words": words_of(document),
    }


def _hit(hit: dict[str, Any], needles: Needles) -> Hit:
    said = covered(hit["_id"], hit["_score"] or 0.0, Words.of(hit["_source"]["words"]), needles)
    return msgspec.structs.replace(said, place=hit["sort"][0]) if "sort" in hit else said


def _request(query: SearchQuery) -> dict[str, Any]:
    """What is counted is all of an order, wherever its reader is: so that is a filter of hits alone."""
    request: dict[str, Any] = {
        "query": _query(query),
        "size": min(query.limit, MOST_HITS),
        "_source": ["words"],
        "track_total_hits": False,
    }
    if query.order:
        request["sort"] = [{query.order.by: {"order": "desc" if query.order.is_descending else "asc"}}]
    if query.has_facets:
        request["aggs"] = counts(query)
    if query.order and query.order.since is not None:
        end = "lte" if query.order.is_descending else "gte"
        request["post_filter"] = {
            "bool": {
                "filter": [{"range": {query.order.by: {end: query.order.since}}}],
                "must_not": [{"ids": {"values": list(query.order.passed)}}],
            }
        }
    return request


def _query(query: SearchQuery) -> Clause:
    count = _affordable([*query.terms, *query.optional])
    boosts = query.boosts or BOOSTS
    wanted = [_term(term, boosts) for term in query.terms[:count] if term.ways]
    optional = [
        _term(term, boosts) for term in query.optional[: max(0, count - len(query.terms))] if term.ways
    ]
    must: Clause = {"match_all": {}}
    if query.terms:
        must = {"bool": {"should": wanted, "minimum_should_match": 1}} if wanted else {"match_none": {}}
    refused = [{"term": {"trait": trait}} for trait in query.must_not]
    return {
        "bool": {"must": [must], "should": optional, "filter": list(_filters(query)), "must_not": refused}
    }


def _affordable(terms: list[Term]) -> int:
    """How many of them, from the first on, the server takes in one query."""
    clauses = accumulate(sum(len(way.stems) for way in term.ways) * len(BOOSTS) for term in terms)
    return sum(count <= MOST_CLAUSES for count in clauses)


def _filters(query: SearchQuery) -> Iterator[Clause]:
    if query.among is not None:
        yield {"ids": {"values": list(query.among)}}
    traits, amounts = fields_of(query)
    for group in query.must:
        yield {"terms": {traits: list(group)}}
    if query.in_stock:
        yield {"term": {"in_stock": True}}
    if query.price:
        yield from _bounds(query.price)
    if query.amount:
        bounds = {"gte": query.amount.low or 0}
        if query.amount.high is not None:
            bounds["lte"] = query.amount.high
        yield {"range": {f"{amounts}_{query.amount.currency}": bounds}}
    if query.shown:
        yield {"range": {"since": {"lte": query.shown.at}}}
        yield {"range": {"until": {"gte": query.shown.at + 1}}}
        yield {"term": {"channel": query.shown.channel}}


def _bounds(price: Price) -> Iterator[Clause]:
    if price.high is not None:
        yield {"range": {f"low_{price.currency}": {"lte": price.high}}}
    if price.low is not None:
        yield {"range": {f"high_{price.currency}": {"gte": price.low}}}


def _term(term: Term, boosts: Mapping[Field, float]) -> Clause:
    """The best of its ways counts, so that a word spelled alike in two languages is not counted twice."""
    return {"dis_max": {"queries": [_way(way, boosts) for way in term.ways], "boost": term.boost}}


def _way(way: Way, boosts: Mapping[Field, float]) -> Clause:
    return {"bool": {"must": [_word(way.language, stem, boosts) for stem in way.stems], "boost": way.weight}}


def _word(language: str, stem: str, boosts: Mapping[Field, float]) -> Clause:
    fields = [
        {"term": {f"{field}_{language}": {"value": stem, "boost": boost}}} for field, boost in boosts.items()
    ]
    return {"bool": {"should": fields, "minimum_should_match": 1}}
