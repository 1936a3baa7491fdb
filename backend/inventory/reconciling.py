"""What the counters of stock, the ledger and the reservations say of one another."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Variant
from backend.inventory.models import Backorder, BackorderTerms, Reservation, Source, StockItem, StockMovement


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """Each in words; none when all is well."""
    async for sku, source, *units in await session.stream(_unlike_ledger()):
        on_hand, on_hand_booked, reserved, reserved_booked = units
        yield (
            f"{sku} at {source}: {on_hand} on hand and {reserved} reserved, "
            f"but its ledger sums up to {on_hand_booked} and {reserved_booked}."
        )
    async for sku, source, reserved, held in await session.stream(_unlike_reservations()):
        yield f"{sku} at {source}: {reserved} reserved, but its reservations hold {held}."
    async for sku, promised, waiting in await session.stream(_unlike_backorders()):
        yield f"{sku}: {promised} units are promised, but orders wait for {waiting}."


def _unlike_ledger() -> Select[Any]:
    booked = (
        select(
            StockMovement.stock_item_id,
            func.sum(StockMovement.on_hand_change).label("on_hand"),
            func.sum(StockMovement.reserved_change).label("reserved"),
        )
        .group_by(StockMovement.stock_item_id)
        .subquery()
    )
    on_hand, reserved = func.coalesce(booked.c.on_hand, 0), func.coalesce(booked.c.reserved, 0)
    return (
        _items(StockItem.on_hand, on_hand, StockItem.reserved, reserved)
        .outerjoin(booked, booked.c.stock_item_id == StockItem.id)
        .where(or_(StockItem.on_hand != on_hand, StockItem.reserved != reserved))
    )


def _unlike_reservations() -> Select[Any]:
    held = (
        select(Reservation.stock_item_id, func.sum(Reservation.quantity).label("units"))
        .where(Reservation.state == "held")
        .group_by(Reservation.stock_item_id)
        .subquery()
    )
    units = func.coalesce(held.c.units, 0)
    return (
        _items(StockItem.reserved, units)
        .outerjoin(held, held.c.stock_item_id == StockItem.id)
        .where(StockItem.reserved != units)
    )


def _unlike_backorders() -> Select[str, int, Any]:
    waited_for = (
        select(Backorder.variant_id, func.sum(Backorder.quantity - Backorder.served).label("units"))
        .where(Backorder.state.in_(("held", "owed")))
        .group_by(Backorder.variant_id)
        .subquery()
    )
    units = func.coalesce(waited_for.c.units, 0)
    promised = func.coalesce(BackorderTerms.promised, 0)
    return (
        select(Variant.sku, promised, units)
        .outerjoin(BackorderTerms, BackorderTerms.variant_id == Variant.id)
        .outerjoin(waited_for, waited_for.c.variant_id == Variant.id)
        .where(promised != units)
        .order_by(Variant.sku)
    )


def _items(*columns: Any) -> Select[Any]:
    return (
        select(Variant.sku, Source.code, *columns)
        .select_from(StockItem)
        .join(Variant, Variant.id == StockItem.variant_id)
        .join(Source, Source.id == StockItem.source_id)
        .order_by(Variant.sku, Source.code)
    )
