"""Search over a plain list of products, without a database: whoever has data can judge the engine on it.

A product is a line of JSON: `{"id", "language", "title", "description", "type"?, "brand"?, "attributes"?, "price"?,
"stock"?, "category"?}`; `attributes` is name to value or values, `price` an amount in major units, `stock` a
number of units or whether there are any. A product is searched in its own language.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal

import msgspec

from backend.catalogue.documents import Amounts, Described, Sold
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching.reading import Reader
from backend.catalogue.matching.scene import Scene
from backend.catalogue.measures import measures_of
from backend.catalogue.phrases import Utterance
from backend.catalogue.query import Query
from backend.catalogue.read import Offer, valued
from backend.catalogue.search import search_products
from backend.catalogue.shelves import Listed, ListShelves
from backend.catalogue.spelling import read_words
from backend.catalogue.tuning import Tuning
from backend.catalogue.views import ProductView, Shopper
from backend.money import Money

CURRENCY = "EUR"
"""Amounts have no currency in a list; one that the shop knows stands for it."""

Language = Literal["en", "fr", "es"]


class NotAList(Exception):
    """A line cannot be read; the text names it and what is wrong with it."""


class ListedProduct(msgspec.Struct, frozen=True):
    id: str
    language: Language
    title: str
    description: str = ""
    type: str | None = None
    brand: str | None = None
    attributes: dict[str, str | int | float | bool | list[str] | None] = {}
    price: Decimal | None = None
    stock: int | bool | None = None
    category: str | None = None


class Listing:
    """The index of a list, and its products as they are for sale."""

    def __init__(self, products: Iterable[ListedProduct], tuning: Tuning | None = None) -> None:
        self.index = ShopIndex(tuning)
        self._listed: dict[str, Listed] = {}
        self.index.build(self._described(products))

    def shelves(self, language: str) -> ListShelves:
        return ListShelves(self._listed, Shopper(language, CURRENCY))

    def _described(self, products: Iterable[ListedProduct]) -> Iterator[Described]:
        for position, product in enumerate(products):
            self._listed[product.id] = _listed(product, position)
            yield described(product, product.id)


def described(product: ListedProduct, handle: str) -> Described:
    amount = _amount(product)
    return Described(
        handle=handle,
        brand=product.brand or "",
        name={product.language: product.title},
        description={product.language: product.description},
        keywords={},
        options=[],
        attributes=_attributes(product),
        category=[{product.language: product.category}] if product.category else [],
        category_codes=[product.category] if product.category else [],
        kinds={product.language: [product.type]} if product.type else {},
        sold=[Sold({}, {CURRENCY: Amounts(amount, amount, amount)}, is_in_stock=_has_some(product))],
    )


def _attributes(product: ListedProduct) -> list[dict[str, Any]]:
    language = product.language
    return [
        {"code": name, "name": {language: name}, "value": {language: str(value)}, "value_code": str(value)}
        for name, said in product.attributes.items()
        for value in (said if isinstance(said, list) else [said])
        if value is not None and value is not False
    ]


def _has_some(product: ListedProduct) -> bool:
    return product.stock is None or product.stock > 0


def _amount(product: ListedProduct) -> int:
    return int((product.price or Decimal(0)) * 100)


def _listed(product: ListedProduct, position: int) -> Listed:
    amount = _amount(product)
    offer = Offer(
        handle=product.id,
        position=position,
        category_id=product.category,
        variant_id=product.id,
        options={},
        amount=amount,
        attributes=valued(_attributes(product)),
        brand=product.brand or "",
        measures=measures_of(_attributes(product), {}),
    )
    view = ProductView(
        id=product.id,
        name=product.title,
        description=product.description,
        brand=product.brand or "",
        category=product.category,
        price=Money(amount, CURRENCY),
        price_varies=False,
        image=None,
        image_alt="",
        url="",
        options=[],
        attributes=[],
        variants=[],
        rating=None,
        review_count=0,
    )
    return Listed(offer, None if product.stock is None else int(product.stock), view)


class Turn(msgspec.Struct, frozen=True):
    """What is on the screen after a turn; `relaxed` names what had to be dropped, `ids` then are `nearest`."""

    ids: list[str]
    nearest: list[str]
    relaxed: list[str]


class Dialogue:
    """One customer who searches, refines, and points at what is shown."""

    def __init__(self, listing: Listing, language: str, limit: int = 5) -> None:
        self._index = listing.index
        self._shelves = listing.shelves(language)
        self._language = language
        self._limit = limit
        self._query: Query | None = None
        self._shown: list[ProductView] = []
        self._talked_of: str | None = None

    async def say(self, text: str) -> Turn:
        pointed = self._pointed(text)
        if pointed is not None:
            self._talked_of = pointed[0].id if pointed else None
            return Turn([product.id for product in pointed], [], [])
        found = await search_products(
            self._shelves,
            self._index,
            text,
            previous=self._query,
            limit=self._limit,
            talked_of=self._talked_of,
        )
        self._talked_of = None
        self._query, self._shown = found.query, found.products
        ids = [product.id for product in found.products]
        return Turn([], ids, found.relaxed) if found.relaxed else Turn(ids, [], [])

    def _pointed(self, text: str) -> list[ProductView] | None:
        """The product at the position that the words name, or none where the list is shorter; None when they
        name no position."""
        vocabulary = self._index.vocabulary
        scene = Scene(shown=self._shown, focus=None, chosen={}, lines=[])
        reader = Reader(
            Utterance(read_words(vocabulary, text, self._language)), scene, vocabulary, self._language
        )
        named = reader.pointed_at_position()
        if named is None or not (named.products or not reader.product_words()):
            return None
        return named.products[:1]
