"""Stores that customers come to: where they are, when they are open, and what they have."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import stocked_parts
from backend.catalogue.models import Variant
from backend.customers.addresses import folded
from backend.db import now
from backend.inventory.backorders import today_of
from backend.inventory.models import BackorderTerms, Source, StockItem
from backend.inventory.nearness import great_circle_km
from backend.inventory.opening import Opening, read_opening
from backend.inventory.salable import Salable
from backend.inventory.service import AVAILABLE, IS_OUT
from backend.shop import shop_of
from backend.shop.regions import region_of_postcode
from backend.shop.zones import plain_postcode

ELSEWHERE = 5
NOW = timedelta()
QUARTER = timedelta(minutes=15)


class Near(msgspec.Struct, frozen=True):
    """Where a customer is, as far as that is known: as degrees, or in the words of an address."""

    country: str = ""
    postcode: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Span(msgspec.Struct, frozen=True):
    """By the store's clocks, as in "10:00"."""

    opens: str
    closes: str


class StoreView(msgspec.Struct, frozen=True):
    """`today` and `opens_at` (the next moment at which it is open) are by the store's own clocks; where `has_hours`
    is false it does not say when it is open. `has` are the SKUs of which it has as many as were asked for."""

    code: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    phone: str
    latitude: float | None
    longitude: float | None
    has_hours: bool
    is_open: bool
    today: list[Span]
    opens_at: datetime | None
    ready_at: datetime | None
    """When what is ordered now can be collected; null where the store does not open any more."""
    distance_km: float | None
    has: list[str]
    has_all: bool


async def stores_near(
    session: AsyncSession, near: Near, quantities: Mapping[str, int], ready_in: timedelta = NOW
) -> list[tuple[Source, StoreView]]:
    """The nearest first; where nobody knows how near, in the order in which stock is taken. `quantities` by SKU."""
    found = await session.scalars(
        select(Source).filter_by(kind="store").order_by(Source.priority, Source.code)
    )
    stores = list(found)
    has = await _stock(session, quantities) if stores else {}
    shown = [
        (store, _view(session, store, near, has.get(store.id, []), quantities, ready_in)) for store in stores
    ]
    return sorted(shown, key=lambda each: _nearness(each[1], near))


async def find_store(session: AsyncSession, store_id: str) -> StoreView:
    store = await session.get_one(Source, store_id)
    return _view(session, store, Near(), [], {}, NOW)


def opening_of(session: AsyncSession, store: Source) -> Opening | None:
    return read_opening(store.opening_hours, store.time_zone or shop_of(session).time_zone)


def _view(
    session: AsyncSession,
    store: Source,
    near: Near,
    has: list[str],
    quantities: Mapping[str, int],
    ready_in: timedelta,
) -> StoreView:
    opening, at = opening_of(session, store), now(session)
    zone, ready = shop_of(session).zone, _next_quarter(at + ready_in)
    return StoreView(
        code=store.code,
        name=store.name,
        street=store.street,
        postcode=store.postcode,
        city=store.city,
        country=store.country,
        phone=store.phone,
        latitude=store.latitude,
        longitude=store.longitude,
        has_hours=opening is not None,
        is_open=opening is not None and opening.is_open(at),
        today=[
            Span(f"{opens:%H:%M}", f"{closes:%H:%M}")
            for opens, closes in (opening.on(opening.local(at).date()) if opening else ())
        ],
        opens_at=opening.next_open(at) if opening else None,
        ready_at=opening.next_open(ready) if opening else ready.astimezone(zone),
        distance_km=_distance(store, near),
        has=has,
        has_all=bool(quantities) and len(has) == len(quantities),
    )


def _next_quarter(moment: datetime) -> datetime:
    """Nobody promises a second."""
    return moment + (QUARTER - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % QUARTER) % QUARTER


def _nearness(store: StoreView, near: Near) -> tuple[bool, float]:
    """By distance where both ends are known, else by how much of the address is the same."""
    if store.distance_km is not None:
        return False, store.distance_km
    region = region_of_postcode(near.country, near.postcode)
    same = (
        bool(near.postcode) and plain_postcode(store.postcode) == plain_postcode(near.postcode),
        bool(near.city) and folded(store.city) == folded(near.city),
        bool(region) and region_of_postcode(store.country, store.postcode) == region,
        bool(near.country),
    )
    is_there = not near.country or store.country == near.country
    return True, next((at for at, fits in enumerate(same) if fits and is_there), ELSEWHERE)


def _distance(store: Source, near: Near) -> float | None:
    """In kilometres, where both places have coordinates."""
    here, there = (near.latitude, near.longitude), (store.latitude, store.longitude)
    return None if None in (*here, *there) else round(great_circle_km(*here, *there), 1)


async def _stock(session: AsyncSession, quantities: Mapping[str, int]) -> dict[str, list[str]]:
    """By store, the SKUs of which it has enough beside what the others take."""
    known = await session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(quantities)))
    ids: dict[str, str] = {row.sku: row.id for row in known}
    parts = await stocked_parts(session, list(ids.values()))
    rows = await session.execute(
        select(StockItem.source_id, StockItem.variant_id, AVAILABLE)
        .join(Source, Source.id == StockItem.source_id)
        .outerjoin(BackorderTerms, BackorderTerms.variant_id == StockItem.variant_id)
        .where(
            Source.kind == "store",
            StockItem.variant_id.in_({p for taken in parts.values() for p in taken}),
            IS_OUT,
        ),
        {"today": today_of(session)},
    )
    units: dict[str, dict[str, int]] = {}
    for source_id, variant_id, count in rows:
        units.setdefault(source_id, {})[variant_id] = count
    wanted = {ids[sku]: quantity for sku, quantity in quantities.items() if sku in ids}
    names = {variant_id: sku for sku, variant_id in ids.items()}
    return {
        source_id: [names[each] for each in _enough(Salable(parts, shelf), wanted)]
        for source_id, shelf in units.items()
    }


def _enough(salable: Salable, wanted: Mapping[str, int]) -> list[str]:
    above: dict[str, int] = {}
    for variant_id, quantity in wanted.items():
        if salable.of(variant_id, above) >= quantity:
            above[variant_id] = quantity
    return list(above)
