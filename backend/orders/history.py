"""All orders of a customer, and what happened to each."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.money import Money
from backend.orders.finding import lines_of, visible_in
from backend.orders.models import Order, OrderEvent

MOST = 10
TOLD = ("placed", "paid", "picked_up", "delivered", "ready", "collected", "canceled", "refunded")


class BoughtLine(msgspec.Struct, frozen=True):
    name: str
    quantity: int


class Happened(msgspec.Struct, frozen=True):
    kind: str
    at: datetime


class OrderSummary(msgspec.Struct, frozen=True):
    """`happened` is in the order of time, each kind once."""

    number: str
    payment_status: str
    fulfilment_status: str
    lines: list[BoughtLine]
    total: Money
    happened: list[Happened]
    order_url: str


async def orders_of(session: AsyncSession, conversation_id: str, public_url: str) -> list[OrderSummary]:
    """The latest, first; of those that were never paid only what can still be."""
    found = await session.scalars(
        select(Order)
        .where(visible_in(conversation_id), Order.payment_status != "canceled")
        .order_by(Order.placed_at.desc())
        .limit(MOST)
    )
    return [
        OrderSummary(
            number=order.number,
            payment_status=order.payment_status,
            fulfilment_status=order.fulfilment_status,
            lines=[BoughtLine(line.name, line.quantity) for line in await lines_of(session, order.id)],
            total=Money(order.total, order.currency),
            happened=await _happened(session, order.id),
            order_url=f"{public_url}/orders/{order.token}",
        )
        for order in found.all()
    ]


async def _happened(session: AsyncSession, order_id: str) -> list[Happened]:
    events = await session.scalars(
        select(OrderEvent)
        .where(OrderEvent.order_id == order_id, OrderEvent.kind.in_(TOLD))
        .order_by(OrderEvent.at)
    )
    first: dict[str, datetime] = {}
    for event in events.all():
        first.setdefault(event.kind, event.at)
    return [Happened(kind, at) for kind, at in first.items()]
