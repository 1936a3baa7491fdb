"""Orders that are there."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.customers.models import ProvenContact
from backend.customers.proving import proven_email
from backend.errors import NotFound
from backend.orders.models import Order, OrderLine


class OrderNotFound(NotFound):
    """No order of this conversation, or of its customer, has this number; `is_proven` says whether it is known who
    that is."""

    code = "order_not_found"


async def find_order(session: AsyncSession, conversation_id: str, number: str | None = None) -> Order:
    """The order of this number, or the latest, a canceled one last, of the conversation and of the customer whose it
    has shown to be. Raises OrderNotFound.

    Somebody else's number and a number that does not exist are the same miss.
    """
    query = (
        select(Order)
        .where(visible_in(conversation_id))
        .order_by(Order.payment_status == "canceled", Order.placed_at.desc())
        .limit(1)
    )
    if number:
        query = query.where(Order.number == number)
    order = await session.scalar(query)
    if order is None:
        is_proven = await proven_email(session, conversation_id) is not None
        raise OrderNotFound(number=number or "", is_proven=is_proven)
    return order


def visible_in(conversation_id: str) -> ColumnElement[bool]:
    proven = select(ProvenContact.email).where(ProvenContact.conversation_id == conversation_id)
    return or_(Order.conversation_id == conversation_id, Order.email == proven.scalar_subquery())


async def contact_of(session: AsyncSession, email: str | None, number: str | None) -> Order | None:
    """The latest order that fits all of what is known of it."""
    query = select(Order).order_by(Order.placed_at.desc()).limit(1)
    if email:
        query = query.where(Order.email == email)
    if number:
        query = query.where(Order.number == number)
    return await session.scalar(query)


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
