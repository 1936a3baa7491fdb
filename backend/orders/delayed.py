"""Payments that take days, like a direct debit: the order waits for them with its stock, and may be paid in another
way if they fail."""

from datetime import timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart
from backend.db import now, rows_changed
from backend.events import publish
from backend.jobs import enqueue
from backend.orders.models import Order, OrderEvent
from backend.payments.service import PaymentFailed, PaymentProcessing

ANOTHER_TRY = timedelta(hours=23)
"""The customer left days ago and has to read of it first. Stripe's pages live for a day at most."""


class OrderProcessing(msgspec.Struct, frozen=True):
    order_id: str


class OrderUnpaid(msgspec.Struct, frozen=True):
    """It waits to be paid in another way."""

    order_id: str
    payment_id: str


async def on_payment_processing(session: AsyncSession, fact: PaymentProcessing) -> None:
    """Nothing runs out while the bank is at it; the customer's next cart is another one."""
    waiting = (
        update(Order)
        .where(Order.id == fact.order_id, Order.payment_status == "waiting")
        .values(payment_status="processing")
    )
    if not await rows_changed(session, waiting):
        return
    order = await session.get_one(Order, fact.order_id)
    await session.execute(
        update(Cart)
        .where(Cart.id == order.cart_id, Cart.version == order.cart_version, Cart.state == "open")
        .values(state="ordered")
    )
    session.add(OrderEvent(order_id=order.id, at=now(session), kind="payment_processing", details={}))
    await publish(session, OrderProcessing(order.id))


async def on_payment_failed(session: AsyncSession, fact: PaymentFailed) -> None:
    """Kept for another try; the cart is the customer's again unless there is a newer one."""
    until = now(session) + ANOTHER_TRY
    failed = (
        update(Order)
        .where(Order.id == fact.order_id, Order.payment_status.in_(("processing", "waiting")))
        .values(payment_status="waiting", pay_by=until)
    )
    if not await rows_changed(session, failed):
        return
    order = await session.get_one(Order, fact.order_id, populate_existing=True)
    newer = select(Cart.id).filter_by(conversation_id=order.conversation_id, state="open")
    if await session.scalar(newer) is None:
        reopened = update(Cart).where(Cart.id == order.cart_id, Cart.state == "ordered")
        await session.execute(reopened.values(state="open"))
    key = f"expire:{order.id}:{until.timestamp():.0f}"
    await enqueue(session, "expire_order", {"order": order.id}, key=key, run_at=until)
    details = {"payment": fact.payment_id}
    session.add(OrderEvent(order_id=order.id, at=now(session), kind="payment_failed", details=details))
    await publish(session, OrderUnpaid(order.id, fact.payment_id))
