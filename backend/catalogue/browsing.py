"""A listing without words: what is for sale, narrowed by filters, counted, in an order, page by page.

The engine counts and orders, at any size; what is shown is asked of the database.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import cursors, read
from backend.catalogue.cursors import Place
from backend.catalogue.facets import Chosen, facets
from backend.catalogue.index import Hit, Moment, Order, Page, Price, SearchQuery, SearchUnavailable
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.read import Offer
from backend.catalogue.shelves import Shelves
from backend.catalogue.views import ProductPage, Shopper
from backend.catalogue.visibility import WEB
from backend.db import now
from backend.money import Money

Sort = Literal["relevance", "price", "-price", "newest", "rating"]
MOST_AMOUNT = 2**31 - 1


class Filters(msgspec.Struct, frozen=True):
    """`chosen` is code to values, one of which is wanted; prices are minor units."""

    category: str | None = None
    chosen: Chosen = {}
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False

    @property
    def is_bounded(self) -> bool:
        return self.price_min is not None or self.price_max is not None


async def browse(
    session: AsyncSession,
    shelves: Shelves,
    index: ShopIndex,
    filters: Filters,
    *,
    sort: Sort = "relevance",
    limit: int = 20,
    cursor: str | None = None,
) -> ProductPage:
    """A page is shorter where something has changed in the last moment. Without its engine the shop shows the
    beginning of what is not narrowed. Raises InvalidInput, SearchUnavailable."""
    place = cursors.read(cursor, Place) if cursor else None
    try:
        return await _browse(
            session, shelves, index, filters, order_of(sort, shelves.shopper.currency), place, limit
        )
    except SearchUnavailable:
        if place or sort != "relevance" or filters != Filters(filters.category):
            raise
        return ProductPage(
            await read.first_products(session, shelves.shopper, filters.category, limit), cursor=None
        )


async def _browse(
    session: AsyncSession,
    shelves: Shelves,
    index: ShopIndex,
    filters: Filters,
    order: Order,
    place: Place | None,
    limit: int,
) -> ProductPage:
    shopper = shelves.shopper
    wanted = _query(session, filters, shopper)
    if filters.is_bounded or filters.in_stock or order.by == f"price_{shopper.currency}":
        await index.be_current(session)
    if place:
        order = msgspec.structs.replace(order, since=place.since, passed=place.passed)
    found = await index.search(msgspec.structs.replace(wanted, order=order, limit=limit + 1))
    hits = found.hits[:limit]
    categories = await read.list_categories(session, shopper.language)
    counts = await _counts(index, wanted, filters.chosen, found)
    lowest, highest = await _bounds(index, wanted, filters, found)
    return ProductPage(
        products=await shelves.views(await _true(shelves, [hit.id for hit in hits], filters)),
        cursor=_cursor(hits, place) if len(found.hits) > limit else None,
        total=found.total,
        facets=facets(
            counts, index.vocabulary, categories, shopper.language, filters.category, filters.chosen
        ),
        lowest=lowest,
        highest=highest,
        in_stock=(await index.search(msgspec.structs.replace(wanted, in_stock=True))).total,
    )


def order_of(sort: Sort, currency: str) -> Order:
    if sort in ("newest", "rating"):
        return Order(sort, is_descending=True)
    if sort == "relevance":
        return Order("position")
    return Order(f"price_{currency}", is_descending=sort == "-price")


def _query(session: AsyncSession, filters: Filters, shopper: Shopper) -> SearchQuery:
    must = [[f"{code}={value}" for value in values] for code, values in filters.chosen.items()]
    if filters.category is not None:
        must.append([f"category={filters.category}"])
    return SearchQuery(
        must=must,
        amount=Price(shopper.currency, filters.price_min, filters.price_max),
        in_stock=filters.in_stock,
        shown=Moment(int(now(session).timestamp()), session.info.get("channel", WEB)),
        limit=1,
        has_facets=True,
    )


async def _bounds(
    index: ShopIndex, wanted: SearchQuery, filters: Filters, found: Page
) -> tuple[Money | None, Money | None]:
    """As if none were set: others may be wanted."""
    assert wanted.amount
    currency = wanted.amount.currency
    if filters.is_bounded:
        found = await index.search(msgspec.structs.replace(wanted, amount=Price(currency)))
    if found.bounds is None:
        return None, None
    low, high = found.bounds
    return Money(low, currency), Money(high, currency)


async def _counts(index: ShopIndex, wanted: SearchQuery, chosen: Chosen, found: Page) -> dict[str, int]:
    """Where a value is chosen, the others of its facet are counted as if it were not: one may be wanted beside it."""
    counts = {trait: count for trait, count in found.facets.items() if trait.partition("=")[0] not in chosen}
    for code in chosen:
        others = [group for group in wanted.must if group[0].partition("=")[0] != code]
        page = await index.search(msgspec.structs.replace(wanted, must=others))
        counts |= {trait: count for trait, count in page.facets.items() if trait.partition("=")[0] == code}
    return counts


async def _true(shelves: Shelves, handles: Sequence[str], filters: Filters) -> list[str]:
    """Those that are as wanted by what the database says."""
    offers = await shelves.offers(handles)
    units = await shelves.available(offers) if filters.in_stock else None
    live: dict[str, list[Offer]] = {}
    for offer in offers:
        if units is None or units[offer.variant_id] > 0:
            live.setdefault(offer.handle, []).append(offer)
    return [handle for handle in handles if handle in live and _is_wanted(live[handle], filters)]


def _is_wanted(offers: list[Offer], filters: Filters) -> bool:
    low, high = filters.price_min or 0, MOST_AMOUNT if filters.price_max is None else filters.price_max
    return any(low <= offer.amount <= high for offer in offers) and all(
        any(not set(values).isdisjoint(offer.values(code)) for offer in offers)
        for code, values in filters.chosen.items()
    )


def _cursor(hits: list[Hit], before: Place | None) -> str:
    since = hits[-1].place
    passed = [hit.id for hit in hits if hit.place == since]
    if before and before.since == since:
        passed += before.passed
    return cursors.written(Place(since, passed))
