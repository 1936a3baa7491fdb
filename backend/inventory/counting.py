"""Stocktakes: what was counted, many places at once. Each change is one line of the ledger."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import insert_into, now
from backend.inventory.models import StockItem, StockMovement

Place = tuple[str, str]
"""A variant and a source."""


class Count(msgspec.Struct, frozen=True):
    """So many lie there, reserved units included."""

    variant_id: str
    source_id: str
    on_hand: int


class MoreReserved(Exception):
    """Fewer units were counted than are reserved for orders."""

    def __init__(self, variant_id: str, source_id: str) -> None:
        super().__init__(variant_id, source_id)
        self.variant_id = variant_id
        self.source_id = source_id


async def count(session: AsyncSession, counts: Sequence[Count]) -> set[str]:
    """Sets what a stocktake or an import counted: all of it, or raises MoreReserved. The same again changes nothing.
    Returns the variants of which a place has some now and had none, or has none and had some.

    Rows are inserted and locked in the order of variants, as `reserve` does, so that rivals cannot deadlock.
    """
    wanted = {(one.variant_id, one.source_id): one.on_hand for one in counts}
    on_hand = await _on_hand(session, wanted)
    differing = {place: units for place, units in wanted.items() if on_hand.get(place) != units}
    if not differing:
        return set()
    await _make_room(session, sorted(differing.keys() - on_hand.keys()))
    changes = {}
    turned = set()
    for item_id, place, lying, reserved in await _locked(session, differing):
        if reserved > differing[place]:
            raise MoreReserved(*place)
        changes[item_id] = (differing[place], differing[place] - lying)
        if (lying > reserved) != (differing[place] > reserved):
            turned.add(place[0])
    await _set(session, changes)
    return turned


async def _on_hand(session: AsyncSession, places: Collection[Place]) -> dict[Place, int]:
    rows = await session.execute(
        select(StockItem.variant_id, StockItem.source_id, StockItem.on_hand).where(_of_variants(places))
    )
    return {(variant_id, source_id): units for variant_id, source_id, units in rows}


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


async def _locked(session: AsyncSession, places: Collection[Place]) -> list[tuple[str, Place, int, int]]:
    """The row's id, its place, and how much lies there and is reserved, until the transaction ends."""
    rows = await session.execute(
        select(StockItem.id, StockItem.variant_id, StockItem.source_id, StockItem.on_hand, StockItem.reserved)
        .where(_of_variants(places), StockItem.source_id.in_({source_id for _, source_id in places}))
        .order_by(StockItem.variant_id, StockItem.id)
        .with_for_update()
    )
    found = [(row[0], (row[1], row[2]), row[3], row[4]) for row in rows]
    return [item for item in found if item[1] in places]


async def _set(session: AsyncSession, changes: dict[str, tuple[int, int]]) -> None:
    """By row, what lies there now and how much that is more than before. The rows are locked."""
    changed = {item_id: units for item_id, units in changes.items() if units[1]}
    if not changed:
        return
    at = now(session)
    await session.execute(
        update(StockItem), [{"id": item_id, "on_hand": on_hand} for item_id, (on_hand, _) in changed.items()]
    )
    await session.execute(
        insert(StockMovement),
        [
            {"at": at, "stock_item_id": item_id, "on_hand_change": change, "reason": "counted"}
            for item_id, (_, change) in changed.items()
        ],
    )
