"""Where a difference comes from, and where it goes."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes.asked import MethodNeeded, MethodNotPossible
from backend.credit import spending
from backend.credit.models import CreditAccount
from backend.credit.spending import InsufficientCredit, is_spendable
from backend.customers.models import GIFT_CARD, SavedMethod
from backend.jobs import enqueue
from backend.money import Money
from backend.orders.models import Order
from backend.orders.refunding import Asked, refund_split
from backend.payments import refunds
from backend.payments import service as payments
from backend.payments.models import Payment
from backend.shop.after_sale import Target


async def payments_of(session: AsyncSession, order_id: str) -> list[Payment]:
    """Those that stand, the first one first."""
    found = select(Payment).filter_by(order_id=order_id, status="paid").order_by(Payment.attempt)
    return list(await session.scalars(found.execution_options(populate_existing=True)))


async def refuse_method(
    session: AsyncSession,
    order: Order,
    difference: int,
    method: SavedMethod | None,
    allowed: Collection[Target],
) -> None:
    """Raises MethodNeeded, MethodNotPossible, InsufficientCredit."""
    if difference > 0:
        await _refuse_paying(session, Money(difference, order.currency), method)
    elif method is not None:
        is_original = any(paid.saved_method_id == method.id for paid in await payments_of(session, order.id))
        kind: Target = "gift_card" if method.kind == GIFT_CARD else "saved"
        if kind not in allowed and not (is_original and "original" in allowed):
            raise MethodNotPossible


async def pay(session: AsyncSession, order: Order, amount: int, method: SavedMethod, change_id: str) -> bool:
    """True where it is paid at once; a card is charged by a job. Raises InsufficientCredit."""
    due = Money(amount, order.currency)
    if method.account_id:
        await spending.spend(session, method.account_id, amount, order_id=order.id, key=change_id)
        await payments.record_credit(session, order.id, due, method.id)
        return True
    await payments.begin_charge(session, order.id, due, id=change_id, saved_method_id=method.id)
    await enqueue(session, "charge_difference", {"change": change_id}, key=f"charge:{change_id}")
    return False


async def give_back(
    session: AsyncSession, order: Order, amount: int, method: SavedMethod | None, key: str
) -> None:
    """Once under its key. Raises RefundTooLarge."""
    paid = await payments_of(session, order.id)
    same = [one for one in paid if method and one.saved_method_id == method.id]
    if method is None:
        await refund_split(session, order.number, Asked(amount=amount), key)
        return
    target = method.id
    for number, payment in enumerate([*same, *(one for one in paid if one not in same)]):
        part = min(amount, payment.amount - payment.refunded)
        if part:
            to = None if payment in same else target
            await refunds.request(session, payment.id, part, key=f"{key}:{number}", saved_method_id=to)
            amount -= part
    if amount:
        raise refunds.RefundTooLarge(left=0)


async def _refuse_paying(session: AsyncSession, due: Money, method: SavedMethod | None) -> None:
    if method is None:
        raise MethodNeeded(difference=due)
    if method.account_id:
        there = await session.scalar(
            select(CreditAccount.id).where(
                CreditAccount.id == method.account_id,
                CreditAccount.currency == due.currency,
                CreditAccount.balance - CreditAccount.held >= due.amount,
                is_spendable(session),
            )
        )
        if there is None:
            raise InsufficientCredit
    elif method.stripe_method is None:
        raise MethodNotPossible
