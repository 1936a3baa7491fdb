"""Orders that are collected: prepared at the store, ready, and handed over once, to who says the code."""

import secrets
from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import now, rows_changed
from backend.errors import Conflict, NotFound
from backend.inventory.stores import StoreView, find_store
from backend.jobs import enqueue
from backend.orders.models import Order, OrderEvent
from backend.payments.disputes import is_frozen

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
"""40 bits: whoever guesses at the counter, a person looking on, never meets one."""
MISREAD = str.maketrans("OIL", "011", "- ")
ORDER_READY = "order_ready"
"""A job: the open shop tells the customer."""


class CodeNotFound(NotFound):
    """No order is collected with this code."""

    code = "code_not_found"


class NotCollectable(Conflict):
    """The order is not to be handed over; `reason` is its fulfilment or payment status, or `disputed`."""

    code = "not_collectable"


class OrderReady(msgspec.Struct, frozen=True):
    """It lies at its store for who collects it."""

    order_id: str


class CollectionView(msgspec.Struct, frozen=True):
    """`code` is there from the payment until it is collected."""

    store: StoreView
    code: str | None
    ready_at: datetime | None
    collected_at: datetime | None


def await_collection(order: Order) -> None:
    order.fulfilment_status = "to_be_prepared"
    order.collection_code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


async def collection_of(session: AsyncSession, order: Order) -> CollectionView | None:
    if order.store_id is None:
        return None
    is_waiting = order.payment_status == "paid" and order.collected_at is None
    return CollectionView(
        store=await find_store(session, order.store_id),
        code=spelled(order.collection_code) if order.collection_code and is_waiting else None,
        ready_at=order.ready_at,
        collected_at=order.collected_at,
    )


async def make_ready(session: AsyncSession, number: str) -> Order:
    """All of it lies at the counter: the customer is told, once. Raises CodeNotFound, NotCollectable."""
    order = await session.scalar(select(Order).where(Order.number == number, Order.store_id.is_not(None)))
    if order is None:
        raise CodeNotFound(f"No order {number} is collected.")
    await _move(session, order, "to_be_prepared", "ready", ready_at=now(session))
    await enqueue(session, ORDER_READY, {"order": order.id}, key=f"ready:{order.id}")
    return order


async def collect(session: AsyncSession, code: str) -> Order:
    """Hands it over; a second time it is refused. Raises CodeNotFound, NotCollectable."""
    plain = code.upper().translate(MISREAD)
    order = await session.scalar(select(Order).filter_by(collection_code=plain))
    if order is None:
        raise CodeNotFound
    if await is_frozen(session, order.id):
        raise NotCollectable("The customer's bank asks the payment back.", reason="disputed")
    await _move(session, order, "ready", "collected", collected_at=now(session))
    return order


def spelled(code: str) -> str:
    """In two halves, as one reads it out."""
    return f"{code[:4]}-{code[4:]}"


async def _move(session: AsyncSession, order: Order, before: str, after: str, **at: datetime) -> None:
    """Of two at the counter at once the database lets one."""
    moved = (
        update(Order)
        .where(Order.id == order.id, Order.fulfilment_status == before, Order.payment_status == "paid")
        .values(fulfilment_status=after, **at)
    )
    if not await rows_changed(session, moved):
        await session.refresh(order)
        reason = order.fulfilment_status if order.payment_status == "paid" else order.payment_status
        raise NotCollectable(f"Order {order.number} is not to be handed over: {reason}.", reason=reason)
    await session.refresh(order)
    session.add(OrderEvent(order_id=order.id, at=now(session), kind=after, details={}))
