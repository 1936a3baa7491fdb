"""What comes back: received, looked at, and decided on."""

import asyncio
from collections.abc import Awaitable, Callable

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import settling
from backend.changes.models import OrderReturn
from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.shop import Shop

Step = Callable[[AsyncSession, str], Awaitable[OrderReturn]]


@commands.group()
def returns() -> None:
    """Goods that customers send back."""


@returns.command("list")
def list_returns() -> None:
    """What is on its way back, or waits to be looked at; the oldest first."""

    async def read(settings: Settings) -> list[str]:
        async with opened(settings) as database, database.reading() as session:
            return [
                f"{order.number}  {back.kind}  {back.status}  since {back.requested_at:%Y-%m-%d %H:%M}"
                for order, back in await settling.open_returns(session)
            ]

    for line in asyncio.run(read(current_settings())) or ["Nothing is on its way back."]:
        click.echo(line)


@returns.command()
@click.argument("order_number")
def receive(order_number: str) -> None:
    """The parcel is here."""
    _do(settling.receive, order_number)


@returns.command()
@click.argument("order_number")
def accept(order_number: str) -> None:
    """All is well with it: the money goes back, or what was wanted instead is sent."""
    _do(settling.accept, order_number)


@returns.command()
@click.argument("order_number")
def refuse(order_number: str) -> None:
    """It is not as it was sent: nothing is paid back."""
    _do(settling.refuse, order_number)


def _do(step: Step, number: str) -> None:
    async def done(settings: Settings) -> str:
        async with opened(settings) as database:
            database.info["shop"] = Shop.load(settings.shop_file)
            async with database.transaction() as session:
                back = await step(session, number)
                await session.refresh(back)
                return f"{number}: {back.status}"

    click.echo(asyncio.run(done(current_settings())))
