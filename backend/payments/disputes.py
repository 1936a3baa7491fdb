"""Disputes: as Stripe says they stand, booked as Stripe moves the money."""

from datetime import UTC, datetime

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, now
from backend.events import publish
from backend.payments import ledger
from backend.payments.gateway import StripeDispute, StripeGateway
from backend.payments.models import Dispute, Payment
from backend.payments.service import payment_of

log = structlog.get_logger()

FREEZING = (
    "needs_response",
    "under_review",
    "warning_needs_response",
    "warning_under_review",
    "lost",
)
"""Nothing is sent while somebody may have to be paid back what they get, or has been."""


class DisputeMoved(msgspec.Struct, frozen=True):
    order_id: str
    dispute_id: str
    status: str

    @property
    def is_freezing(self) -> bool:
        return self.status in FREEZING


async def settle(database: Database, gateway: StripeGateway, stripe_dispute: str) -> None:
    """Makes ours what Stripe says it is now, however often it is said. Raises PaymentsUnavailable."""
    found = await gateway.find_dispute(stripe_dispute)
    async with database.transaction() as session:
        payment = await payment_of(session, found.payment_intent)
        if payment is None:
            log.warning("dispute_unknown", stripe_dispute=found.id)
            return
        await _record(session, payment, found)


async def open_disputes(session: AsyncSession) -> list[Dispute]:
    """Those that somebody has to look at, the most urgent first."""
    found = select(Dispute).where(Dispute.status.in_(FREEZING), Dispute.status != "lost")
    return list((await session.scalars(found.order_by(Dispute.evidence_due_by))).all())


async def is_frozen(session: AsyncSession, order_id: str) -> bool:
    """Whether nothing of the order may leave now."""
    open_ones = select(Dispute.id).where(Dispute.order_id == order_id, Dispute.status.in_(FREEZING))
    return await session.scalar(open_ones.limit(1)) is not None


async def _record(session: AsyncSession, payment: Payment, found: StripeDispute) -> None:
    for moved in found.movements:
        await ledger.post(
            session,
            f"dispute:{moved.id}",
            payment.currency,
            processor=moved.net,
            fees=moved.fee,
            disputes=-moved.amount,
        )
    dispute = await session.scalar(select(Dispute).filter_by(dispute_id=found.id))
    if dispute and dispute.status == found.status:
        return
    if dispute is None:
        dispute = Dispute(
            dispute_id=found.id,
            payment_id=payment.id,
            order_id=payment.order_id,
            amount=found.amount,
            currency=payment.currency,
            reason=found.reason,
            at=now(session),
        )
        session.add(dispute)
    dispute.status = found.status
    dispute.evidence_due_by = datetime.fromtimestamp(found.due_by, UTC) if found.due_by else None
    await session.flush()
    log.warning("dispute_moved", dispute=dispute.id, order=payment.order_id, status=found.status)
    await publish(session, DisputeMoved(payment.order_id, dispute.id, found.status))
