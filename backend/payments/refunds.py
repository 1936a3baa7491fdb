"""Refunds: asked for once, never more than was paid, and told as they really stand.

`requested` → `pending` or `requires_action` → `succeeded`, `failed` or `canceled`. A refund that had succeeded may
still fail, when the customer's bank sends it back; what has failed or was canceled stays so.
"""

from typing import Any

import msgspec
import structlog
from sqlalchemy import false, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.customers.models import SavedMethod
from backend.db import Database, now, rows_changed
from backend.errors import Conflict
from backend.events import publish
from backend.jobs import enqueue
from backend.payments import ledger
from backend.payments.gateway import RefundRefused, StripeGateway, StripeRefund
from backend.payments.models import CARD, CREDIT, Payment, Refund
from backend.payments.service import payment_of

log = structlog.get_logger()

OVER = ("failed", "canceled")
NEXT = {
    "requested": ("pending", "requires_action", "succeeded", *OVER),
    "pending": ("requires_action", "succeeded", *OVER),
    "requires_action": ("pending", "succeeded", *OVER),
    "succeeded": OVER,
    "failed": (),
    "canceled": (),
}


class RefundTooLarge(Conflict):
    """More than is left of the payment; `left` says how much, in minor units."""

    code = "refund_too_large"


class RefundKeyUsed(Conflict):
    """This key was used for another refund."""

    code = "refund_key_used"


class RefundMoved(msgspec.Struct, frozen=True):
    """`method` is where it goes: to a gift card or store credit, or to a card."""

    order_id: str
    refund_id: str
    status: str
    method: str


async def request(
    session: AsyncSession,
    payment_id: str,
    amount: int,
    *,
    key: str,
    lines: dict[str, int] | None = None,
    saved_method_id: str | None = None,
) -> Refund:
    """Keeps the amount aside and leaves the rest to a job. The same `key` again is the same refund.

    Raises RefundTooLarge, RefundKeyUsed.
    """
    if made := await session.scalar(select(Refund).filter_by(key=key)):
        if (made.payment_id, made.amount) != (payment_id, amount):
            raise RefundKeyUsed
        return made
    await _keep_aside(session, payment_id, amount)
    payment = await session.get_one(Payment, payment_id)
    refund = Refund(
        key=key,
        payment_id=payment_id,
        order_id=payment.order_id,
        amount=amount,
        currency=payment.currency,
        lines=lines or {},
        saved_method_id=saved_method_id,
        at=now(session),
    )
    session.add(refund)
    await session.flush()
    await enqueue(session, "make_refund", {"refund": refund.id}, key=f"make_refund:{refund.id}")
    return refund


async def request_rest(session: AsyncSession, payment_id: str, *, key: str) -> None:
    """All that is left, if anything is."""
    payment = await session.get_one(Payment, payment_id, with_for_update=True)
    made = await session.scalar(select(Refund.id).filter_by(key=key))
    if made is None and payment.refunded < payment.amount:
        await request(session, payment_id, payment.amount - payment.refunded, key=key)


async def make(database: Database, gateway: StripeGateway, refund_id: str) -> None:
    """Asks Stripe, under a key of the refund's own. Raises PaymentsUnavailable."""
    async with database.reading() as session:
        refund = await session.get_one(Refund, refund_id)
        payment = await session.get_one(Payment, refund.payment_id)
    if refund.status != "requested":
        return
    assert payment.payment_intent
    try:
        made = await gateway.refund(payment.payment_intent, refund.amount, reference=refund.id)
    except RefundRefused as refused:
        log.error("refund_refused", refund=refund.id, reason=refused.reason)
        made = StripeRefund(None, "failed", refund.amount, payment.payment_intent, refund.id, refused.reason)
    await record(database, made)


async def settle(database: Database, gateway: StripeGateway, stripe_refund: str) -> None:
    """Makes ours what Stripe says it is now, however often it is said. Raises PaymentsUnavailable."""
    await record(database, await gateway.find_refund(stripe_refund))


