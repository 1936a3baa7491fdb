"""What staff look after: how many units are kept back, and where few are left."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.importing.parsed import LEVELS
from backend.catalogue.models import Variant
from backend.catalogue.read import VariantNotFound
from backend.catalogue.turns import tell_stock
from backend.inventory.counting import Count, count
from backend.inventory.models import Source, StockItem
from backend.inventory.service import AVAILABLE
from backend.inventory.sources import UnknownSource


class Level(msgspec.Struct, frozen=True):
    """Of one variant at one source, in units."""

    sku: str
    source: str
    on_hand: int
    reserved: int
    threshold: int
    available: int
    notify_below: int


async def set_levels(
    session: AsyncSession,
    sku: str,
    source: str | None,
    *,
    threshold: int | None = None,
    notify_below: int | None = None,
) -> list[Level]:
    """At one source, or wherever it was counted; None leaves a level as it is. Raises VariantNotFound,
    UnknownSource."""
    variant_id = await session.scalar(select(Variant.id).filter_by(sku=sku))
    if variant_id is None:
        raise VariantNotFound(f"No variant has the SKU {sku!r}.", sku=sku)
    places = select(StockItem.source_id).join(Source, Source.id == StockItem.source_id)
    places = places.where(StockItem.variant_id == variant_id)
    source_ids = (await session.scalars(places.where(Source.code == source) if source else places)).all()
    if not source_ids:
        raise UnknownSource(f"{sku} was never counted{f' at {source!r}' if source else ''}.")
    counts = [Count(variant_id, place, None, threshold, notify_below) for place in source_ids]
    await tell_stock(session, await count(session, counts))
    return await levels(session, sku)


async def levels(session: AsyncSession, sku: str) -> list[Level]:
    return await _read(session, Variant.sku == sku)


async def low(session: AsyncSession) -> list[Level]:
    """Where fewer are left than staff want to know of."""
    return await _read(session, StockItem.notify_below > AVAILABLE)


async def levels_by_column(session: AsyncSession, variant_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """By variant and column of the shop's own format, the levels that are set."""
    set_ones: dict[str, dict[str, int]] = defaultdict(dict)
    rows = await session.execute(
        select(StockItem.variant_id, Source.code, StockItem.threshold, StockItem.notify_below)
        .join(Source, Source.id == StockItem.source_id)
        .where(StockItem.variant_id.in_(variant_ids))
        .order_by(Source.code)
    )
    for variant_id, source, *units in rows:
        set_ones[variant_id] |= {f"{level}_{source}": n for level, n in zip(LEVELS, units, strict=True) if n}
    return set_ones


async def level_columns(session: AsyncSession) -> list[str]:
    """Those in which there is anything, so that a shop without levels has no columns of them."""
    counts = [func.count(case((getattr(StockItem, level) > 0, 1))) for level in LEVELS]
    in_use = select(Source.code, *counts).join(StockItem, StockItem.source_id == Source.id)
    rows = (await session.execute(in_use.group_by(Source.code).order_by(Source.code))).all()
    return [f"{level}_{row[0]}" for row in rows for level, n in zip(LEVELS, row[1:], strict=True) if n]


async def _read(session: AsyncSession, where: ColumnElement[bool]) -> list[Level]:
    counters = (StockItem.on_hand, StockItem.reserved, StockItem.threshold)
    rows = await session.execute(
        select(Variant.sku, Source.code, *counters, AVAILABLE, StockItem.notify_below)
        .join(Variant, Variant.id == StockItem.variant_id)
        .join(Source, Source.id == StockItem.source_id)
        .where(where)
        .order_by(Variant.sku, Source.priority)
    )
    return [Level(*row) for row in rows]
