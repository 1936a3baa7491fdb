"""What is for sale now, as the search asks for it: the shop's database, or a list of products in memory."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.read import Offer, PriceSort
from backend.catalogue.views import ProductView, Shopper

Availability = Callable[[AsyncSession, Sequence[str]], Awaitable[dict[str, int]]]
"""Salable units by variant id; stock lives in a higher domain."""


class Shelves(Protocol):
    @property
    def shopper(self) -> Shopper: ...

    async def offers(self, handles: Sequence[str]) -> list[Offer]: ...

    async def browse(
        self, low: int | None, high: int | None, limit: int, *, category: str | None, sort: PriceSort
    ) -> list[str]:
        """The products with a price between the bounds, in the shop's order or by that price."""

    async def categories_below(self, code: str) -> set[str]:
        """The ids of this category and all below it."""

    async def available(self, offers: Sequence[Offer]) -> dict[str, int] | None:
        """Salable units by variant id; None where stock is not looked at."""

    async def views(self, handles: Sequence[str]) -> list[ProductView]: ...


class ShopShelves:
    """The database. Without `availability`, stock is not looked at."""

    def __init__(
        self, session: AsyncSession, shopper: Shopper, availability: Availability | None = None
    ) -> None:
        self.shopper = shopper
        self._session = session
        self._availability = availability

    async def offers(self, handles: Sequence[str]) -> list[Offer]:
        return await read.offers(self._session, handles, self.shopper)

    async def browse(
        self, low: int | None, high: int | None, limit: int, *, category: str | None, sort: PriceSort
    ) -> list[str]:
        return await read.browse(self._session, self.shopper, low, high, limit, category=category, sort=sort)

    async def categories_below(self, code: str) -> set[str]:
        return set(await read.category_ids(self._session, code))

    async def available(self, offers: Sequence[Offer]) -> dict[str, int] | None:
        if self._availability is None:
            return None
        return await self._availability(self._session, [offer.variant_id for offer in offers])

    async def views(self, handles: Sequence[str]) -> list[ProductView]:
        return await read.products(self._session, handles, self.shopper)


class Listed(msgspec.Struct, frozen=True):
    """A product of a list: what it costs in minor units, and how many there are (None: not said)."""

    offer: Offer
    stock: int | None
    view: ProductView


class ListShelves:
    """Products in memory, each its own only variant."""

    def __init__(self, listed: dict[str, Listed], shopper: Shopper) -> None:
        self.shopper = shopper
        self._listed = listed

    async def offers(self, handles: Sequence[str]) -> list[Offer]:
        return [self._listed[handle].offer for handle in handles]

    async def browse(
        self, low: int | None, high: int | None, limit: int, *, category: str | None, sort: PriceSort
    ) -> list[str]:
        found = [
            handle
            for handle, listed in self._listed.items()
            if (low is None or listed.offer.amount >= low) and (high is None or listed.offer.amount <= high)
        ]
        if sort != "relevance":
            found.sort(key=lambda handle: self._listed[handle].offer.amount, reverse=sort == "-price")
        return found[:limit]

    async def categories_below(self, code: str) -> set[str]:
        return {code}

    async def available(self, offers: Sequence[Offer]) -> dict[str, int] | None:
        stock = {offer.variant_id: self._listed[offer.handle].stock for offer in offers}
        return {variant: 1 if units is None else units for variant, units in stock.items()}

    async def views(self, handles: Sequence[str]) -> list[ProductView]:
        return [self._listed[handle].view for handle in handles]
