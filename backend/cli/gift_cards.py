"""Gift cards and store credit: given out, looked at, blocked."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cli.base import commands, current_settings, opened
from backend.cli.payments import minor_units, shown_money
from backend.config import CURRENCIES, Settings
from backend.credit import accounts
from backend.credit.codes import GiftCodes
from backend.credit.models import CreditAccount
from backend.money import Money


@commands.group("gift-cards")
def gift_cards_() -> None:
    """Gift cards. CARD is a code, its last four signs, or how its id begins."""


@gift_cards_.command("issue")
@click.argument("amount")
@click.argument("currency", type=click.Choice(CURRENCIES))
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="The first day on which it is over, in UTC."
)
@click.option("--key", help="The same key again is the same card; a new one where none is given.")
def issue(amount: str, currency: str, expires: datetime | None, key: str | None) -> None:
    """Give out a gift card: its code is printed, and stored nowhere. The key prints it again."""
    settings, key = current_settings(), key or str(uuid.uuid4())
    value = Money(minor_units(amount, currency), currency)
    until = expires.replace(tzinfo=UTC) if expires else None

    async def issued(session: AsyncSession) -> list[str]:
        codes = GiftCodes(settings.secret)
        card, code = await accounts.issue_gift_card(
            session, codes, value, key=f"staff:{key}", expires_at=until
        )
        return [code, _line(card), f"key {key}"]

    _show(settings, issued)


@gift_cards_.command("show")
@click.argument("card")
def show(card: str) -> None:
    """What is left on it, and what happened to it."""

    async def shown(session: AsyncSession) -> list[str]:
        found = await accounts.card_named(session, card)
        return [_line(found), *(await _entries(session, found))]

    _show(current_settings(), shown)


@gift_cards_.command("block")
@click.argument("card")
@click.option("--undo", is_flag=True, help="It may be used again.")
def block(card: str, undo: bool) -> None:
    """Nobody can use it any more; what is on it stays."""

    async def blocked(session: AsyncSession) -> list[str]:
        found = await accounts.card_named(session, card)
        await accounts.block(session, found, is_blocked=not undo)
        return [_line(found)]

    _show(current_settings(), blocked)


@commands.command("store-credit")
@click.argument("customer")
@click.argument("amount")
@click.argument("currency", type=click.Choice(CURRENCIES))
@click.option("--key", help="The same key again gives nothing more; a new one where none is given.")
def store_credit(customer: str, amount: str, currency: str, key: str | None) -> None:
    """Give store credit to CUSTOMER, the website's own number for them."""
    value, given = Money(minor_units(amount, currency), currency), key or str(uuid.uuid4())

    async def issued(session: AsyncSession) -> list[str]:
        return [_line(await accounts.issue_store_credit(session, customer, value, key=given))]

    _show(current_settings(), issued)


def _show(settings: Settings, act: Callable[[AsyncSession], Awaitable[list[str]]]) -> None:
    async def acted() -> list[str]:
        async with opened(settings) as database, database.transaction() as session:
            return await act(session)

    for line in asyncio.run(acted()):
        click.echo(line)


def _line(card: CreditAccount) -> str:
    name = f"gift card ····{card.last_four}" if card.code_hash else f"store credit of {card.customer_id}"
    held = f", {shown_money(Money(card.held, card.currency))} of it held for orders" if card.held else ""
    until = f", until {card.expires_at:%Y-%m-%d}" if card.expires_at else ""
    blocked = ", blocked" if card.is_blocked else ""
    return (
        f"{card.id[:8]}  {name}: {shown_money(Money(card.balance, card.currency))} left{held}{until}{blocked}"
    )


async def _entries(session: AsyncSession, card: CreditAccount) -> list[str]:
    return [
        f"  {entry.at:%Y-%m-%d %H:%M}  {entry.kind:8}  {shown_money(Money(entry.amount, card.currency))}"
        for entry in await accounts.entries_of(session, card.id)
    ]
