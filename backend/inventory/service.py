"""Reserving and selling stock, and what there is of it. Each change is one guarded statement and one ledger line."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import stocked_parts
from backend.catalogue.turns import STOCK
from backend.db import now, rows_changed
from backend.errors import Conflict
from backend.inventory.models import Reservation, Source, StockItem, StockMovement
from backend.inventory.salable import Salable
from backend.jobs import enqueue

AVAILABLE = StockItem.on_hand - StockItem.reserved


class InsufficientStock(Conflict):
    """Fewer units are available than were asked for; `available` says how many."""

    code = "insufficient_stock"


class Wanted(msgspec.Struct, frozen=True):
    """`parts` are the stocked variants that one of it takes, and how many of each."""

    variant_id: str
    sku: str
    quantity: int
    parts: dict[str, int]


class SourceStock(msgspec.Struct, frozen=True):
    source: str
    kind: str
    city: str
    available: int


async def salable(session: AsyncSession, variant_ids: Sequence[str]) -> Salable:
    parts = await stocked_parts(session, variant_ids)
    return Salable(parts, await _units(session, {part for taken in parts.values() for part in taken}))


async def available(session: AsyncSession, variant_ids: Sequence[str]) -> dict[str, int]:
    """Salable units over all sources, each variant by itself; one that was never counted has 0."""
    found = await salable(session, variant_ids)
    return {variant_id: found.of(variant_id) for variant_id in variant_ids}


async def available_by_source(session: AsyncSession, variant_ids: Sequence[str]) -> list[SourceStock]:
    """How many of all of them, one kind after the other, each source could send by itself."""
    parts = await stocked_parts(session, variant_ids)
    rows = await session.execute(
        select(Source.id, Source.name, Source.kind, Source.city, StockItem.variant_id, AVAILABLE)
        .join(StockItem, StockItem.source_id == Source.id)
        .where(StockItem.variant_id.in_({part for taken in parts.values() for part in taken}))
        .order_by(Source.priority, Source.id)
    )
    sources: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    for source_id, name, kind, city, variant_id, units in rows:
        sources[source_id, name, kind, city][variant_id] = units
    return [
        SourceStock(name, kind, city, Salable(parts, units).together(variant_ids))
        for (_, name, kind, city), units in sources.items()
    ]


async def reserve(
    session: AsyncSession, order_id: str, wanted: Sequence[Wanted], conversation_id: str
) -> None:
    """Holds all of it, or nothing and raises InsufficientStock.

    What several lines take of one variant is held at once, and variants are taken in one order, so that rivals
    cannot deadlock.
    """
    needed: Counter[str] = Counter()
    for line in wanted:
        needed.update({part: each * line.quantity for part, each in line.parts.items()})
    try:
        async with session.begin_nested():
            last = [
                variant_id
                for variant_id, quantity in sorted(needed.items())
                if not await _reserve(session, order_id, variant_id, quantity, conversation_id)
            ]
            await _tell_turned(session, last)
    except _Short as short:
        raise await _refusal(session, wanted, short) from None


async def release(session: AsyncSession, order_id: str) -> None:
    """Gives back what is still held for the order; a second call changes nothing."""
    given: Counter[str] = Counter()
    for reservation in await _settle(session, order_id, "released"):
        await _change(session, reservation, on_hand=0, reserved=-reservation.quantity, reason="released")
        given[reservation.variant_id] += reservation.quantity
    units = await _units(session, given)
    await _tell_turned(
        session, [variant_id for variant_id in given if units[variant_id] == given[variant_id]]
    )


async def commit(session: AsyncSession, order_id: str) -> None:
    """What was held is sold; a second call changes nothing."""
    for reservation in await _settle(session, order_id, "committed"):
        await _change(
            session, reservation, on_hand=-reservation.quantity, reserved=-reservation.quantity, reason="sold"
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


class _Short(Exception):
    """There are only so many `units` of a stocked variant."""

    def __init__(self, variant_id: str, units: int) -> None:
        self.variant_id = variant_id
        self.units = units


async def _units(session: AsyncSession, variant_ids: Collection[str]) -> dict[str, int]:
    rows = await session.execute(
        select(StockItem.variant_id, func.sum(AVAILABLE))
        .where(StockItem.variant_id.in_(variant_ids))
        .group_by(StockItem.variant_id)
    )
    return {variant_id: int(units) for variant_id, units in rows}


async def _tell_turned(session: AsyncSession, variant_ids: Sequence[str]) -> None:
    """The last of these is held, or the first is there: the search hears of it, but no order waits for that."""
    if variant_ids:
        await enqueue(session, STOCK, {"variants": list(variant_ids)})


async def _reserve(
    session: AsyncSession, order_id: str, variant_id: str, quantity: int, conversation_id: str
) -> int:
    """The units that are left. Raises _Short."""
    remaining = quantity
    taken: dict[str, int] = {}
    preferred = await _by_preference(session, variant_id, quantity)
    for item_id, units in preferred:
        take = min(units, remaining)
        if take and await _take(session, item_id, take):
            taken[item_id] = take
            remaining -= take
    if remaining:
        raise _Short(variant_id, quantity - remaining)
    for item_id, units in taken.items():
        session.add(
            Reservation(order_id=order_id, stock_item_id=item_id, variant_id=variant_id, quantity=units)
        )
        session.add(
            StockMovement(
                at=now(session),
                stock_item_id=item_id,
                reserved_change=units,
                reason="reserved",
                order_id=order_id,
                conversation_id=conversation_id,
            )
        )
    return sum(units for _, units in preferred) - quantity


async def _refusal(session: AsyncSession, wanted: Sequence[Wanted], short: _Short) -> InsufficientStock:
    """Of the first line for which those above it leave too little, now that nothing is held."""
    parts = {line.variant_id: line.parts for line in wanted}
    found = Salable(parts, await _units(session, {part for taken in parts.values() for part in taken}))
    above: dict[str, int] = {}
    for line in wanted:
        left = found.of(line.variant_id, above)
        if left < line.quantity:
            return InsufficientStock(sku=line.sku, quantity=line.quantity, available=left)
        above[line.variant_id] = line.quantity
    line = next(line for line in wanted if short.variant_id in line.parts)  # a rival gave some back meanwhile
    left = min(short.units // line.parts[short.variant_id], line.quantity - 1)
    return InsufficientStock(sku=line.sku, quantity=line.quantity, available=left)


async def _by_preference(session: AsyncSession, variant_id: str, quantity: int) -> list[tuple[str, int]]:
    """One parcel before two: a source that has all of it comes first, then by priority. The rows are locked in the
    order of their ids, as everywhere."""
    rows = await session.execute(
        select(StockItem.id, AVAILABLE, Source.priority)
        .join(Source, Source.id == StockItem.source_id)
        .where(StockItem.variant_id == variant_id, AVAILABLE > 0)
        .order_by(StockItem.id)
        .with_for_update(of=StockItem)
    )
    preferred = sorted(rows, key=lambda row: (row[1] < quantity, row[2]))
    return [(item_id, units) for item_id, units, _ in preferred]


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
    reservations = (await session.scalars(settled)).all()
    return sorted(reservations, key=lambda reservation: (reservation.variant_id, reservation.stock_item_id))


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
