"""Reserving, selling and counting stock. Each change is one guarded statement and one line of the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import now, rows_changed
from backend.errors import Conflict
from backend.inventory.models import Reservation, Source, StockItem, StockMovement

AVAILABLE = StockItem.on_hand - StockItem.reserved


class InsufficientStock(Conflict):
    """Fewer units are available than were asked for; `available` says how many."""

    code = "insufficient_stock"


class Wanted(msgspec.Struct, frozen=True):
    variant_id: str
    sku: str
    quantity: int


class SourceStock(msgspec.Struct, frozen=True):
    source: str
    kind: str
    city: str
    available: int


async def available(session: AsyncSession, variant_ids: Sequence[str]) -> dict[str, int]:
    """Salable units over all sources; a variant that was never counted has 0."""
    rows = await session.execute(
        select(StockItem.variant_id, func.sum(AVAILABLE))
        .where(StockItem.variant_id.in_(variant_ids))
        .group_by(StockItem.variant_id)
    )
    return dict.fromkeys(variant_ids, 0) | {variant_id: int(units) for variant_id, units in rows}


async def available_by_source(session: AsyncSession, variant_ids: Sequence[str]) -> list[SourceStock]:
    rows = await session.execute(
        select(Source.name, Source.kind, Source.city, func.sum(AVAILABLE))
        .join(StockItem, StockItem.source_id == Source.id)
        .where(StockItem.variant_id.in_(variant_ids))
        .group_by(Source.id, Source.name, Source.kind, Source.city, Source.priority)
        .order_by(Source.priority)
    )
    return [SourceStock(name, kind, city, int(units)) for name, kind, city, units in rows]


async def reserve(
    session: AsyncSession, order_id: str, wanted: Iterable[Wanted], conversation_id: str
) -> None:
    """Holds all of it or raises InsufficientStock. Variants are taken in one order, so rivals cannot deadlock."""
    for line in sorted(wanted, key=lambda line: line.variant_id):
        await _reserve_line(session, order_id, line, conversation_id)


async def release(session: AsyncSession, order_id: str) -> None:
    """Gives back what is still held for the order; a second call changes nothing."""
    for reservation in await _settle(session, order_id, "released"):
        await _change(session, reservation, on_hand=0, reserved=-reservation.quantity, reason="released")


async def commit(session: AsyncSession, order_id: str) -> None:
    """What was held is sold; a second call changes nothing."""
    for reservation in await _settle(session, order_id, "committed"):
        await _change(
            session, reservation, on_hand=-reservation.quantity, reserved=-reservation.quantity, reason="sold"
        )


async def count(session: AsyncSession, variant_id: str, source_id: str, on_hand: int) -> None:
    """Sets what a stocktake or an import counted. Raises InsufficientStock when more is already reserved."""
    item = await session.scalar(select(StockItem).filter_by(variant_id=variant_id, source_id=source_id))
    if item is None:
        item = StockItem(variant_id=variant_id, source_id=source_id, on_hand=0, reserved=0)
        session.add(item)
        await session.flush()
    change = on_hand - item.on_hand
    if change == 0:
        return
    counted = await rows_changed(
        session,
        update(StockItem)
        .where(StockItem.id == item.id, StockItem.on_hand == item.on_hand, StockItem.reserved <= on_hand)
        .values(on_hand=on_hand),
    )
    if not counted:
        raise InsufficientStock(available=item.on_hand - item.reserved)
    session.add(
        StockMovement(
            at=now(session), stock_item_id=item.id, on_hand_change=change, reserved_change=0, reason="counted"
        )
    )


async def counted(session: AsyncSession, variant_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """By variant and source code, what lies there, reserved units included; nothing where nobody has counted."""
    rows = await session.execute(
        select(StockItem.variant_id, Source.code, StockItem.on_hand)
        .join(Source, Source.id == StockItem.source_id)
        .where(StockItem.variant_id.in_(variant_ids))
    )
    on_hand: dict[str, dict[str, int]] = defaultdict(dict)
    for variant_id, source, units in rows:
        on_hand[variant_id][source] = units
    return on_hand


async def differences(session: AsyncSession) -> list[str]:
    """Every stock item whose counters are not the sums of its ledger, in words; empty when all is well."""
    sums = (
        select(
            StockMovement.stock_item_id,
            func.sum(StockMovement.on_hand_change).label("on_hand"),
            func.sum(StockMovement.reserved_change).label("reserved"),
        )
        .group_by(StockMovement.stock_item_id)
        .subquery()
    )
    rows = await session.execute(
        select(StockItem, func.coalesce(sums.c.on_hand, 0), func.coalesce(sums.c.reserved, 0)).outerjoin(
            sums, sums.c.stock_item_id == StockItem.id
        )
    )
    return [
        f"stock item {item.id}: on hand {item.on_hand}, ledger {on_hand}; reserved {item.reserved}, ledger {reserved}"
        for item, on_hand, reserved in rows
        if (item.on_hand, item.reserved) != (on_hand, reserved)
    ]


async def _reserve_line(session: AsyncSession, order_id: str, line: Wanted, conversation_id: str) -> None:
    remaining = line.quantity
    taken: dict[str, int] = defaultdict(int)
    for item_id, units in await _by_preference(session, line):
        take = min(units, remaining)
        if take and await _take(session, item_id, take):
            taken[item_id] = take
            remaining -= take
    if remaining:
        left = (await available(session, [line.variant_id]))[line.variant_id]
        raise InsufficientStock(sku=line.sku, quantity=line.quantity, available=left + sum(taken.values()))
    for item_id, quantity in taken.items():
        session.add(
            Reservation(
                order_id=order_id, stock_item_id=item_id, variant_id=line.variant_id, quantity=quantity
            )
        )
        session.add(
            StockMovement(
                at=now(session),
                stock_item_id=item_id,
                reserved_change=quantity,
                reason="reserved",
                order_id=order_id,
                conversation_id=conversation_id,
            )
        )


async def _by_preference(session: AsyncSession, line: Wanted) -> list[tuple[str, int]]:
    """One parcel before two: a source that has all of it comes first, then by priority."""
    rows = await session.execute(
        select(StockItem.id, AVAILABLE)
        .join(Source, Source.id == StockItem.source_id)
        .where(StockItem.variant_id == line.variant_id, AVAILABLE > 0)
        .order_by(Source.priority, StockItem.id)
        .with_for_update(of=StockItem)
    )
    return sorted(((item_id, units) for item_id, units in rows), key=lambda row: row[1] < line.quantity)


async def _take(session: AsyncSession, item_id: str, quantity: int) -> bool:
    reserved = await rows_changed(
        session,
        update(StockItem)
        .where(StockItem.id == item_id, quantity <= AVAILABLE)
        .values(reserved=StockItem.reserved + quantity),
    )
    return reserved == 1


async def _settle(session: AsyncSession, order_id: str, state: str) -> list[Reservation]:
    settled = (
        update(Reservation)
        .where(Reservation.order_id == order_id, Reservation.state == "held")
        .values(state=state)
        .returning(Reservation)
    )
    return sorted((await session.scalars(settled)).all(), key=lambda reservation: reservation.variant_id)


async def _change(
    session: AsyncSession, reservation: Reservation, *, on_hand: int, reserved: int, reason: str
) -> None:
    await session.execute(
        update(StockItem)
        .where(StockItem.id == reservation.stock_item_id)
        .values(on_hand=StockItem.on_hand + on_hand, reserved=StockItem.reserved + reserved)
    )
    session.add(
        StockMovement(
            at=now(session),
            stock_item_id=reservation.stock_item_id,
            on_hand_change=on_hand,
            reserved_change=reserved,
            reason=reason,
            order_id=reservation.order_id,
        )
    )
