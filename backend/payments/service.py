"""Payments of orders: one open session at a time, and one idempotent `settle` for whoever learns of the money."""

from datetime import datetime, timedelta

import msgspec
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, now
from backend.events import publish
from backend.jobs import enqueue
from backend.money import Money
from backend.payments import ledger
from backend.payments.gateway import Session, StripeGateway
from backend.payments.models import CREDIT, Payment

log = structlog.get_logger()

SHORTEST_SESSION = timedelta(minutes=31)
"""Stripe refuses sessions that end in less than 30 minutes; a minute is for the way."""


class PaymentSucceeded(msgspec.Struct, frozen=True):
    order_id: str
    payment_id: str


class PaymentProcessing(msgspec.Struct, frozen=True):
    """The customer has done all there is to do; the money comes, or fails to, within days."""

    order_id: str


class PaymentFailed(msgspec.Struct, frozen=True):
    """What was processing has failed: no money comes from this attempt."""

    order_id: str
    payment_id: str


class PaymentDeclined(msgspec.Struct, frozen=True):
    order_id: str
    event_id: str


async def lock(session: AsyncSession, order_id: str) -> None:
    """No payment of the order moves until the transaction ends. Before the order's own lock: whoever records what
    Stripe says takes them in this turn."""
    payments = select(Payment.id).filter_by(order_id=order_id).order_by(Payment.id)
    await session.execute(payments.with_for_update())


async def open_payment(session: AsyncSession, order_id: str, due: Money, expires_at: datetime) -> Payment:
    """The order's open attempt, or a new one; call it with the order's row locked, and its payments before that."""
    payment = await session.scalar(
        select(Payment).filter_by(order_id=order_id, status="open").with_for_update()
    )
    if payment and (
        payment.expires_at > now(session) if payment.session_url else _can_still_open(session, payment)
    ):
        return payment
    if payment:
        payment.status = "expired"
        await session.flush()
    payment = Payment(
        order_id=order_id,
        attempt=await _next_attempt(session, order_id),
        amount=due.amount,
        currency=due.currency,
        expires_at=expires_at,
    )
    session.add(payment)
    await session.flush()
    return payment


async def record_credit(
    session: AsyncSession, order_id: str, paid: Money, saved_method_id: str | None = None
) -> None:
    """What credit paid of an order, taken from it in the same transaction; call it with the order locked."""
    session.add(
        Payment(
            order_id=order_id,
            attempt=await _next_attempt(session, order_id),
            method=CREDIT,
            amount=paid.amount,
            currency=paid.currency,
            status="paid",
            saved_method_id=saved_method_id,
            expires_at=now(session),
        )
    )
    await session.flush()


async def begin_charge(
    session: AsyncSession, order_id: str, due: Money, *, id: str, saved_method_id: str
) -> None:
    """A saved card is going to be charged, by a job of the caller's; call it with the order locked."""
    session.add(
        Payment(
            id=id,
            order_id=order_id,
            attempt=await _next_attempt(session, order_id),
            amount=due.amount,
            currency=due.currency,
            status="processing",
            saved_method_id=saved_method_id,
            expires_at=now(session),
        )
    )
    await session.flush()


async def record_charge(session: AsyncSession, payment: Payment, payment_intent: str) -> None:
    """The saved card was charged."""
    payment.status, payment.payment_intent = "paid", payment_intent
    await ledger.post_payment(session, payment)
    await enqueue(session, "post_fee", {"payment": payment.id}, key=f"fee:{payment.id}")


async def _next_attempt(session: AsyncSession, order_id: str) -> int:
    made = await session.scalar(select(func.count()).select_from(Payment).filter_by(order_id=order_id))
    return (made or 0) + 1


def _can_still_open(session: AsyncSession, payment: Payment) -> bool:
    """Its call was cut off: the same key may be tried again while Stripe would still take its parameters."""
    return payment.expires_at >= now(session) + SHORTEST_SESSION - timedelta(minutes=1)


async def keep_session(session: AsyncSession, payment_id: str, opened: Session) -> None:
    await session.execute(
        update(Payment).where(Payment.id == payment_id).values(session_id=opened.id, session_url=opened.url)
    )


