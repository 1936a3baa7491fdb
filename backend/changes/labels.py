"""Labels for what comes back: the carrier is asked by a job, and says what becomes of the parcel."""

from datetime import timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes.asked import Plan
from backend.changes.models import OrderReturn
from backend.db import Database, now, rows_changed
from backend.errors import NotFound
from backend.inventory.backorders import today_of
from backend.jobs import enqueue
from backend.orders.models import Order, OrderEvent
from backend.shipping.carrier import CarrierClient, Recipient
from backend.shipping.models import Shipment
from backend.shipping.service import InParcel, ReturnParcelMoved, keep_booking
from backend.shop import shop_of

BOOK_RETURN = "book_return"
RETURN_MOVED = "return_moved"


class LabelNotFound(NotFound):
    """Nothing comes back with a label like that."""

    code = "label_not_found"


class ReturnMoved(msgspec.Struct, frozen=True):
    """`status` is that of the return, or `labelled`."""

    order_id: str
    return_id: str
    kind: str
    status: str


async def send_for(session: AsyncSession, back: OrderReturn, plan: Plan) -> None:
    """A parcel for it, if the shop makes labels; the carrier hears of it by a job."""
    policy = shop_of(session).after_sale.send_back
    if policy is None:
        return
    contents = [InParcel(piece.sku, piece.name, piece.quantity) for piece in plan.pieces]
    shipment = Shipment(
        order_id=back.id, is_return=True, service=policy.service, contents=msgspec.to_builtins(contents)
    )
    session.add(shipment)
    await session.flush()
    await enqueue(session, BOOK_RETURN, {"return": back.id}, key=f"{BOOK_RETURN}:{back.id}")


async def book(database: Database, carrier: CarrierClient, return_id: str) -> None:
    """Perhaps again: the carrier books once under the parcel's key. Raises CarrierUnavailable."""
    async with database.reading() as session:
        back = await session.get_one(OrderReturn, return_id)
        order = await session.get_one(Order, back.order_id)
        shipment = await _parcel_of(session, return_id)
        policy = shop_of(session).after_sale.send_back
    assert policy
    booked = await carrier.book(
        key=shipment.id,
        reference=order.number,
        service=shipment.service,
        recipient=msgspec.convert(msgspec.structs.asdict(policy.to), Recipient),
    )
    async with database.transaction() as session:
        await keep_booking(session, shipment.id, booked)
        until = today_of(session) + timedelta(days=policy.within_days)
        first = update(OrderReturn).where(OrderReturn.id == return_id, OrderReturn.send_by.is_(None))
        if await rows_changed(session, first.values(send_by=until)):
            await _tell(session, back, "labelled")


async def on_parcel_moved(session: AsyncSession, fact: ReturnParcelMoved) -> None:
    """That it has arrived is for staff to say, who open it."""
    under_way = (
        update(OrderReturn)
        .where(OrderReturn.id == fact.return_id, OrderReturn.status == "requested")
        .values(status="in_transit")
    )
    if fact.status != "preparing" and await rows_changed(session, under_way):
        back = await session.get_one(OrderReturn, fact.return_id, populate_existing=True)
        await record_move(session, back)


async def record_move(session: AsyncSession, back: OrderReturn) -> None:
    details = {"return": back.id}
    kind = f"{back.kind}_{back.status}"
    session.add(OrderEvent(order_id=back.order_id, at=now(session), kind=kind, details=details))
    await _tell(session, back, back.status)


async def _tell(session: AsyncSession, back: OrderReturn, status: str) -> None:
    """By a job: staff's commands are another program, which nobody listens to."""
    moved = ReturnMoved(back.order_id, back.id, back.kind, status)
    key = f"{RETURN_MOVED}:{back.id}:{status}"
    await enqueue(session, RETURN_MOVED, msgspec.to_builtins(moved), key=key)


async def label_of(session: AsyncSession, order: Order, return_id: str) -> tuple[OrderReturn, Shipment]:
    """Raises LabelNotFound."""
    back = await session.scalar(select(OrderReturn).filter_by(id=return_id, order_id=order.id))
    if back is None or back.kind == "claim":
        raise LabelNotFound
    return back, await _parcel_of(session, return_id)


async def _parcel_of(session: AsyncSession, return_id: str) -> Shipment:
    return (await session.scalars(select(Shipment).filter_by(order_id=return_id, is_return=True))).one()
