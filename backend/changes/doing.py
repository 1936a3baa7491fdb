"""Carrying out what was agreed to. Call everything here with the order locked, in one transaction with the yes."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import claiming, labels, money, swapping
from backend.changes.asked import ChangeNotAllowed, Plan
from backend.changes.models import OrderChange, OrderReturn
from backend.customers.models import GIFT_CARD, SavedMethod
from backend.db import now
from backend.inventory import returning
from backend.orders import service as orders
from backend.orders.models import CANCELED, Order, OrderEvent
from backend.orders.parcels import plan_parcels
from backend.payments import refunds
from backend.payments.service import refund_key
from backend.shipping.service import recall


async def cancel(session: AsyncSession, order: Order, change: OrderChange, plan: Plan) -> None:
    """Its stock is free, its parcels stay, and all that was paid goes back to where it came from."""
    if order.payment_status == "waiting":
        await orders.cancel(session, order, "asked")
        await session.refresh(order)
        if order.payment_status != "canceled":
            raise ChangeNotAllowed(reason="status")
        return
    await recall(session, order.id)
    sold = await returning.sold_to(session, order.id)
    units = {variant: sum(one.quantity for one in found) for variant, found in sold.items()}
    await returning.take_back(session, order.id, order.conversation_id, units)
    for payment in await money.payments_of(session, order.id):
        await refunds.request_rest(session, payment.id, key=refund_key(payment.id))
    order.payment_status, order.fulfilment_status = "refunded", CANCELED


async def change_address(session: AsyncSession, order: Order, change: OrderChange, plan: Plan) -> None:
    """What was booked for the old address is canceled, and booked anew."""
    order.address = msgspec.structs.asdict(plan.address) if plan.address else {}
    await _pack_anew(session, order)


async def change_items(session: AsyncSession, order: Order, change: OrderChange, plan: Plan) -> None:
    """The new units are taken before anything else; a card is charged before the old ones go."""
    await swapping.put_aside(session, order, plan.pieces, change.id)
    difference, method = plan.difference.amount, await method_of(session, change)
    if difference > 0:
        assert method
        if not await money.pay(session, order, difference, method, change.id):
            change.state = "charging"
            return
    await finish_items(session, order, change, plan, method)


async def finish_items(
    session: AsyncSession, order: Order, change: OrderChange, plan: Plan, method: SavedMethod | None
) -> None:
    """Once the difference is paid, or there is none to pay."""
    await _swap(session, order, change, plan, method)
    await _pack_anew(session, order)


async def _swap(
    session: AsyncSession, order: Order, change: OrderChange, plan: Plan, method: SavedMethod | None
) -> None:
    difference = plan.difference.amount
    units = swapping.units_of(plan.pieces)
    await returning.take_back(session, order.id, order.conversation_id, units)
    await returning.hand_to(session, change.id, order.id)
    await swapping.rewrite(session, order, plan.pieces)
    if difference < 0:
        order.lowered -= difference
        await money.give_back(session, order, -difference, method, f"change:{change.id}")
    elif method and method.kind == GIFT_CARD:
        order.credit += difference


async def finish_exchange(
    session: AsyncSession, order: Order, change: OrderChange, plan: Plan, method: SavedMethod | None
) -> None:
    """What was wanted instead is sent."""
    await _swap(session, order, change, plan, method)
    await plan_parcels(session, order)


async def change_payment(session: AsyncSession, order: Order, change: OrderChange, plan: Plan) -> None:
    method = await method_of(session, change)
    assert method
    if not await money.pay(session, order, order.total, method, change.id):
        change.state = "charging"
        return
    await finish_payment(session, order, change, plan, method)


async def finish_payment(
    session: AsyncSession, order: Order, change: OrderChange, plan: Plan, method: SavedMethod | None
) -> None:
    """What paid first goes back whole, once the other has paid."""
    for payment in await money.payments_of(session, order.id):
        if payment.saved_method_id != (method and method.id):
            await refunds.request_rest(session, payment.id, key=refund_key(payment.id))
    order.credit = order.total if method and method.kind == GIFT_CARD else 0


async def take_return(session: AsyncSession, order: Order, change: OrderChange, plan: Plan) -> None:
    """Nothing is paid before the goods are back; what is wanted instead lies aside from now on."""
    if change.kind == "exchange":
        await swapping.put_aside(session, order, plan.pieces, change.id)
    back = OrderReturn(change_id=change.id, order_id=order.id, kind=change.kind, requested_at=now(session))
    session.add(back)
    await session.flush()
    await labels.send_for(session, back, plan)


async def take_claim(session: AsyncSession, order: Order, change: OrderChange, plan: Plan) -> None:
    await claiming.take(session, order, change, plan)


DOING = {
    "cancel": cancel,
    "address": change_address,
    "items": change_items,
    "payment_method": change_payment,
    "return": take_return,
    "exchange": take_return,
    "claim": take_claim,
}
FINISHING = {"items": finish_items, "payment_method": finish_payment, "exchange": finish_exchange}
"""What is left to do of those that a card paid for."""


def record(session: AsyncSession, change: OrderChange) -> None:
    details = {"change": change.id}
    kind = f"{change.kind}_{change.state}"
    session.add(OrderEvent(order_id=change.order_id, at=now(session), kind=kind, details=details))


async def method_of(session: AsyncSession, change: OrderChange) -> SavedMethod | None:
    return await session.get_one(SavedMethod, change.saved_method_id) if change.saved_method_id else None


async def _pack_anew(session: AsyncSession, order: Order) -> None:
    await recall(session, order.id)
    await returning.unpack(session, order.id)
    await plan_parcels(session, order)