async def record(database: Database, found: StripeRefund) -> None:
    async with database.transaction() as session:
        await record_within(session, found)


async def record_within(session: AsyncSession, found: StripeRefund) -> None:
    refund = await _ours(session, found)
    if refund is None or found.status not in NEXT[refund.status]:
        return
    had_left = refund.status != "requested"
    refund.status, refund.refund_id, refund.failure = found.status, found.id, found.failure
    await session.flush()
    payment = await session.get_one(Payment, refund.payment_id)
    is_at_stripe = payment.method == CARD and refund.saved_method_id is None
    if is_at_stripe:
        await _book(session, refund, had_left=had_left)
    await _count(session, refund)
    saved = await session.get(SavedMethod, refund.saved_method_id) if refund.saved_method_id else None
    is_credit = saved.account_id is not None if saved else payment.method == CREDIT
    method = CREDIT if is_credit else CARD
    await publish(session, RefundMoved(refund.order_id, refund.id, refund.status, method))


async def refunds_of(session: AsyncSession, order_id: str) -> list[Refund]:
    found = await session.scalars(select(Refund).filter_by(order_id=order_id).order_by(Refund.at))
    return list(found.all())


async def unsettled(session: AsyncSession) -> list[str]:
    """Stripe's ids of those whose end is not known."""
    query = select(Refund.refund_id).where(
        Refund.status.in_(("pending", "requires_action")), Refund.refund_id.is_not(None)
    )
    return [id for id in (await session.scalars(query)).all() if id]


async def _keep_aside(session: AsyncSession, payment_id: str, amount: int) -> None:
    """The database decides between rivals: what is asked for at once is never more than what was paid."""
    within = (
        update(Payment)
        .where(
            Payment.id == payment_id,
            Payment.status.in_(("paid", "refunded")),
            Payment.refunded + amount <= Payment.amount,
        )
        .values(refunded=Payment.refunded + amount)
        .execution_options(synchronize_session="fetch")
    )
    if amount <= 0 or not await rows_changed(session, within):
        left = await session.scalar(select(Payment.amount - Payment.refunded).where(Payment.id == payment_id))
        raise RefundTooLarge(left=left or 0)


async def _ours(session: AsyncSession, found: StripeRefund) -> Refund | None:
    """The refund that Stripe speaks of, locked; one that was made at Stripe itself becomes ours."""
    by_stripes_id = Refund.refund_id == found.id if found.id else false()
    known = select(Refund).where(by_stripes_id | (Refund.id == found.reference))
    if refund := await session.scalar(known.with_for_update()):
        return refund
    payment = await payment_of(session, found.payment_intent)
    if payment is None or found.status in OVER:
        log.warning("refund_unknown", stripe_refund=found.id)
        return None
    await _keep_aside(session, payment.id, found.amount)
    theirs: dict[str, Any] = {"key": f"stripe:{found.id}", "refund_id": found.id, "status": "requested"}
    refund = Refund(
        payment_id=payment.id,
        order_id=payment.order_id,
        amount=found.amount,
        currency=payment.currency,
        at=now(session),
        lines={},
        **theirs,
    )
    session.add(refund)
    await session.flush()
    return refund


async def _book(session: AsyncSession, refund: Refund, *, had_left: bool) -> None:
    if refund.status not in OVER:
        await ledger.post_refund(session, refund)
    elif had_left:
        await ledger.post_refund_back(session, refund)


async def _count(session: AsyncSession, refund: Refund) -> None:
    """What failed is not kept aside any more; a payment of which nothing is left is refunded."""
    if refund.status in OVER:
        free = update(Payment).where(Payment.id == refund.payment_id)
        await session.execute(free.values(refunded=Payment.refunded - refund.amount))
    succeeded = await session.scalar(
        select(func.coalesce(func.sum(Refund.amount), 0)).filter_by(
            payment_id=refund.payment_id, status="succeeded"
        )
    )
    payment = await session.get_one(Payment, refund.payment_id, populate_existing=True)
    payment.status = "refunded" if succeeded == payment.amount else "paid"
