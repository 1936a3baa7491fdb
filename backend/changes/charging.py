"""A saved card pays the difference: charged by a job, outside of any transaction, once."""

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import claiming, doing
from backend.changes.allowed import NOT_SENT
from backend.changes.asked import Plan
from backend.changes.models import OrderChange
from backend.customers.models import SavedMethod
from backend.db import Database, now
from backend.money import Money
from backend.orders.models import Order
from backend.payments import refunds
from backend.payments import service as payments
from backend.payments.gateway import StripeGateway
from backend.payments.models import Payment
from backend.payments.service import record_charge, refund_key
from backend.shipping import service as shipping

log = structlog.get_logger()


async def charge(database: Database, gateway: StripeGateway, change_id: str) -> None:
    """Perhaps again: Stripe charges once under the payment's key. Raises PaymentsUnavailable."""
    async with database.reading() as session:
        payment = await session.get_one(Payment, change_id)
        assert payment.saved_method_id
        method = await session.get_one(SavedMethod, payment.saved_method_id)
    if payment.status != "processing":
        return
    assert method.stripe_method
    intent = await gateway.charge(
        method.stripe_method,
        method.stripe_customer,
        Money(payment.amount, payment.currency),
        key=payment.idempotency_key,
        reference=payment.order_id,
    )
    async with database.transaction() as session:
        await _settle(session, change_id, intent)


async def _settle(session: AsyncSession, change_id: str, intent: str | None) -> None:
    """The change is done, or everything is as it was."""
    change = await session.get_one(OrderChange, change_id)
    await payments.lock(session, change.order_id)
    await shipping.lock(session, change.order_id)
    order = await session.get_one(Order, change.order_id, with_for_update=True, populate_existing=True)
    payment = await session.get_one(Payment, change_id, with_for_update=True, populate_existing=True)
    if payment.status != "processing":
        return
    plan = msgspec.convert(change.planned, Plan)
    if intent:
        await record_charge(session, payment, intent)
    else:
        payment.status = "failed"
    is_still_here = order.payment_status == "paid" and (
        change.kind == "exchange" or order.fulfilment_status in NOT_SENT
    )
    if intent and is_still_here:
        change.state = "done"
        method = await session.get_one(SavedMethod, payment.saved_method_id)
        await doing.FINISHING[change.kind](session, order, change, plan, method)
    else:
        change.state = "declined"
        if change.kind == "exchange":  # the goods are here, so that a person has to decide
            log.error("exchange_declined", order=order.number)
        else:
            await claiming.let_go(session, order, change.id)
        if intent:  # its parcel was faster than the bank
            await refunds.request_rest(session, payment.id, key=refund_key(payment.id))
    change.done_at = now(session)
    doing.record(session, change)
