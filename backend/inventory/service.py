"""Reserving and selling stock, and what there is of it. Each change is one guarded statement and one ledger line."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from typing import cast

import msgspec
import structlog
from sqlalchemy import Date, Integer, Table, bindparam, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import stocked_parts
from backend.catalogue.models import Variant
from backend.catalogue.turns import STOCK
from backend.db import actor, after_commit, now
from backend.errors import Conflict
from backend.inventory import backorders
from backend.inventory.arrivals import tell_arrived
from backend.inventory.backorders import Shortage
from backend.inventory.choosing import Shelf, chosen
from backend.inventory.models import BackorderTerms, Reservation, Source, StockItem, StockMovement
from backend.inventory.nearness import Destination, ranks
from backend.inventory.salable import Later, Promise, Salable
from backend.jobs import enqueue

log = structlog.get_logger()

ITEMS, RESERVATIONS, LEDGER, SOURCES, TERMS, VARIANTS = (
    cast(Table, kind.__table__)
    for kind in (StockItem, Reservation, StockMovement, Source, BackorderTerms, Variant)
)
"""Read and written as tables, not as objects, where it is done most: a third less work."""
LEFT = ITEMS.c.on_hand - ITEMS.c.reserved - ITEMS.c.threshold
AVAILABLE = case((LEFT > 0, LEFT), else_=0)
SHELVES = (
    select(
        ITEMS.c.id,
        ITEMS.c.variant_id,
        AVAILABLE,
        SOURCES.c.priority,
        VARIANTS.c.sku,
        SOURCES.c.code,
        ITEMS.c.notify_below,
        case((TERMS.c.is_preorder, TERMS.c.ships_on)).label("released_on"),
    )
    .select_from(ITEMS)
    .join(SOURCES, SOURCES.c.id == ITEMS.c.source_id)
    .outerjoin(TERMS, TERMS.c.variant_id == ITEMS.c.variant_id)
    .join(VARIANTS, VARIANTS.c.id == ITEMS.c.variant_id)
    .where(ITEMS.c.variant_id.in_(bindparam("variant_ids", expanding=True)), AVAILABLE > 0)
    .order_by(ITEMS.c.variant_id, ITEMS.c.id)
    .with_for_update(of=ITEMS)
)
"""Built once: to build and compare statements takes as long as to run them."""
IS_OUT = or_(
    TERMS.c.id.is_(None),
    TERMS.c.is_preorder.is_(False),
    TERMS.c.ships_on.is_(None),
    TERMS.c.ships_on <= bindparam("today", type_=Date),
)
"""What is ordered before it comes out is not handed over before either."""
SHELVES_THERE = SHELVES.where(ITEMS.c.source_id == bindparam("source_id"), IS_OUT)
TAKE = (
    update(ITEMS)
    .where(ITEMS.c.id == bindparam("item_id"), bindparam("quantity", type_=Integer) <= AVAILABLE)
    .values(reserved=ITEMS.c.reserved + bindparam("quantity", type_=Integer))
)
HOLD, NOTE = insert(RESERVATIONS), insert(LEDGER)


class InsufficientStock(Conflict):
    """Fewer units are available than were asked for; `available` says how many."""

    code = "insufficient_stock"


class Wanted(msgspec.Struct, frozen=True):
    """`parts` are the stocked variants that one of it takes, and how many of each. The customer has agreed to wait
    for it until `agreed_date`."""

    variant_id: str
    sku: str
    quantity: int
    parts: dict[str, int]
    agreed_date: date | None = None


class SourceStock(msgspec.Struct, frozen=True):
    source: str
    kind: str
    city: str
    available: int


async def salable(session: AsyncSession, variant_ids: Sequence[str]) -> Salable:
    """What is there, and what may be ordered before it is."""
    found = await _there(session, variant_ids)
    stocked = {part for taken in found.parts.values() for part in taken}
    return msgspec.structs.replace(found, later=await backorders.terms_of(session, stocked))


async def available(session: AsyncSession, variant_ids: Sequence[str]) -> dict[str, int]:
    """Salable units over all sources, each variant by itself; one that was never counted has 0."""
    found = await _there(session, variant_ids)
    return {variant_id: found.of(variant_id) for variant_id in variant_ids}


async def _there(session: AsyncSession, variant_ids: Sequence[str]) -> Salable:
    parts = await stocked_parts(session, variant_ids)
    return Salable(parts, await _units(session, {part for taken in parts.values() for part in taken}))


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
    session: AsyncSession,
    order_id: str,
    wanted: Sequence[Wanted],
    conversation_id: str,
    destination: Destination | None = None,
    source_id: str | None = None,
) -> dict[str, Promise]:
    """Holds all of it, at one source if that is given, or nothing and raises InsufficientStock or
    BackorderConsentNeeded. Returns by variant what leaves later than at once; of one source nothing does.

    What several lines take of one variant is held at once, and its rows are locked in one order, so that rivals
    cannot deadlock. Nothing is written before all of it is known to be there.
    """
    needed: Counter[str] = Counter()
    for line in wanted:
        needed.update({part: each * line.quantity for part, each in line.parts.items()})
    shelves = await locked_shelves(session, needed, source_id)
    units = {variant_id: sum(shelf.units for shelf in shelves[variant_id]) for variant_id in needed}
    short = [
        Shortage(variant_id, needed[variant_id] - units[variant_id])
        for variant_id in sorted(needed)
        if needed[variant_id] > units[variant_id]
    ]
    later = {} if source_id else await _later(session, shelves, short)
    promises = _agreed(wanted, Salable({line.variant_id: line.parts for line in wanted}, units, later))
    taken = chosen(shelves, needed, await ranks(session, destination))
    await _take(session, order_id, conversation_id, taken)
    await backorders.claim(session, order_id, conversation_id, short, later)
    after_commit(session, partial(_warn_of_low, taken))
    emptied = {shelf.variant_id for shelf, _ in taken if units[shelf.variant_id] <= needed[shelf.variant_id]}
    await _tell_turned(session, sorted(emptied))
    return promises


async def release(session: AsyncSession, order_id: str, conversation_id: str) -> None:
    """Gives back what is still held for the order; a second call changes nothing."""
    given: Counter[str] = Counter()
    freed = await _settle(session, order_id, "released")
    for reservation in freed:
        await _change(session, reservation, conversation_id, "released")
        given[reservation.variant_id] += reservation.quantity
    await backorders.let_go(session, order_id)
    await backorders.serve(session, await _shelves_of(session, freed))
    units = await _units(session, given)
    await tell_arrived(session, given)
    await _tell_turned(
        session, [variant_id for variant_id in given if 0 < units[variant_id] <= given[variant_id]]
    )


async def commit(session: AsyncSession, order_id: str, conversation_id: str) -> None:
    """What was held is sold; a second call changes nothing."""
    for reservation in await _settle(session, order_id, "committed"):
        await _change(session, reservation, conversation_id, "sold", on_hand=-reservation.quantity)
    await backorders.owe(session, order_id)


async def serve_backorders(session: AsyncSession, variant_ids: Collection[str]) -> None:
    """What is there goes to the orders that wait for it; call it in a transaction of its own."""
    shelves = await locked_shelves(session, variant_ids)
    given = await backorders.serve(
        session,
        [
            backorders.Shelf(shelf.item_id, variant_id, shelf.units)
            for variant_id in sorted(shelves)
            for shelf in shelves[variant_id]
        ],
    )
    await _tell_turned(session, sorted({one.variant_id for one in given}))


class Aside(msgspec.Struct, frozen=True):
    """Units that were sold to an order and are in no parcel yet."""

    reservation_id: str
    source: str
    variant_id: str
    quantity: int
    not_before: date | None


async def set_aside(session: AsyncSession, order_id: str) -> list[Aside]:
    """By source, in the order of priorities."""
    rows = await session.execute(
        select(
            Reservation.id, Source.code, Reservation.variant_id, Reservation.quantity, Reservation.not_before
        )
        .join(StockItem, StockItem.id == Reservation.stock_item_id)
        .join(Source, Source.id == StockItem.source_id)
        .where(
            Reservation.order_id == order_id,
            Reservation.state == "committed",
            Reservation.shipment_id.is_(None),
        )
        .order_by(Source.priority, Source.code, Reservation.variant_id, Reservation.id)
    )
    return [Aside(*row) for row in rows]


async def send_with(session: AsyncSession, reservation_ids: Sequence[str], shipment_id: str) -> None:
    planned = update(Reservation).where(Reservation.id.in_(reservation_ids))
    await session.execute(planned.values(shipment_id=shipment_id))


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


async def locked_shelves(
    session: AsyncSession, variant_ids: Collection[str], source_id: str | None = None
) -> dict[str, list[Shelf]]:
    """By variant, where some of it is to be had; nobody else changes these rows until the transaction ends."""
    shelves: dict[str, list[Shelf]] = defaultdict(list)
    if variant_ids:
        there = {"source_id": source_id, "today": backorders.today_of(session)}
        at = there if source_id else {}
        shelves_of = SHELVES_THERE if source_id else SHELVES
        await session.flush()  # as the session would by itself
        connection = await session.connection()
        rows = await connection.execute(shelves_of, {"variant_ids": list(variant_ids), **at})
        for row in rows:
            shelves[row.variant_id].append(Shelf(*row))
    return shelves


async def _later(
    session: AsyncSession, shelves: dict[str, list[Shelf]], short: Sequence[Shortage]
) -> dict[str, Later]:
    """The terms of what is short, locked; of what is not out yet they are known from its shelves."""
    unreleased = {
        variant_id: Later(0, found[0].released_on, True, True)
        for variant_id, found in shelves.items()
        if found and found[0].released_on and found[0].released_on > backorders.today_of(session)
    }
    return unreleased | await backorders.terms_of(session, {one.variant_id for one in short}, locked=True)


def _agreed(wanted: Sequence[Wanted], found: Salable) -> dict[str, Promise]:
    """Refuses the first line for which those above it leave too little, or that leaves later than was agreed to."""
    above: dict[str, int] = {}
    promises = {}
    for line in wanted:
        left = found.in_all(line.variant_id, above)
        if left < line.quantity:
            raise InsufficientStock(sku=line.sku, quantity=line.quantity, available=left)
        promise = found.promise(line.variant_id, line.quantity, above)
        backorders.refuse_without_consent(line.sku, promise, line.agreed_date)
        if promise:
            promises[line.variant_id] = promise
        above[line.variant_id] = line.quantity
    return promises


async def _shelves_of(session: AsyncSession, freed: Sequence[Reservation]) -> list[backorders.Shelf]:
    """Their stock items, whose rows this transaction has changed."""
    rows = await session.execute(
        select(StockItem.id, StockItem.variant_id, AVAILABLE)
        .where(StockItem.id.in_({reservation.stock_item_id for reservation in freed}))
        .order_by(StockItem.variant_id, StockItem.id)
    )
    return [backorders.Shelf(*row) for row in rows]


async def _take(
    session: AsyncSession, order_id: str, conversation_id: str, taken: Sequence[tuple[Shelf, int]]
) -> None:
    """A reservation of each, and its line of the ledger."""
    if not taken:
        return
    connection = await session.connection()
    for shelf, quantity in taken:
        found = await connection.execute(TAKE, {"item_id": shelf.item_id, "quantity": quantity})
        assert found.rowcount == 1  # the lock has decided; the guard holds for whoever comes without one
    by = {
        "order_id": order_id,
        "conversation_id": conversation_id,
        "actor": actor(session),
        "at": now(session),
        "reason": "reserved",
    }
    held = [
        {
            "order_id": order_id,
            "stock_item_id": shelf.item_id,
            "variant_id": shelf.variant_id,
            "quantity": quantity,
            "not_before": shelf.released_on,
        }
        for shelf, quantity in taken
    ]
    await connection.execute(HOLD, held)
    noted = [{"stock_item_id": shelf.item_id, "reserved_change": quantity, **by} for shelf, quantity in taken]
    await connection.execute(NOTE, noted)


def _warn_of_low(taken: Sequence[tuple[Shelf, int]]) -> None:
    """Once, by the order that crosses the line."""
    for shelf, quantity in taken:
        left = shelf.units - quantity
        if left < shelf.notify_below <= shelf.units:
            log.warning("stock_low", sku=shelf.sku, source=shelf.source, available=left)


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
    session: AsyncSession, reservation: Reservation, conversation_id: str, reason: str, on_hand: int = 0
) -> None:
    reserved = -reservation.quantity
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
            actor=actor(session),
            order_id=reservation.order_id,
            conversation_id=conversation_id,
        )
    )
