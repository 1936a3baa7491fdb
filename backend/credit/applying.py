"""What a conversation means to pay with: gift cards that it told the code of, the store credit of its customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.credit.accounts import find_gift_card
from backend.credit.models import AppliedCredit, CreditAccount
from backend.credit.spending import Share, is_spendable
from backend.db import insert_into, now
from backend.errors import Conflict, NotFound
from backend.money import Money

MOST_APPLIED = 10
LEAST_CHARGED = {"EUR": 50, "USD": 50}
"""What Stripe charges at least, in minor units (its documentation, “Minimum charge amounts”)."""


class GiftCardExpired(Conflict):
    """The time of this gift card is over; `expired_at` says since when."""

    code = "gift_card_expired"


class GiftCardOfAnotherCurrency(Conflict):
    """The gift card is of another currency than the cart; `currency` says which."""

    code = "gift_card_of_another_currency"


class GiftCardEmpty(Conflict):
    """Nothing is left on this gift card."""

    code = "gift_card_empty"


class TooManyGiftCards(Conflict):
    """No order takes more gift cards than `most`."""

    code = "too_many_gift_cards"


class NoStoreCredit(NotFound):
    """The shop owes this customer nothing, or does not know who it is."""

    code = "no_store_credit"


class CreditView(msgspec.Struct, frozen=True):
    """`left` is what can be spent now, what a waiting order of this cart holds included. Of a code only the end is
    told."""

    kind: Literal["gift_card", "store_credit"]
    last_four: str
    left: Money
    expires_at: datetime | None


async def apply_gift_card(
    session: AsyncSession, conversation_id: str, code: str, currency: str
) -> CreditAccount:
    """The same card again changes nothing.

    Raises GiftCardNotFound, GiftCardExpired, GiftCardOfAnotherCurrency, GiftCardEmpty, TooManyGiftCards.
    """
    account = await find_gift_card(session, code)
    if account.currency != currency:
        raise GiftCardOfAnotherCurrency(currency=account.currency)
    if account.expires_at and account.expires_at <= now(session):
        raise GiftCardExpired(expired_at=account.expires_at.isoformat())
    if account.balance == 0:
        raise GiftCardEmpty(last_four=account.last_four)
    await _apply(session, conversation_id, account)
    return account


async def apply_store_credit(
    session: AsyncSession, conversation_id: str, customer_id: str | None, currency: str
) -> CreditAccount:
    """Raises NoStoreCredit."""
    account = await session.scalar(
        select(CreditAccount).where(
            CreditAccount.customer_id == (customer_id or ""),
            CreditAccount.currency == currency,
            CreditAccount.balance > 0,
            is_spendable(session),
        )
    )
    if account is None:
        raise NoStoreCredit
    await _apply(session, conversation_id, account)
    return account


async def take_away(session: AsyncSession, conversation_id: str) -> None:
    await session.execute(delete(AppliedCredit).filter_by(conversation_id=conversation_id))


async def applied(session: AsyncSession, conversation_id: str) -> list[CreditAccount]:
    """Of any currency, spendable or not, in the order in which they are spent."""
    found = (
        select(CreditAccount)
        .join(AppliedCredit, AppliedCredit.account_id == CreditAccount.id)
        .where(AppliedCredit.conversation_id == conversation_id)
        .order_by(AppliedCredit.applied_at, CreditAccount.id)
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(found)).all())


async def spendable(
    session: AsyncSession, conversation_id: str, currency: str, held: Mapping[str, int]
) -> list[tuple[CreditAccount, int]]:
    """`held` is what the cart's own waiting order keeps of them, which an order in its place can have."""
    at = now(session)
    return [
        (account, account.balance - account.held + held.get(account.id, 0))
        for account in await applied(session, conversation_id)
        if account.currency == currency
        and not account.is_blocked
        and (account.expires_at is None or account.expires_at > at)
    ]


def shares(found: list[tuple[CreditAccount, int]], total: int, payable: int, currency: str) -> list[Share]:
    """What each pays of `payable`, so that of `total` nothing is left, or as much as Stripe charges at least."""
    most = min(payable, sum(left for _, left in found))
    least = LEAST_CHARGED.get(currency, 0)
    if 0 < total - most < least:
        most = max(0, total - least)
    taken = []
    for account, left in found:
        share = min(left, most)
        most -= share
        if share:
            taken.append(Share(account.id, share))
    return taken


def views(found: list[tuple[CreditAccount, int]]) -> list[CreditView]:
    return [
        CreditView(
            "store_credit" if account.kind == "store_credit" else "gift_card",
            account.last_four,
            Money(left, account.currency),
            account.expires_at,
        )
        for account, left in found
    ]


async def _apply(session: AsyncSession, conversation_id: str, account: CreditAccount) -> None:
    """Raises TooManyGiftCards."""
    known = [one.id for one in await applied(session, conversation_id)]
    if account.id not in known and len(known) >= MOST_APPLIED:
        raise TooManyGiftCards(most=MOST_APPLIED)
    await session.execute(
        insert_into(session, AppliedCredit)
        .values(conversation_id=conversation_id, account_id=account.id, applied_at=now(session))
        .on_conflict_do_nothing()
    )
