"""Stocktakes: what was counted, many places at once. Each change is one line of the ledger."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import actor, insert_into, now
from backend.inventory.arrivals import tell_arrived
from backend.inventory.backorders import Shelf, serve, taken_from
from backend.inventory.models import StockItem, StockMovement

Place = tuple[str, str]
"""A variant and a source."""
COUNTED = ("on_hand", "threshold", "notify_below")


class Count(msgspec.Struct, frozen=True):
    """So many lie there, reserved units included; so many of them are kept back, and below so many staff are told.
    None leaves it as it is."""

    variant_id: str
    source_id: str
    on_hand: int | None
    threshold: int | None = None
    notify_below: int | None = None


class MoreReserved(Exception):
    """Fewer units were counted than are reserved for orders."""

    def __init__(self, variant_id: str, source_id: str) -> None:
        super().__init__(variant_id, source_id)
        self.variant_id = variant_id
        self.source_id = source_id


class Item(msgspec.Struct, frozen=True):
    """A row of the stock, as it was found or as it is to be."""

    id: str
    variant_id: str
    source_id: str
    on_hand: int
    reserved: int
    threshold: int
    notify_below: int

    @property
    def place(self) -> Place:
        return self.variant_id, self.source_id

    @property
    def left(self) -> int:
        return self.on_hand - self.reserved - self.threshold

    def counted(self, one: Count) -> "Item":
        said = {name: getattr(one, name) for name in COUNTED}
        return msgspec.structs.replace(
            self, **{name: value for name, value in said.items() if value is not None}
        )


async def count(session: AsyncSession, counts: Sequence[Count]) -> set[str]:
    """Sets what a stocktake or an import counted: all of it, or raises MoreReserved. The same again changes nothing.
    Returns the variants of which a place has some now and had none, or has none and had some.

    Rows are inserted and locked in the order of variants, as `reserve` does, so that rivals cannot deadlock.
    """
    wanted = {(one.variant_id, one.source_id): one for one in counts}
    known = {item.place: item for item in await _found(session, wanted)}
    differing = {
        place: one
        for place, one in wanted.items()
        if place not in known or known[place].counted(one) != known[place]
    }
    if not differing:
        return set()
    await _make_room(session, sorted(differing.keys() - known.keys()))
    changes = []
    for item in await _found(session, differing, locked=True):
        after = item.counted(differing[item.place])
        if after.reserved > after.on_hand:
            raise MoreReserved(*item.place)
        changes.append((item, after))
    await _set(session, changes)
    changes = await _without_what_was_owed(session, changes)
    await tell_arrived(
        session, {item.variant_id for item, after in changes if after.left > max(item.left, 0)}
    )
    return {item.variant_id for item, after in changes if (after.left > 0) != (item.left > 0)}


def _of_variants(places: Collection[Place]) -> ColumnElement[bool]:
    return StockItem.variant_id.in_({variant_id for variant_id, _ in places})


async def _make_room(session: AsyncSession, places: Sequence[Place]) -> None:
    """Where nobody has counted; a rival may do the same meanwhile."""
    if places:
        rows = [
            {"variant_id": variant_id, "source_id": source_id, "on_hand": 0, "reserved": 0}
            for variant_id, source_id in places
        ]
        await session.execute(insert_into(session, StockItem).on_conflict_do_nothing(), rows)


async def _found(session: AsyncSession, places: Collection[Place], locked: bool = False) -> list[Item]:
    """Those that are there; `locked` until the transaction ends."""
    query = (
        select(*(getattr(StockItem, name) for name in Item.__struct_fields__))
        .where(_of_variants(places), StockItem.source_id.in_({source_id for _, source_id in places}))
        .order_by(StockItem.variant_id, StockItem.id)
    )
    rows = await session.execute(query.with_for_update() if locked else query)
    return [item for item in (Item(*row) for row in rows) if item.place in places]


async def _without_what_was_owed(
    session: AsyncSession, changes: Sequence[tuple[Item, Item]]
) -> list[tuple[Item, Item]]:
    """What arrives goes to the orders that wait for it first, before anybody else sees it."""
    shelves = [Shelf(after.id, after.variant_id, after.left) for _, after in changes]
    given = taken_from(await serve(session, shelves))
    return [
        (item, msgspec.structs.replace(after, on_hand=after.on_hand - given[after.id]))
        for item, after in changes
    ]


async def _set(session: AsyncSession, changes: Sequence[tuple[Item, Item]]) -> None:
    """Each as it was, and as it is to be; the rows are locked. What is only kept back is no line of the ledger."""
    changed = [(item, after) for item, after in changes if after != item]
    if changed:
        rows = [{"id": after.id} | {name: getattr(after, name) for name in COUNTED} for _, after in changed]
        await session.execute(update(StockItem), rows)
    moved = [
        (item.id, after.on_hand - item.on_hand) for item, after in changed if after.on_hand != item.on_hand
    ]
    if moved:
        by = {"at": now(session), "actor": actor(session)}
        await session.execute(
            insert(StockMovement),
            [
                {**by, "stock_item_id": item_id, "on_hand_change": change, "reason": "counted"}
                for item_id, change in moved
            ],
        )
