"""Points for what was paid, less what has gone back: earned once goods stay with their customer."""

from datetime import timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, now
from backend.jobs import enqueue
from backend.loyalty.accounts import change, keep_longer, opened
from backend.loyalty.models import LoyaltyEntry
from backend.orders.models import Order
from backend.orders.service import OrderPaid
from backend.payments.models import CARD, Payment
from backend.payments.refunds import RefundMoved
from backend.shop import shop_of

log = structlog.get_logger()

EARN, CORRECT = "earn_points", "correct_points"


async def on_order_paid(session: AsyncSession, fact: OrderPaid) -> None:
    if policy := shop_of(session).loyalty:
        run_at = now(session) + timedelta(days=policy.after_days)
        await enqueue(session, EARN, {"order": fact.order_id}, key=f"{EARN}:{fact.order_id}", run_at=run_at)


async def earn(database: Database, order_id: str) -> None:
    """Again it changes nothing."""
    async with database.transaction() as session:
        await _settle(session, order_id, is_earning=True)


async def on_refund_moved(session: AsyncSession, fact: RefundMoved) -> None:
    """By a job: a refund has locked accounts of credit already, which points are turned into the other way round."""
    if shop_of(session).loyalty:
        key = f"{CORRECT}:{fact.refund_id}:{fact.status}"
        await enqueue(session, CORRECT, {"order": fact.order_id}, key=key)


async def correct(database: Database, order_id: str) -> None:
    """What went back before anything was earned is seen when it is. Again it changes nothing."""
    async with database.transaction() as session:
        await _settle(session, order_id, is_earning=False)


async def _settle(session: AsyncSession, order_id: str, *, is_earning: bool) -> None:
    """What the order has earned becomes what it should have. Of points that were spent already, no more is taken back
    than there are."""
    order = await session.get_one(Order, order_id)
    if not order.email:  # the customer is forgotten
        return
    account = await opened(session, order.email)
    known = select(LoyaltyEntry.id).filter_by(order_id=order_id).limit(1)
    if not is_earning and await session.scalar(known) is None:
        return
    earned = select(func.coalesce(func.sum(LoyaltyEntry.points), 0)).filter_by(order_id=order_id)
    missing = await _due(session, order) - int(await session.scalar(earned) or 0)
    points = max(missing, -account.points)
    if points != missing:
        log.warning("points_spent_of_refunded_order", order=order_id, points=points - missing)
    if points:
        await change(session, account, points, "earned" if points > 0 else "taken_back", order_id)
    if points > 0:
        keep_longer(session, account)


async def _due(session: AsyncSession, order: Order) -> int:
    policy = shop_of(session).loyalty
    price = policy.price_of_point.get(order.currency) if policy else None
    kept = select(func.coalesce(func.sum(Payment.amount - Payment.refunded), 0)).where(
        Payment.order_id == order.id, Payment.method == CARD, Payment.status.in_(("paid", "refunded"))
    )
    return int(await session.scalar(kept) or 0) // price if price else 0
