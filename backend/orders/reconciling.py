"""What stock, orders and payments say of one another."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.catalogue.models import Variant
from backend.credit import reconciling as credit
from backend.db import now
from backend.inventory import reconciling
from backend.inventory.models import Backorder, Reservation
from backend.jobs import Job
from backend.orders.models import UNPAID, Order, OrderLine
from backend.payments import ledger
from backend.payments.models import CARD, Payment, Refund
from backend.payments.refunds import OVER
from backend.payments.service import refund_key
from backend.promotions import reconciling as promotions
from backend.promotions.models import Coupon, Redemption

RELEASED_WITHIN = timedelta(seconds=60)
"""An order that nobody paid in time holds its stock no longer than this."""
AT_ONCE = 500
STATES = {"waiting": "held", "processing": "held", "paid": "committed"}
"""By payment status, the state of what an order's lines take."""
WAITING = {"held": "held", "owed": "committed"}
"""The states of what is not there yet, and of the reservations that they stand for."""


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """Each in words, one after the other, however large the shop; none when all is well.

    Give it a snapshot: of a shop at work two reads would differ by what happened between them.
    """
    async for difference in reconciling.differences(session):
        yield difference
    async for order_id, number, status, units in await session.stream(_orphans()):
        of = f"order {number}, which is {status}" if number else f"order {order_id}, which does not exist"
        yield f"{units} units are held for {of}."
    async for order_id, number, status, state, units in await session.stream(_orphaned_backorders()):
        of = f"order {number}, which is {status}" if number else f"order {order_id}, which does not exist"
        yield f"{units} units are {state}, but not there yet, for {of}."
    async for number, pay_by in await session.stream(_overdue(session)):
        yield f"Order {number} should have been paid by {pay_by:%Y-%m-%d %H:%M:%S} UTC and still holds its stock."
    async for difference in _unlike_lines(session):
        yield difference
    async for number, status, total, paid, currency in await session.stream(_unlike_payments()):
        yield f"Order {number} is {status}, its total is {total} and {paid} was paid ({currency}, minor units)."
    async for payment_id, number in await session.stream(_never_captured()):
        yield f"Payment {payment_id} of order {number} was refunded, but no money had come."
    async for code, order_id, number, status, state in await session.stream(_unlike_redemptions()):
        of = f"order {number}, which is {status}" if number else f"order {order_id}, which does not exist"
        yield f"A use of coupon {code} is {state} for {of}."
    for domain in (ledger, credit, promotions):
        for difference in await domain.differences(session):
            yield difference


def _orphans() -> Select[str, str, str, int]:
    return (
        select(Reservation.order_id, Order.number, Order.payment_status, func.sum(Reservation.quantity))
        .outerjoin(Order, Order.id == Reservation.order_id)
        .where(Reservation.state == "held", or_(Order.id.is_(None), Order.payment_status.not_in(UNPAID)))
        .group_by(Reservation.order_id, Order.number, Order.payment_status)
        .order_by(Reservation.order_id)
    )


def _orphaned_backorders() -> Select[str, str, str, str, int]:
    """Held for what does not wait for its payment, or owed to what is not paid."""
    is_right = or_(
        and_(Backorder.state == "held", Order.payment_status.in_(UNPAID)),
        and_(Backorder.state == "owed", Order.payment_status == "paid"),
    )
    of = (Backorder.order_id, Order.number, Order.payment_status, Backorder.state)
    return (
        select(*of, func.sum(Backorder.quantity - Backorder.served))
        .outerjoin(Order, Order.id == Backorder.order_id)
        .where(Backorder.state.in_(("held", "owed")), or_(Order.id.is_(None), ~is_right))
        .group_by(*of)
        .order_by(Backorder.order_id)
    )


def _unlike_redemptions() -> Select[str, str, str, str, str]:
    """A use that is not in the state of its order."""
    is_right = or_(
        and_(Redemption.state == "held", Order.payment_status.in_(UNPAID)),
        and_(Redemption.state == "committed", Order.payment_status.in_(("paid", "refunded"))),
        and_(Redemption.state == "released", Order.payment_status.in_(("canceled", "refunded"))),
    )
    return (
        select(Coupon.code, Redemption.order_id, Order.number, Order.payment_status, Redemption.state)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .outerjoin(Order, Order.id == Redemption.order_id)
        .where(or_(Order.id.is_(None), ~is_right))
        .order_by(Coupon.code, Redemption.order_id)
    )


