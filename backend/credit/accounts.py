"""Issuing, finding and blocking gift cards and store credit, and what happens to a balance whose time is over."""

from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.credit.codes import LENGTH, GiftCodes, hash_of, read_code
from backend.credit.models import CreditAccount, CreditEntry
from backend.db import Database, insert_into, now, rows_changed
from backend.errors import Conflict, Invalid, NotFound
from backend.money import Money
from backend.payments import ledger

log = structlog.get_logger()

ISSUED_FROM = {"issued": "gifts", "sold": "sales", "refunded": "refunds", "returned": "refunds"}
"""By the kind of an entry, the account that it is taken from: a present costs the shop something, and a card that was
bought is no sale before it is spent."""
SPENT_FOR = {"redeemed": "sales", "expired": "breakage"}


class GiftCardNotFound(NotFound):
    """No gift card that can be used has this code."""

    code = "gift_card_not_found"


class AmbiguousGiftCard(Conflict):
    """Several gift cards end like this."""

    code = "ambiguous_gift_card"


class IssueKeyUsed(Conflict):
    """This key was used to issue something else."""

    code = "issue_key_used"


class InvalidAmount(Invalid):
    """An amount to issue is more than nothing."""

    code = "invalid_amount"


async def issue_gift_card(
    session: AsyncSession,
    codes: GiftCodes,
    value: Money,
    *,
    key: str,
    kind: str = "issued",
    expires_at: datetime | None = None,
    order_id: str | None = None,
) -> tuple[CreditAccount, str]:
    """The card and its code, which is stored nowhere. The same `key` again is the same card.

    Raises IssueKeyUsed, InvalidAmount.
    """
    if value.amount <= 0:
        raise InvalidAmount
    code = codes.of(key)
    signs = read_code(code)
    assert signs
    account = await _opened(
        session,
        key=key,
        kind="gift_card",
        code_hash=hash_of(signs),
        last_four=signs[-4:],
        currency=value.currency,
        expires_at=expires_at,
        order_id=order_id,
    )
    await _issue(session, account, value, key, kind)
    return account, code


async def issue_store_credit(
    session: AsyncSession, customer_id: str, value: Money, *, key: str
) -> CreditAccount:
    """More of it for a customer, by the website's own number for them. The same `key` again changes nothing."""
    if value.amount <= 0:
        raise InvalidAmount
    account = await _opened(
        session,
        key=f"customer:{customer_id}:{value.currency}",
        kind="store_credit",
        customer_id=customer_id,
        currency=value.currency,
    )
    await _issue(session, account, value, key, "issued")
    return account


async def find_gift_card(session: AsyncSession, code: str) -> CreditAccount:
    """Raises GiftCardNotFound: a code that was mistyped, never given or blocked is the same miss."""
    signs = read_code(code)
    account = await session.scalar(
        select(CreditAccount).filter_by(code_hash=hash_of(signs or ""), is_blocked=False)
    )
    if account is None:
        raise GiftCardNotFound
    return account


async def card_named(session: AsyncSession, name: str) -> CreditAccount:
    """For staff: by its code, its last four signs or the beginning of its id. Raises GiftCardNotFound,
    AmbiguousGiftCard."""
    signs = read_code(name)
    if signs:
        found = CreditAccount.code_hash == hash_of(signs)
    elif len(name) == 4:
        found = CreditAccount.last_four == name.upper()
    else:
        found = CreditAccount.id.startswith(name, autoescape=True)
    cards = (await session.scalars(select(CreditAccount).where(found).limit(2))).all()
    if not cards or not name or len(name) > max(36, 2 * LENGTH):
        raise GiftCardNotFound
    if len(cards) > 1:
        raise AmbiguousGiftCard
    return cards[0]


async def block(session: AsyncSession, account: CreditAccount, *, is_blocked: bool = True) -> None:
    """What is on it stays; what orders hold of it is theirs."""
    account.is_blocked = is_blocked
    await session.flush()


async def entries_of(session: AsyncSession, account_id: str) -> list[CreditEntry]:
    found = select(CreditEntry).filter_by(account_id=account_id).order_by(CreditEntry.at, CreditEntry.id)
    return list((await session.scalars(found)).all())


async def record(
    session: AsyncSession,
    account: CreditAccount,
    amount: int,
    *,
    key: str,
    kind: str,
    order_id: str | None = None,
) -> bool:
    """One entry and its posting, of a balance that the caller changes in the same transaction; whether it is new."""
    entry = insert_into(session, CreditEntry).values(
        key=key, account_id=account.id, amount=amount, kind=kind, order_id=order_id, at=now(session)
    )
    if not await rows_changed(session, entry.on_conflict_do_nothing()):
        return False
    other = ISSUED_FROM.get(kind) or SPENT_FOR[kind]
    await ledger.post(session, f"credit:{key}", account.currency, **{other: amount, ledger.CREDIT: -amount})
    return True


async def expire(database: Database) -> None:
    """Takes what is left, and is not kept for an order, from the cards whose time is over."""
    async with database.transaction() as session:
        over = (
            select(CreditAccount)
            .where(CreditAccount.expires_at <= now(session), CreditAccount.balance > CreditAccount.held)
            .order_by(CreditAccount.id)
            .limit(500)
            .with_for_update()
        )
        for account in (await session.scalars(over)).all():
            left = account.balance - account.held
            entries = len(await entries_of(session, account.id))
            await record(session, account, -left, key=f"expired:{account.id}:{entries}", kind="expired")
            account.balance -= left
            log.info("credit_expired", account=account.id, amount=left, currency=account.currency)


async def _opened(session: AsyncSession, **values: object) -> CreditAccount:
    """The account of this key, locked; made if there is none."""
    await session.execute(
        insert_into(session, CreditAccount).values(issued_at=now(session), **values).on_conflict_do_nothing()
    )
    account = await session.scalar(
        select(CreditAccount)
        .filter_by(key=values["key"])
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assert account
    return account


async def _issue(session: AsyncSession, account: CreditAccount, value: Money, key: str, kind: str) -> None:
    """Raises IssueKeyUsed."""
    name = f"{kind}:{key}"
    if account.currency != value.currency:
        raise IssueKeyUsed
    if not await record(session, account, value.amount, key=name, kind=kind, order_id=account.order_id):
        made = (await session.scalars(select(CreditEntry).filter_by(key=name))).one()
        if (made.account_id, made.amount) != (account.id, value.amount):
            raise IssueKeyUsed
        return
    more = update(CreditAccount).where(CreditAccount.id == account.id)
    await session.execute(more.values(balance=CreditAccount.balance + value.amount))
    await session.refresh(account)
