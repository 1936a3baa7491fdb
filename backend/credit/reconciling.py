"""What balances, entries, holds and the books say of one another."""

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.credit.models import CreditAccount, CreditEntry, CreditHold
from backend.payments.ledger import CREDIT
from backend.payments.models import LedgerEntry


async def differences(session: AsyncSession) -> list[str]:
    """Each in words; none when all is well."""
    return [*await _unlike_entries(session), *await _unlike_holds(session), *await _unlike_books(session)]


async def _unlike_entries(session: AsyncSession) -> list[str]:
    total = func.coalesce(func.sum(CreditEntry.amount), 0)
    off = (
        select(CreditAccount.id, CreditAccount.balance, total)
        .outerjoin(CreditEntry, CreditEntry.account_id == CreditAccount.id)
        .group_by(CreditAccount.id, CreditAccount.balance)
        .having(total != CreditAccount.balance)
        .order_by(CreditAccount.id)
    )
    return [
        f"Credit account {id} says that {balance} are left, its entries say {int(amount)}."
        for id, balance, amount in await session.execute(off)
    ]


async def _unlike_holds(session: AsyncSession) -> list[str]:
    held = func.coalesce(func.sum(case((CreditHold.state == "held", CreditHold.amount), else_=0)), 0)
    off = (
        select(CreditAccount.id, CreditAccount.held, held)
        .outerjoin(CreditHold, CreditHold.account_id == CreditAccount.id)
        .group_by(CreditAccount.id, CreditAccount.held)
        .having(held != CreditAccount.held)
        .order_by(CreditAccount.id)
    )
    return [
        f"Credit account {id} says that {ours} are held, its orders hold {int(theirs)}."
        for id, ours, theirs in await session.execute(off)
    ]


async def _unlike_books(session: AsyncSession) -> list[str]:
    owed = await _sums(session, select(CreditAccount.currency, func.sum(CreditAccount.balance)))
    booked = await _sums(
        session,
        select(LedgerEntry.currency, -func.sum(LedgerEntry.amount)).where(LedgerEntry.account == CREDIT),
    )
    return [
        f"{owed.get(currency, 0)} {currency} are left on cards, the books say {booked.get(currency, 0)}."
        for currency in sorted(owed.keys() | booked.keys())
        if owed.get(currency, 0) != booked.get(currency, 0)
    ]


async def _sums(session: AsyncSession, query: Select[str, int]) -> dict[str, int]:
    by_currency = query.group_by(query.selected_columns[0])
    return {currency: int(amount) for currency, amount in await session.execute(by_currency)}
