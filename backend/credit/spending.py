"""Spending credit on an order: held when it is placed, spent when it is paid, free again when it is canceled."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import structlog
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.credit.accounts import record
from backend.credit.models import CreditAccount, CreditEntry, CreditHold
from backend.customers.models import SavedMethod
from backend.db import Database, insert_into, now, rows_changed
from backend.errors import Conflict
from backend.payments import refunds
from backend.payments.gateway import StripeRefund
from backend.payments.models import CREDIT, Payment, Refund

log = structlog.get_logger()

SPENDABLE_AFTER_REFUND = timedelta(days=90)
"""What is paid back to a card can be spent for at least so long, whatever the card says."""


class InsufficientCredit(Conflict):
    """Less is left on the gift card than a moment ago."""

    code = "insufficient_credit"


class Share(msgspec.Struct, frozen=True):
    """What an account pays of an order, in minor units."""

    account_id: str
    amount: int


def is_spendable(session: AsyncSession) -> ColumnElement[bool]:
    is_in_time = or_(CreditAccount.expires_at.is_(None), CreditAccount.expires_at > now(session))
    return CreditAccount.is_blocked.is_(False) & is_in_time


async def hold(session: AsyncSession, order_id: str, shares: Sequence[Share]) -> None:
    """All of it, or raises InsufficientCredit. Accounts are locked in one order, so that rivals cannot deadlock."""
    for share in sorted(shares, key=lambda share: share.account_id):
        kept = (
            update(CreditAccount)
            .where(
                CreditAccount.id == share.account_id,
                CreditAccount.balance - CreditAccount.held >= share.amount,
                is_spendable(session),
            )
            .values(held=CreditAccount.held + share.amount)
        )
        if not await rows_changed(session, kept):
            raise InsufficientCredit
        values = {"order_id": order_id, "account_id": share.account_id}
        keeping = insert_into(session, CreditHold).values(**values, amount=share.amount, state="held")
        again = {"amount": share.amount, "state": "held"}
        await session.execute(
            keeping.on_conflict_do_update(index_elements=["order_id", "account_id"], set_=again)
        )


async def hold_again(session: AsyncSession, order_id: str) -> None:
    """What was released of an order that stands after all. Raises InsufficientCredit."""
    released = (
        await session.scalars(select(CreditHold).filter_by(order_id=order_id, state="released"))
    ).all()
    await hold(session, order_id, [Share(one.account_id, one.amount) for one in released])


async def release(session: AsyncSession, order_id: str) -> None:
    """Gives back what is still held for the order; a second call changes nothing."""
    for one in await _settle(session, order_id, "released"):
        free = update(CreditAccount).where(CreditAccount.id == one.account_id)
        await session.execute(free.values(held=CreditAccount.held - one.amount))


async def commit(session: AsyncSession, order_id: str) -> int:
    """What was held is spent, and how much that was; a second call changes nothing."""
    spent = 0
    for one in await _settle(session, order_id, "committed"):
        taken = update(CreditAccount).where(CreditAccount.id == one.account_id)
        await session.execute(
            taken.values(held=CreditAccount.held - one.amount, balance=CreditAccount.balance - one.amount)
        )
        account = await session.get_one(CreditAccount, one.account_id, populate_existing=True)
        await record(
            session, account, -one.amount, key=f"redeemed:{one.id}", kind="redeemed", order_id=order_id
        )
        spent += one.amount
    return spent


async def held_for(session: AsyncSession, order_id: str) -> dict[str, int]:
    """By account."""
    held = select(CreditHold.account_id, CreditHold.amount).filter_by(order_id=order_id, state="held")
    return {row.account_id: row.amount for row in await session.execute(held)}


async def spend(session: AsyncSession, account_id: str, amount: int, *, order_id: str, key: str) -> None:
    """Takes it at once. Raises InsufficientCredit."""
    taken = (
        update(CreditAccount)
        .where(
            CreditAccount.id == account_id,
            CreditAccount.balance - CreditAccount.held >= amount,
            is_spendable(session),
        )
        .values(balance=CreditAccount.balance - amount)
    )
    if not await rows_changed(session, taken):
        raise InsufficientCredit
    account = await session.get_one(CreditAccount, account_id, populate_existing=True)
    await record(session, account, -amount, key=f"redeemed:{key}", kind="redeemed", order_id=order_id)


async def give_back(database: Database, refund_id: str) -> bool:
    """A refund of what credit paid goes to the accounts that it came from, and one to a saved gift card to that,
    once, however often this is called. False of any other refund."""
    async with database.transaction() as session:
        refund = await session.get_one(Refund, refund_id, with_for_update=True)
        payment = await session.get_one(Payment, refund.payment_id, with_for_update=True)
        account_id = await _account_of(session, refund.saved_method_id)
        if payment.method != CREDIT and refund.saved_method_id is None:
            return False
        if refund.saved_method_id and account_id is None:
            log.warning("refund_by_hand", refund=refund.id, order=refund.order_id)
            return True
        if refund.status == "requested":
            if account_id:
                await _add(session, account_id, refund, refund.amount, "returned")
            else:
                await _credit(session, refund)
            done = StripeRefund(None, "succeeded", refund.amount, None, refund.id, None)
            await refunds.record_within(session, done)
        return True


async def _account_of(session: AsyncSession, saved_method_id: str | None) -> str | None:
    if saved_method_id is None:
        return None
    return (await session.get_one(SavedMethod, saved_method_id)).account_id


async def given_back(session: AsyncSession, order_id: str) -> int:
    """In minor units."""
    back = select(func.coalesce(func.sum(CreditEntry.amount), 0)).filter_by(
        order_id=order_id, kind="refunded"
    )
    return int(await session.scalar(back) or 0)


async def _credit(session: AsyncSession, refund: Refund) -> None:
    left = refund.amount
    for account_id, amount in await _still_spent(session, refund.order_id):
        share = min(amount, left)
        if share == 0:
            continue
        await _add(session, account_id, refund, share, "refunded")
        left -= share
    assert left == 0, refund.id


async def _add(session: AsyncSession, account_id: str, refund: Refund, share: int, kind: str) -> None:
    account = await session.get_one(CreditAccount, account_id, with_for_update=True, populate_existing=True)
    key = f"refunded:{refund.id}:{account_id}"
    await record(session, account, share, key=key, kind=kind, order_id=refund.order_id)
    account.balance += share
    if account.expires_at:
        account.expires_at = max(account.expires_at, now(session) + SPENDABLE_AFTER_REFUND)


async def _still_spent(session: AsyncSession, order_id: str) -> list[tuple[str, int]]:
    """By account, what it has paid of an order and has not got back."""
    spent = -func.sum(CreditEntry.amount)
    rows = await session.execute(
        select(CreditEntry.account_id, spent)
        .where(CreditEntry.order_id == order_id, CreditEntry.kind.in_(("redeemed", "refunded")))
        .group_by(CreditEntry.account_id)
        .order_by(CreditEntry.account_id)
    )
    return [(account_id, int(amount)) for account_id, amount in rows]


async def _settle(session: AsyncSession, order_id: str, state: str) -> list[CreditHold]:
    settled = (
        update(CreditHold)
        .where(CreditHold.order_id == order_id, CreditHold.state == "held")
        .values(state=state)
        .returning(CreditHold)
    )
    return sorted((await session.scalars(settled)).all(), key=lambda one: one.account_id)
