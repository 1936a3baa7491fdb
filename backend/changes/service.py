"""Preview, explicit yes, done: each preview is agreed to once, and only while it says what would happen now."""

from datetime import timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import doing, planning
from backend.changes.asked import Asked, Plan, PreviewNotFound, PreviewOutdated, PreviewUsed
from backend.changes.models import OrderChange
from backend.customers.profiles import find_method
from backend.db import now, rows_changed
from backend.orders.finding import find_order
from backend.orders.models import Order
from backend.payments import service as payments
from backend.shipping import service as shipping

VALID_FOR = timedelta(minutes=15)


async def preview(
    session: AsyncSession, conversation_id: str, number: str | None, asked: Asked, customer: str | None
) -> OrderChange:
    """What would happen, kept to be agreed to. Raises OrderNotFound and whatever `planning.plan` does."""
    order = await find_order(session, conversation_id, number)
    plan = await planning.plan(session, order, asked, customer)
    written = msgspec.to_builtins(asked)
    change = OrderChange(
        order_id=order.id,
        conversation_id=conversation_id,
        kind=written["type"],
        asked=written,
        planned=msgspec.to_builtins(plan),
        made_at=now(session),
        valid_until=now(session) + VALID_FOR,
    )
    if plan.method:
        change.saved_method_id = (await find_method(session, customer, plan.method)).id
    session.add(change)
    await session.flush()
    return change


async def confirm(
    session: AsyncSession, conversation_id: str, change_id: str, customer: str | None
) -> OrderChange:
    """The customer's yes. Raises PreviewNotFound, PreviewUsed, PreviewOutdated, and whatever `planning.plan` does."""
    change = await session.scalar(
        select(OrderChange).filter_by(id=change_id, conversation_id=conversation_id)
    )
    if change is None:
        raise PreviewNotFound
    await payments.lock(session, change.order_id)
    await shipping.lock(session, change.order_id)
    order = await session.get_one(Order, change.order_id, with_for_update=True, populate_existing=True)
    await session.refresh(change)
    if change.state != "previewed":
        raise PreviewUsed(state=change.state)
    plan = msgspec.convert(change.planned, Plan)
    if change.valid_until <= now(session):
        raise PreviewOutdated
    if await planning.plan(session, order, msgspec.convert(change.asked, Asked), customer) != plan:
        raise PreviewOutdated
    agreed = (
        update(OrderChange)
        .where(OrderChange.id == change_id, OrderChange.state == "previewed")
        .values(state="done", done_at=now(session))
    )
    if not await rows_changed(session, agreed):
        raise PreviewUsed(state="done")
    await doing.DOING[change.kind](session, order, change, plan)
    doing.record(session, change)
    await session.flush()
    return change
