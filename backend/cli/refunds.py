"""Money that a person pays back, because it goes to where no machine reaches."""

import asyncio

import click

from backend.cli.base import commands, current_settings, opened
from backend.cli.payments import shown_money
from backend.config import Settings
from backend.money import Money
from backend.orders.models import Order
from backend.payments import by_hand


@commands.group()
def refunds() -> None:
    """Refunds that a person pays by hand."""


@refunds.command("list")
def list_refunds() -> None:
    """What is to be paid by hand, and to which saved way to pay; the oldest first."""

    async def read(settings: Settings) -> list[str]:
        async with opened(settings) as database, database.reading() as session:
            return [
                f"{one.id}  {(await session.get_one(Order, one.order_id)).number}  "
                f"{shown_money(Money(one.amount, one.currency))}  to {one.method}"
                for one in await by_hand.waiting(session)
            ]

    for line in asyncio.run(read(current_settings())) or ["Nothing is to be paid by hand."]:
        click.echo(line)


@refunds.command()
@click.argument("refund_id")
def paid(refund_id: str) -> None:
    """It is paid; the customer is told so."""

    async def say(settings: Settings) -> None:
        async with opened(settings) as database, database.transaction() as session:
            await by_hand.say_paid(session, refund_id)

    asyncio.run(say(current_settings()))
    click.echo(f"{refund_id}: paid")
