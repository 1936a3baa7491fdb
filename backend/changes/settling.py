"""Goods that have come back: received, looked at, and then paid back, exchanged or refused. Each step once.
Claims are decided on without any goods."""

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import claiming, doing, labels, money, swapping
from backend.changes.asked import Plan
from backend.changes.models import OrderChange, OrderReturn
from backend.db import rows_changed
from backend.errors import Conflict, NotFound
from backend.inventory import returning
from backend.orders.models import Order
from backend.payments import service as payments
from backend.shipping import service as shipping


class ReturnNotFound(NotFound):
    """Nothing of this order is on its way back."""

    code = "return_not_found"


class ReturnNotThere(Conflict):
    """The goods are not in this state; `status` says in which they are."""

    code = "return_not_there"


OPEN = ("requested", "in_transit", "received", "claimed")


async def open_returns(session: AsyncSession) -> list[tuple[Order, OrderReturn, OrderChange]]:
    """What is on its way back or waits for a person, the oldest first; an exchange of which the card declined the
    difference does."""
    waits = OrderReturn.status.in_(OPEN) | (OrderChange.state == "declined")
    found = (
        select(Order, OrderReturn, OrderChange)
        .join(OrderReturn, OrderReturn.order_id == Order.id)
        .join(OrderChange, OrderChange.id == OrderReturn.change_id)
        .where(waits & OrderReturn.status.not_in(("refunded", "refused")))
        .order_by(OrderReturn.requested_at)
    )
    return [(order, back, change) for order, back, change in await session.execute(found)]


async def receive(session: AsyncSession, number: str) -> OrderReturn:
    """Raises ReturnNotFound, ReturnNotThere."""
    _, back = await _found(session, number, "requested", "in_transit")
    await _move(session, back, ("requested", "in_transit"), "received")
    return back


async def accept(session: AsyncSession, number: str) -> OrderReturn:
    """The goods are whole, so that they can be sold again, or the claim is right: the customer gets the money or what
    was wanted instead.

    Raises ReturnNotFound, ReturnNotThere, RefundTooLarge, InsufficientCredit.
    """
    order, back = await _found(session, number, "received", "claimed")
    change = await session.get_one(OrderChange, back.change_id)
    plan, method = msgspec.convert(change.planned, Plan), await doing.method_of(session, change)
    difference = plan.difference.amount
    if back.kind == "claim":
        outcome = "replaced" if claiming.is_sent_again(plan) else "refunded"
        await _move(session, back, ("claimed",), outcome)
        await claiming.settle(session, order, change, plan)
        return back
    if back.kind == "return":
        await _move(session, back, ("received",), "refunded")
        units = swapping.units_of(plan.pieces)
        await returning.restock(session, order.id, order.conversation_id, units)
        if difference:
            await money.give_back(session, order, -difference, method, f"change:{change.id}")
        return back
    await _move(session, back, ("received",), "exchanged")
    if difference > 0 and method and not await money.pay(session, order, difference, method, change.id):
        change.state = "charging"
    else:
        await doing.finish_exchange(session, order, change, plan, method)
    return back


async def refuse(session: AsyncSession, number: str, words: str) -> OrderReturn:
    """They are not as they were sent, or something else, and the customer is told so in these `words`: they keep
    them, and what was kept for them is for sale again. Raises ReturnNotFound, ReturnNotThere."""
    order, back = await _found(session, number, "received", "claimed")
    back.words = words
    await _move(session, back, ("received", "claimed"), "refused")
    await claiming.let_go(session, order, back.change_id)
    return back


async def pay_instead(session: AsyncSession, number: str) -> OrderReturn:
    """Of an exchange of which the card declined the difference: what came back is paid back like a return. Raises
    ReturnNotFound, ReturnNotThere, RefundTooLarge."""
    order, back = await _found(session, number, "exchanged")
    declined = (
        update(OrderChange)
        .where(OrderChange.id == back.change_id, OrderChange.state == "declined")
        .values(state="done")
    )
    if not await rows_changed(session, declined):
        raise ReturnNotThere(status=back.status)
    change = await session.get_one(OrderChange, back.change_id, populate_existing=True)
    pieces = msgspec.convert(change.planned, Plan).pieces
    await _move(session, back, ("exchanged",), "refunded")
    await claiming.let_go(session, order, change.id)
    await returning.restock(session, order.id, order.conversation_id, swapping.units_of(pieces))
    if paid := swapping.paid_for(order, pieces):
        await money.give_back(session, order, paid, None, f"instead:{change.id}")
    return back


async def _found(session: AsyncSession, number: str, *states: str) -> tuple[Order, OrderReturn]:
    """The order's latest in one of these states, or its latest in any; both locked. Raises ReturnNotFound."""
    id = await session.scalar(select(Order.id).filter_by(number=number))
    if id is None:
        raise ReturnNotFound
    await payments.lock(session, id)
    await shipping.lock(session, id)
    order = await session.get_one(Order, id, with_for_update=True, populate_existing=True)
    latest = (
        select(OrderReturn)
        .filter_by(order_id=id)
        .order_by(OrderReturn.status.in_(states).desc(), OrderReturn.requested_at.desc())
        .limit(1)
    )
    back = await session.scalar(latest.execution_options(populate_existing=True))
    if back is None:
        raise ReturnNotFound
    return order, back


async def _move(session: AsyncSession, back: OrderReturn, before: tuple[str, ...], after: str) -> None:
    moved = update(OrderReturn).where(OrderReturn.id == back.id, OrderReturn.status.in_(before))
    if not await rows_changed(session, moved.values(status=after)):
        raise ReturnNotThere(f"It is {back.status}.", status=back.status)
    await session.refresh(back, ["status"])
    await labels.record_move(session, back)
