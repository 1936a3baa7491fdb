"""Money that goes back, and money that is quarrelled about."""

import asyncio
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

import click
from babel.numbers import get_currency_precision

from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.money import Money
from backend.orders import refunding
from backend.orders.models import Order
from backend.orders.refunding import Asked
from backend.payments.disputes import open_disputes

MOST_UNITS = 2**31
"""What the tables hold."""


@commands.command()
@click.argument("order_number")
@click.option("--amount", help="So much of it, like 12.50.")
@click.option(
    "--line", "lines", multiple=True, metavar="SKU[=QUANTITY]", help="These lines; may be repeated."
)
@click.option(
    "--to",
    type=click.Choice(["card", "gift-card"]),
    help="Where it goes first, of an order that both paid; the bank card unless told otherwise.",
)
@click.option("--key", help="The same key again is the same refund; a new one where none is given.")
def refund(
    order_number: str, amount: str | None, lines: tuple[str, ...], to: str | None, key: str | None
) -> None:
    """Pay an order back: all that is left, an amount, or certain lines. The open shop does it at once."""
    if amount and lines:
        raise click.UsageError("Give an amount or lines, not both.")
    settings = current_settings()
    for line in asyncio.run(_refund(settings, order_number, amount, dict(map(_line, lines)), to, key)):
        click.echo(line)


@commands.command()
def disputes() -> None:
    """The disputes that are open, the most urgent first."""

    async def read(settings: Settings) -> list[str]:
        async with opened(settings) as database, database.reading() as session:
            return [
                f"{(await session.get_one(Order, dispute.order_id)).number}  "
                f"{shown_money(Money(dispute.amount, dispute.currency))}  {dispute.status}  {dispute.reason}  "
                f"answer by {dispute.evidence_due_by:%Y-%m-%d}  {dispute.dispute_id}"
                for dispute in await open_disputes(session)
            ]

    for line in asyncio.run(read(current_settings())) or ["No dispute is open."]:
        click.echo(line)


async def _refund(
    settings: Settings,
    number: str,
    amount: str | None,
    lines: dict[str, int],
    to: str | None,
    key: str | None,
) -> list[str]:
    async with opened(settings) as database, database.transaction() as session:
        currency = await refunding.currency_of(session, number)
        first: Any = to and to.replace("-", "_")
        asked = Asked(minor_units(amount, currency) if amount else None, lines, first)
        made = await refunding.refund_split(session, number, asked, key or str(uuid.uuid4()))
        return [f"{number}: {shown_money(Money(one.amount, one.currency))} {one.status}" for one in made]


def _line(text: str) -> tuple[str, int]:
    sku, is_given, quantity = text.rpartition("=")
    if not is_given:
        return text, 1
    if not quantity.isdecimal():
        raise click.BadParameter(f"{text}: not a quantity", param_hint="--line")
    return sku, int(quantity)


def minor_units(text: str, currency: str) -> int:
    """Exact: what the currency has no coins for is refused."""
    try:
        units = Decimal(text).scaleb(get_currency_precision(currency))
        is_exact = 0 < units < MOST_UNITS and units == units.to_integral_value()
    except InvalidOperation:
        raise click.BadParameter(f"{text}: not an amount", param_hint="--amount") from None
    if not is_exact:
        raise click.BadParameter(f"{text}: not an amount of {currency}", param_hint="--amount")
    return int(units)


def shown_money(money: Money) -> str:
    return f"{Decimal(money.amount).scaleb(-get_currency_precision(money.currency))} {money.currency}"