async def open_sessions(session: AsyncSession, order_id: str | None = None) -> list[str]:
    """Ids of the sessions that may still be paid, of one order or of all."""
    may_be_paid = Payment.status.in_(("open", "processing"))
    query = select(Payment.session_id).where(may_be_paid, Payment.session_id.is_not(None))
    if order_id:
        query = query.where(Payment.order_id == order_id)
    return [session_id for session_id in (await session.scalars(query)).all() if session_id]


async def payment_of(session: AsyncSession, payment_intent: str | None) -> Payment | None:
    """Ours, locked; None when it is another business of the same account.

    Raises LookupError while one that is not settled yet may be it: the job tries again.
    """
    found = select(Payment).filter_by(payment_intent=payment_intent)
    if payment_intent and (payment := await session.scalar(found.with_for_update())):
        return payment
    if await open_sessions(session):
        raise LookupError(f"no payment {payment_intent} yet")
    return None


async def is_all_back(session: AsyncSession, order_id: str) -> bool:
    """Nothing is left of whatever was paid for the order."""
    kept = select(Payment.id).filter_by(order_id=order_id, status="paid").limit(1)
    return await session.scalar(kept) is None


async def settle(database: Database, gateway: StripeGateway, session_id: str) -> None:
    """Makes our payment what Stripe says it is now. Harmless however often and from wherever it is called.

    State is decided by the session as re-read, never by the event that arrived. Raises PaymentsUnavailable.
    """
    await record(database, await gateway.find_session(session_id))


async def close_session(database: Database, gateway: StripeGateway, session_id: str) -> None:
    """Nobody can pay it any more; had somebody paid already, it is settled. Raises PaymentsUnavailable."""
    await record(database, await gateway.expire_session(session_id))


async def record(database: Database, found: Session) -> None:
    if found.is_paid:
        await _record_paid(database, found)
    elif found.status == "expired":
        async with database.transaction() as session:
            await session.execute(
                update(Payment)
                .where(Payment.session_id == found.id, Payment.status == "open")
                .values(status="expired")
            )
    elif found.status == "complete":
        await _record_unpaid(database, found)


async def _record_unpaid(database: Database, found: Session) -> None:
    status, before = ("failed", ("open", "processing")) if found.has_failed else ("processing", ("open",))
    async with database.transaction() as session:
        moved = (
            update(Payment)
            .where(Payment.session_id == found.id, Payment.status.in_(before))
            .values(status=status)
            .returning(Payment.id, Payment.order_id)
        )
        for payment_id, order_id in (await session.execute(moved)).all():
            fact = PaymentFailed(order_id, payment_id) if found.has_failed else PaymentProcessing(order_id)
            await publish(session, fact)


async def _record_paid(database: Database, found: Session) -> None:
    async with database.transaction() as session:
        payment = await session.scalar(select(Payment).filter_by(session_id=found.id).with_for_update())
        if payment is None:
            log.error("paid_session_unknown", stripe_session=found.id)
            return
        if payment.status in ("paid", "refunded"):
            return
        if (payment.amount, payment.currency) != (found.amount_total, found.currency):
            log.error(
                "paid_amount_differs", payment=payment.id, ours=payment.amount, stripe=found.amount_total
            )
            return
        payment.status = "paid"
        payment.payment_intent = found.payment_intent
        await ledger.post_payment(session, payment)
        await enqueue(session, "post_fee", {"payment": payment.id}, key=f"fee:{payment.id}")
        await publish(session, PaymentSucceeded(payment.order_id, payment.id))


def refund_key(payment_id: str) -> str:
    """Of a payment that goes back whole: the same again changes nothing."""
    return f"refund:{payment_id}"


async def post_fee(database: Database, gateway: StripeGateway, payment_id: str) -> None:
    """What Stripe kept of a payment. Raises LookupError while that is not known: the job tries again."""
    async with database.reading() as session:
        payment = await session.get_one(Payment, payment_id)
    assert payment.payment_intent
    charged = await gateway.find_charged(payment.payment_intent)
    if charged is None:
        raise LookupError(f"the fee of payment {payment_id} is not known yet")
    async with database.transaction() as session:
        name = f"fee:{charged.id}"
        await ledger.post(session, name, charged.currency, fees=charged.fee, processor=-charged.fee)
