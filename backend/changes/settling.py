"""Goods that have come back: received, looked at, and then paid back, exchanged or refused. Each step once."""

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import doing, money, swapping
from backend.changes.asked import Plan
from backend.changes.models import OrderChange, OrderReturn
from backend.db import now, rows_changed
from backend.errors import Conflict, NotFound
from backend.inventory import returning
from backend.orders.models import Order, OrderEvent
from backend.shipping.service import lock


class ReturnNotFound(NotFound):
    """Nothing of this order is on its way back."""

    code = "return_not_found"


class ReturnNotThere(Conflict):
    """The goods are not in this state; `status` says in which they are."""

    code = "return_not_there"


async def open_returns(session: AsyncSession) -> list[tuple[Order, OrderReturn]]:
    """What is on its way back or waits to be looked at, the oldest first."""
    found = (
        select(Order, OrderReturn)
        .join(OrderReturn, OrderReturn.order_id == Order.id)
        .where(OrderReturn.status.in_(("requested", "received")))
        .order_by(OrderReturn.requested_at)
    )
    return [(order, back) for order, back in await session.execute(found)]


async def receive(session: AsyncSession, number: str) -> OrderReturn:
    """Raises ReturnNotFound, ReturnNotThere."""
    order, back = await _found(session, number)
    await _move(session, order, back, "requested", "received")
    return back


async def accept(session: AsyncSession, number: str) -> OrderReturn:
    """The goods are whole: they can be sold again, and the customer gets the money or what was wanted instead.

    Raises ReturnNotFound, ReturnNotThere, RefundTooLarge, InsufficientCredit.
    """
    order, back = await _found(session, number)
    change = await session.get_one(OrderChange, back.change_id)
    plan, method = msgspec.convert(change.planned, Plan), await doing.method_of(session, change)
    difference = plan.difference.amount
    if back.kind == "return":
        await _move(session, order, back, "received", "refunded")
        units = swapping.units_of(plan.pieces)
        await returning.restock(session, order.id, order.conversation_id, units)
        if difference:
            await money.give_back(session, order, -difference, method, f"change:{change.id}")
        return back
    await _move(session, order, back, "received", "exchanged")
    if difference > 0 and method and not await money.pay(session, order, difference, method, change.id):
        change.state = "charging"
    else:
        await doing.finish_exchange(session, order, change, plan, method)
    return back


async def refuse(session: AsyncSession, number: str) -> OrderReturn:
    """They are not as they were sent, or something else: the customer keeps them, and what was kept for an exchange
    is for sale again. Raises ReturnNotFound, ReturnNotThere."""
    order, back = await _found(session, number)
    await _move(session, order, back, "received", "refused")
    aside = await returning.sold_to(session, back.change_id)
    units = {variant: sum(one.quantity for one in found) for variant, found in aside.items()}
    await returning.take_back(session, back.change_id, order.conversation_id, units)
    return back


async def _found(session: AsyncSession, number: str) -> tuple[Order, OrderReturn]:
    """The latest of the order, both locked."""
    id = await session.scalar(select(Order.id).filter_by(number=number))
    if id is None:
        raise ReturnNotFound
    await lock(session, id)
    order = await session.get_one(Order, id, with_for_update=True, populate_existing=True)
    latest = select(OrderReturn).filter_by(order_id=id).order_by(OrderReturn.requested_at.desc()).limit(1)
    back = await session.scalar(latest)
    if back is None:
        raise ReturnNotFound
    return order, back


async def _move(session: AsyncSession, order: Order, back: OrderReturn, before: str, after: str) -> None:
    moved = update(OrderReturn).where(OrderReturn.id == back.id, OrderReturn.status == before)
    if not await rows_changed(session, moved.values(status=after)):
        raise ReturnNotThere(f"It is {back.status}.", status=back.status)
    details = {"return": back.id}
    session.add(OrderEvent(order_id=order.id, at=now(session), kind=f"{back.kind}_{after}", details=details))
