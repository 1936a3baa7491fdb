"""The port of the search engines (`embedded`, `opensearch`).

An engine stores tokens that `backend.catalogue.analysis` has made and ranks them by BM25; everything clever
sits above, so that every engine gets it. What it knows of prices and stock narrows a large shop down; the
database is the truth, and is asked before anything is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol
from zlib import crc32

import msgspec

from backend.catalogue.visibility import Shown
from backend.config import CURRENCIES
from backend.errors import Unavailable

Field = Literal["name", "keywords", "category", "details", "description"]
BOOSTS: dict[Field, float] = {
    "name": 4.0,
    "keywords": 3.0,
    "category": 2.0,
    "details": 2.0,
    "description": 1.0,
}
STRONG: tuple[Field, ...] = ("name", "keywords", "category", "details")
MOST_FACETS = 10_000
ORDERS = ("position", "newest", "rating", *(f"price_{currency}" for currency in CURRENCIES))


def place_of(value: int, document_id: str) -> int:
    """For whoever pages through an order: hardly two documents have the same place. `value` has 31 bits."""
    return value << 32 | crc32(document_id.encode())


class Document(msgspec.Struct, frozen=True):
    """`fields` is language to field to stems, `traits` what can be counted and demanded ("colour=blue"),
    `prices` currency to the lowest and highest price in minor units."""

    id: str
    fields: dict[str, dict[Field, list[str]]]
    traits: list[str] = []
    prices: dict[str, tuple[int, int]] = {}
    is_in_stock: bool = True
    amounts: dict[str, list[int]] = {}
    """By currency, what its variants cost for everybody."""
    stocked_traits: list[str] = []
    stocked_amounts: dict[str, list[int]] = {}
    """The same of those variants that are in stock."""
    places: dict[str, int] = {}
    """In each of `ORDERS` that it has a place in, as `place_of` says it."""
    shown: Shown = Shown()


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


class Order(msgspec.Struct, frozen=True):
    """By the place in one of `ORDERS`, from place `since` on, without those that were `passed` there."""

    by: str
    is_descending: bool = False
    since: int | None = None
    passed: Sequence[str] = ()


class Moment(msgspec.Struct, frozen=True):
    """A second, and the channel through which somebody looks."""

    at: int
    channel: str


class SearchQuery(msgspec.Struct, frozen=True):
    """`optional` terms raise the score but find nothing by themselves; without any terms everything is found.
    `among` restricts to these ids, `must` to documents with one of the traits of each group, `must_not` to those with
    none of these. `price` may be anybody's, `amount` is everybody's. With `in_stock`, groups and `amount` are about
    what is in stock, and so are the facets."""

    terms: list[Term] = []
    optional: list[Term] = []
    among: Sequence[str] | None = None
    must: Sequence[Sequence[str]] = ()
    must_not: Sequence[str] = ()
    price: Price | None = None
    amount: Price | None = None
    in_stock: bool = False
    shown: Moment | None = None
    order: Order | None = None
    limit: int = 200
    has_facets: bool = False
    boosts: Mapping[Field, float] | None = None
    """What a word is worth in each field; `BOOSTS` without them."""


class Hit(msgspec.Struct, frozen=True):
    """Which words of the query (terms, then optional ones, by position) are in the name, in a field that
    says what the product is, or anywhere."""

    id: str
    score: float
    name: frozenset[int]
    strong: frozenset[int]
    anywhere: frozenset[int]
    place: int = 0
    """In the order that was asked for."""


class Page(msgspec.Struct, frozen=True):
    """Best first. The rest is counted only where it was asked for: `facets` are trait to documents, `bounds` the
    lowest and highest amount in the currency of the query's `amount`."""

    hits: list[Hit]
    total: int
    facets: dict[str, int] = {}
    bounds: tuple[int, int] | None = None


class Health(msgspec.Struct, frozen=True):
    engine: str
    documents: int


class Version(NamedTuple):
    """Of a catalogue: of which database, and how far."""

    catalogue: str = ""
    number: int = 0


UNNAMED = Version()


class SearchUnavailable(Unavailable):
    """The search engine cannot be reached, or refuses."""

    code = "search_unavailable"


class SearchIndex(Protocol):
    """Raises SearchUnavailable when its engine is another program that does not answer."""

    is_shared: bool
    """Whether other processes of the shop write to the same one."""

    def version(self) -> Version | None:
        """As far as it is written; None when it has to be written from the beginning."""

    def begin(self) -> None:
        """What is written from now on takes the place of all there is, at the next refresh; until then each document
        comes once."""

    def upsert(self, documents: Iterable[Document]) -> None: ...

    def delete(self, ids: Iterable[str]) -> None: ...

    def refresh(self, version: Version = UNNAMED) -> None:
        """Makes what was written visible, and keeps in mind that it is the catalogue of this version."""

    def search(self, query: SearchQuery) -> Page: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...
