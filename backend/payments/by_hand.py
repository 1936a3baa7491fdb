"""Refunds to a saved way to pay that no machine reaches: a person pays them, and says so."""

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.customers.models import SavedMethod
from backend.db import Database
from backend.errors import NotFound
from backend.jobs import enqueue
from backend.payments import refunds
from backend.payments.gateway import StripeRefund
from backend.payments.models import Refund

PAID_BY_HAND = "paid_by_hand"


class RefundNotFound(NotFound):
    """No refund like that waits for a person."""

    code = "refund_not_found"


class WaitingRefund(msgspec.Struct, frozen=True):
    id: str
    order_id: str
    amount: int
    currency: str
    method: str


async def waiting(session: AsyncSession) -> list[WaitingRefund]:
    """The oldest first."""
    return [
        WaitingRefund(
            refund.id, refund.order_id, refund.amount, refund.currency, f"{method.brand} {method.last_four}"
        )
        for refund, method in await session.execute(_waiting().order_by(Refund.at))
    ]


async def say_paid(session: AsyncSession, refund_id: str) -> None:
    """The customer hears of it by a job of the open shop; a second time changes nothing. Raises RefundNotFound."""
    if not (await session.execute(_waiting().where(Refund.id == refund_id))).first():
        raise RefundNotFound
    await enqueue(session, PAID_BY_HAND, {"refund": refund_id}, key=f"{PAID_BY_HAND}:{refund_id}")


async def record_paid(database: Database, refund_id: str) -> None:
    """Called by the job, perhaps again."""
    async with database.reading() as session:
        refund = await session.get_one(Refund, refund_id)
    await refunds.record(database, StripeRefund(None, "succeeded", refund.amount, None, refund_id, None))


def _waiting() -> Select[Refund, SavedMethod]:
    return (
        select(Refund, SavedMethod)
        .join(SavedMethod, SavedMethod.id == Refund.saved_method_id)
        .where(Refund.status == "requested", SavedMethod.account_id.is_(None))
    )
