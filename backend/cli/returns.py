"""What comes back, and what customers claim: received, looked at, and decided on."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import settling
from backend.changes.models import LONGEST_WORDS, OrderChange, OrderReturn
from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.orders.models import Order
from backend.shop import Shop

Step = Callable[[AsyncSession, str], Awaitable[OrderReturn]]


@commands.group()
def returns() -> None:
    """Goods that customers send back, and claims."""


@returns.command("list")
def list_returns() -> None:
    """What is on its way back, or waits for somebody to decide; the oldest first."""

    async def read(settings: Settings) -> list[str]:
        async with opened(settings) as database, database.reading() as session:
            return [line for found in await settling.open_returns(session) for line in _lines(*found)]

    for line in asyncio.run(read(current_settings())) or ["Nothing waits."]:
        click.echo(line)


def _lines(order: Order, back: OrderReturn, change: OrderChange) -> list[str]:
    status = "declined" if change.state == "declined" else back.status
    since = f"since {back.requested_at:%Y-%m-%d %H:%M}"
    lines = [f"{order.number}  {back.kind}  {status}  {since}"]
    if back.kind == "claim":
        told = change.asked
        what = ", ".join(f"{quantity} × {sku}" for sku, quantity in told["items"].items())
        lines.append(
            f"    {told['trouble']}: {what}; wants a {told['remedy']}. {told['description']}".rstrip()
        )
        lines.append(
            f"    {len(told['photos'])} photos: comptoir conversations show {change.conversation_id}"
        )
    return lines


@returns.command()
@click.argument("order_number")
def receive(order_number: str) -> None:
    """The parcel is here."""
    _do(settling.receive, order_number)


@returns.command()
@click.argument("order_number")
def accept(order_number: str) -> None:
    """All is well: the money, or what was wanted instead, goes out."""
    _do(settling.accept, order_number)


@returns.command()
@click.argument("order_number")
@click.option("--because", required=True, help="Told to the customer as it stands, in their language.")
def refuse(order_number: str, because: str) -> None:
    """It is not as it was sent, or the claim is not right: nothing is paid back."""
    if len(because) > LONGEST_WORDS:
        raise click.BadParameter(f"It has {len(because)} characters; {LONGEST_WORDS} are the most.")
    _do(partial(settling.refuse, words=because), order_number)


@returns.command("pay-instead")
@click.argument("order_number")
def pay_instead(order_number: str) -> None:
    """The card declined what an exchange costs more: pay back what was sent back."""
    _do(settling.pay_instead, order_number)


def _do(step: Step, number: str) -> None:
    async def done(settings: Settings) -> str:
        async with opened(settings) as database:
            database.info["shop"] = Shop.load(settings.shop_file)
            async with database.transaction() as session:
                back = await step(session, number)
                await session.refresh(back)
                return f"{number}: {back.status}"

    click.echo(asyncio.run(done(current_settings())))
