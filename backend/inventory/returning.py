"""Units that were sold and come back to their shelf, or go to another order than the one they lay aside for."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import actor, now
from backend.inventory.arrivals import tell_arrived
from backend.inventory.backorders import SERVE
from backend.inventory.models import Reservation, StockItem, StockMovement
from backend.jobs import enqueue


async def take_back(
    session: AsyncSession, order_id: str, conversation_id: str, units: Mapping[str, int]
) -> None:
    """So many of each variant, to the sources that they were taken from. Call it with the order locked."""
    sold = await sold_to(session, order_id)
    for variant_id in sorted(units):
        left = units[variant_id]
        for reservation in sold.get(variant_id, []):
            if back := min(left, reservation.quantity):
                await _put(session, reservation, back, conversation_id)
                left -= back
        assert left == 0, (order_id, variant_id)
    if units:  # who waits is served in a transaction of its own, which locks in the order of variants
        await enqueue(session, SERVE, {"variants": sorted(units)})
        await tell_arrived(session, Counter(units))


async def restock(
    session: AsyncSession, order_id: str, conversation_id: str, units: Mapping[str, int]
) -> None:
    """What was delivered has come back whole and lies where it was taken from; that it was sold stays true."""
    sold = await sold_to(session, order_id)
    for variant_id in sorted(units):
        await _count_back(session, sold[variant_id][0], units[variant_id], conversation_id)
    await enqueue(session, SERVE, {"variants": sorted(units)})
    await tell_arrived(session, Counter(units))


async def sold_to(session: AsyncSession, order_id: str) -> dict[str, list[Reservation]]:
    """By variant."""
    found = select(Reservation).filter_by(order_id=order_id, state="committed")
    sold: dict[str, list[Reservation]] = {}
    for reservation in await session.scalars(
        found.order_by(Reservation.variant_id, Reservation.stock_item_id)
    ):
        sold.setdefault(reservation.variant_id, []).append(reservation)
    return sold


async def hand_to(session: AsyncSession, order_id: str, other_id: str) -> None:
    """What lies aside for the one lies aside for the other."""
    aside = update(Reservation).where(Reservation.order_id == order_id, Reservation.state == "committed")
    await session.execute(aside.values(order_id=other_id).execution_options(synchronize_session=False))


async def unpack(session: AsyncSession, order_id: str) -> None:
    """What was planned for parcels that are not sent lies aside again."""
    planned = update(Reservation).where(Reservation.order_id == order_id, Reservation.state == "committed")
    await session.execute(planned.values(shipment_id=None))


async def _put(session: AsyncSession, reservation: Reservation, back: int, conversation_id: str) -> None:
    if back == reservation.quantity:
        reservation.state = "returned"
    else:
        reservation.quantity -= back
    await _count_back(session, reservation, back, conversation_id)


async def _count_back(
    session: AsyncSession, reservation: Reservation, back: int, conversation_id: str
) -> None:
    await session.execute(
        update(StockItem)
        .where(StockItem.id == reservation.stock_item_id)
        .values(on_hand=StockItem.on_hand + back)
    )
    session.add(
        StockMovement(
            at=now(session),
            stock_item_id=reservation.stock_item_id,
            on_hand_change=back,
            reason="returned",
            actor=actor(session),
            order_id=reservation.order_id,
            conversation_id=conversation_id,
        )
    )
    await session.flush()