def _overdue(session: AsyncSession) -> Select[str, datetime]:
    held = select(Reservation.id).where(Reservation.order_id == Order.id, Reservation.state == "held")
    waiting = select(Backorder.id).where(Backorder.order_id == Order.id, Backorder.state == "held")
    return (
        select(Order.number, Order.pay_by)
        .where(
            Order.payment_status == "waiting",
            Order.pay_by < now(session) - RELEASED_WITHIN,
            or_(held.exists(), waiting.exists()),
        )
        .order_by(Order.pay_by)
    )


async def _unlike_lines(session: AsyncSession) -> AsyncIterator[str]:
    """In batches by id; what a bundle took is in its line, so that the catalogue is not asked."""
    after = ""
    while orders := await _some_orders(session, after):
        after = orders[-1].id
        ids = [order.id for order in orders]
        lines, taken = await _of_lines(session, ids), await _of_reservations(session, ids)
        for order in orders:
            state = STATES[order.payment_status]
            wanted, found = lines.get(order.id, Counter()), taken.get((order.id, state), Counter())
            for variant_id in sorted(wanted.keys() | found.keys()):
                if wanted[variant_id] != found[variant_id]:
                    sku = await session.scalar(select(Variant.sku).filter_by(id=variant_id))
                    yield (
                        f"Order {order.number} is {order.payment_status}: its lines take {wanted[variant_id]} of "
                        f"{sku}, its reservations have {found[variant_id]} {state}."
                    )


async def _some_orders(session: AsyncSession, after: str) -> Sequence[Order]:
    some = select(Order).where(Order.id > after, Order.payment_status.in_(STATES)).order_by(Order.id)
    orders = (await session.scalars(some.limit(AT_ONCE))).all()
    session.expunge_all()
    return orders


async def _of_lines(session: AsyncSession, order_ids: list[str]) -> dict[str, Counter[str]]:
    wanted: dict[str, Counter[str]] = {}
    for line in await session.scalars(select(OrderLine).where(OrderLine.order_id.in_(order_ids))):
        units = wanted.setdefault(line.order_id, Counter())
        units.update({variant_id: each * line.quantity for variant_id, each in line.stocked.items()})
    return wanted


async def _of_reservations(
    session: AsyncSession, order_ids: list[str]
) -> dict[tuple[str, str], Counter[str]]:
    rows = await session.execute(
        select(
            Reservation.order_id, Reservation.state, Reservation.variant_id, func.sum(Reservation.quantity)
        )
        .where(Reservation.order_id.in_(order_ids))
        .group_by(Reservation.order_id, Reservation.state, Reservation.variant_id)
    )
    taken: dict[tuple[str, str], Counter[str]] = {}
    for order_id, state, variant_id, units in rows:
        taken.setdefault((order_id, state), Counter())[variant_id] = int(units)
    waiting = select(Backorder).where(Backorder.order_id.in_(order_ids), Backorder.state.in_(WAITING))
    for backorder in await session.scalars(waiting):
        of_order = taken.setdefault((backorder.order_id, WAITING[backorder.state]), Counter())
        of_order[backorder.variant_id] += backorder.quantity - backorder.served
    return taken


def _unlike_payments() -> Select[str, str, int, Any, str]:
    """What is on its way back is no difference: a job, or a refund, says that it will be."""
    other = aliased(Payment)
    is_other_kept = (
        select(other.id).where(other.order_id == Payment.order_id, other.status == "paid").exists()
    )
    stands = or_(Payment.status == "paid", (Payment.status == "refunded") & is_other_kept)
    paid = (
        select(Payment.order_id, func.sum(Payment.amount).label("amount"))
        .where(stands, ~_returning())
        .group_by(Payment.order_id)
        .subquery()
    )
    amount = func.coalesce(paid.c.amount, 0)
    due = case((Order.payment_status == "paid", Order.total + Order.lowered), else_=0)
    return (
        select(Order.number, Order.payment_status, Order.total, amount, Order.currency)
        .outerjoin(paid, paid.c.order_id == Order.id)
        .where(amount != due)
        .order_by(Order.placed_at)
    )


def _returning() -> ColumnElement[bool]:
    key = literal(refund_key("")) + Payment.id
    asked = select(Job.id).where(Job.key == key, Job.is_done.is_(False)).exists()
    return or_(asked, select(Refund.id).where(Refund.key == key, Refund.status.not_in(OVER)).exists())


def _never_captured() -> Select[str, str]:
    return (
        select(Payment.id, Order.number)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.status == "refunded", Payment.payment_intent.is_(None), Payment.method == CARD)
        .order_by(Payment.id)
    )
