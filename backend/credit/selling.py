"""Gift cards that are bought: made when their order is paid, shown to whoever has the order's secret link."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import GIFT_CARD, Variant
from backend.credit.accounts import issue_gift_card
from backend.credit.codes import GiftCodes, hash_of, read_code
from backend.credit.models import CreditAccount
from backend.money import Money

log = structlog.get_logger()


class Bought(msgspec.Struct, frozen=True):
    """A line of an order; `price` is of one, in minor units."""

    id: str
    variant_id: str
    price: int
    quantity: int


class SoldCard(msgspec.Struct, frozen=True):
    """`code` is None where the shop's secret is another one than when the card was made."""

    code: str | None
    last_four: str
    left: Money
    expires_at: datetime | None


def codes_of(session: AsyncSession) -> GiftCodes:
    codes: Any = session.info["gift_codes"]
    assert isinstance(codes, GiftCodes)
    return codes


async def issue_sold(session: AsyncSession, order_id: str, currency: str, lines: Sequence[Bought]) -> None:
    """One card for each that was bought, worth what was paid for it; called again it changes nothing."""
    cards = await gift_cards_among(session, [line.variant_id for line in lines])
    for line in lines:
        if line.variant_id not in cards or line.price == 0:
            continue
        for number in range(line.quantity):
            value = Money(line.price, currency)
            key = f"bought:{line.id}:{number}"
            await issue_gift_card(session, codes_of(session), value, key=key, kind="sold", order_id=order_id)


async def block_sold(session: AsyncSession, order_id: str, *, is_blocked: bool) -> None:
    """The cards that an order bought, while its own money is gone or in doubt. Logged, as some may be spent."""
    cards = await session.scalars(select(CreditAccount).filter_by(order_id=order_id).with_for_update())
    for card in cards.all():
        card.is_blocked = is_blocked
        log.warning("sold_gift_card_blocked" if is_blocked else "sold_gift_card_free", account=card.id)
    await session.flush()


async def block_of_line(session: AsyncSession, line_id: str, quantity: int) -> None:
    """So many of the cards of a line that is paid back; those on which most is left go first."""
    number = CreditAccount.key.startswith(f"bought:{line_id}:", autoescape=True)
    cards = select(CreditAccount).where(number, CreditAccount.is_blocked.is_(False)).with_for_update()
    fullest = cards.order_by((CreditAccount.balance - CreditAccount.held).desc(), CreditAccount.key)
    for card in (await session.scalars(fullest.limit(quantity))).all():
        card.is_blocked = True
        log.warning("sold_gift_card_blocked", account=card.id)
    await session.flush()


async def gift_cards_among(session: AsyncSession, variant_ids: Sequence[str]) -> set[str]:
    found = select(Variant.id).where(Variant.id.in_(variant_ids), Variant.kind == GIFT_CARD)
    return set((await session.scalars(found)).all())


async def sold_cards(session: AsyncSession, order_id: str) -> list[SoldCard]:
    """With their codes: for the page of the order only, never for a conversation or a log."""
    found = select(CreditAccount).filter_by(order_id=order_id).order_by(CreditAccount.key)
    return [_shown(session, account) for account in (await session.scalars(found)).all()]


def _shown(session: AsyncSession, account: CreditAccount) -> SoldCard:
    code = codes_of(session).of(account.key)
    is_its = hash_of(read_code(code) or "") == account.code_hash
    left = Money(account.balance - account.held, account.currency)
    return SoldCard(code if is_its else None, account.last_four, left, account.expires_at)
