"""The books: append-only, in double entry, so that each posting is zero in its currency.

Accounts hold minor units: `processor` is the money that Stripe keeps for the shop, `sales` what customers paid (a
credit, so negative), `refunds`, `disputes` and `fees` what it cost. `credit` is what the shop owes to the holders of
gift cards and store credit, `gifts` what it gave away of it, `breakage` what was never spent.
"""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import insert_into, now
from backend.payments.models import CARD, LedgerEntry, Payment, Refund

PROCESSOR, SALES, REFUNDS, DISPUTES, FEES = "processor", "sales", "refunds", "disputes", "fees"
CREDIT = "credit"
GIVEN_BACK = ("pending", "requires_action", "succeeded")
"""The states of a refund in which its money has left."""


async def post(session: AsyncSession, posting: str, currency: str, **amounts: int) -> None:
    """One movement, under its name; the same name again changes nothing. The amounts, by account, are zero in sum."""
    assert sum(amounts.values()) == 0, posting
    rows = [
        {"posting": posting, "account": account, "amount": amount, "currency": currency, "at": now(session)}
        for account, amount in amounts.items()
        if amount
    ]
    if rows:
        await session.execute(insert_into(session, LedgerEntry).values(rows).on_conflict_do_nothing())


async def post_payment(session: AsyncSession, payment: Payment) -> None:
    amount = payment.amount
    await post(session, f"payment:{payment.id}", payment.currency, processor=amount, sales=-amount)


async def post_refund(session: AsyncSession, refund: Refund) -> None:
    amount = refund.amount
    await post(session, f"refund:{refund.id}", refund.currency, refunds=amount, processor=-amount)


async def post_refund_back(session: AsyncSession, refund: Refund) -> None:
    """The customer's bank did not take it."""
    amount = refund.amount
    await post(session, f"refund_back:{refund.id}", refund.currency, processor=amount, refunds=-amount)


async def differences(session: AsyncSession) -> list[str]:
    """What the books, the payments and the refunds do not agree about; empty when all is well."""
    found = await _unbalanced(session)
    booked = await _booked(session)
    held = await _held(session)
    expected: Counter[str] = Counter()
    settled = select(Payment.id, Payment.method, Payment.amount, Payment.refunded).where(
        Payment.status.in_(("paid", "refunded"))
    )
    for id, method, amount, refunded in await session.execute(settled):
        if method == CARD:  # what credit moved is booked with its entries
            expected[f"payment:{id}"] = amount
        if refunded != held[id]:
            found.append(f"Payment {id} says that {refunded} went back, its refunds say {held[id]}.")
    gone = (
        select(Refund.id, Refund.amount)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status.in_(GIVEN_BACK), Payment.method == CARD, Refund.saved_method_id.is_(None))
    )
    for id, amount in await session.execute(gone):
        expected[f"refund:{id}"] = -amount
    for name in sorted(expected.keys() | booked.keys()):
        if expected[name] != booked[name]:
            found.append(f"The books say {booked[name]} of {name}; it should be {expected[name]}.")
    return found


async def _unbalanced(session: AsyncSession) -> list[str]:
    total = func.sum(LedgerEntry.amount)
    sums = select(LedgerEntry.posting, LedgerEntry.currency, total)
    off = sums.group_by(LedgerEntry.posting, LedgerEntry.currency).having(total != 0)
    return [
        f"The posting {posting} is {amount} {currency}, not zero."
        for posting, currency, amount in await session.execute(off)
    ]


async def _booked(session: AsyncSession) -> Counter[str]:
    """What each payment and refund moved at Stripe; a refund that came back is as if it were not."""
    moved: Counter[str] = Counter()
    entries = select(LedgerEntry.posting, LedgerEntry.amount).where(LedgerEntry.account == PROCESSOR)
    for posting, amount in await session.execute(entries):
        kind, _, id = posting.partition(":")
        if kind in ("payment", "refund", "refund_back"):
            moved[f"{'payment' if kind == 'payment' else 'refund'}:{id}"] += amount
    return moved


async def _held(session: AsyncSession) -> Counter[str]:
    """By payment: what is kept aside for its refunds, or has gone."""
    sums = select(Refund.payment_id, func.sum(Refund.amount)).where(
        Refund.status.in_(("requested", *GIVEN_BACK))
    )
    rows = await session.execute(sums.group_by(Refund.payment_id))
    return Counter({payment_id: int(amount) for payment_id, amount in rows})
