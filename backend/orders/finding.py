"""Orders that are there."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.orders.models import Order, OrderLine


class OrderNotFound(NotFound):
    """No order of this conversation has this number."""

    code = "order_not_found"


async def find_order(session: AsyncSession, conversation_id: str, number: str | None = None) -> Order:
    """The conversation's order of this number, or its latest, a canceled one last. Raises OrderNotFound.

    Somebody else's number and a number that does not exist are the same miss.
    """
    query = (
        select(Order)
        .filter_by(conversation_id=conversation_id)
        .order_by(Order.payment_status == "canceled", Order.placed_at.desc())
        .limit(1)
    )
    if number:
        query = query.where(Order.number == number)
    order = await session.scalar(query)
    if order is None:
        raise OrderNotFound(number=number or "")
    return order


async def find_by_token(session: AsyncSession, token: str) -> Order:
    """Raises OrderNotFound."""
    order = await session.scalar(select(Order).filter_by(token=token))
    if order is None:
        raise OrderNotFound
    return order


async def lines_of(session: AsyncSession, order_id: str) -> list[OrderLine]:
    return list(
        (
            await session.scalars(select(OrderLine).filter_by(order_id=order_id).order_by(OrderLine.position))
        ).all()
    )
