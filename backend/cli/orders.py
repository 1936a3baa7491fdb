"""The counter of a store: orders made ready, and handed over."""

import asyncio

import click
from sqlalchemy import select

from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.inventory.models import Source
from backend.orders import collecting
from backend.orders.finding import lines_of
from backend.orders.models import Order


@commands.group()
def orders() -> None:
    """Orders that customers collect at a store."""


@orders.command()
@click.option("--store", help="Of this store alone, by its code.")
def waiting(store: str | None) -> None:
    """What is to be prepared or collected, the oldest first. Codes are the customers' and are not shown."""
    for line in asyncio.run(_waiting(current_settings(), store)) or ["Nothing is to be collected."]:
        click.echo(line)


@orders.command()
@click.argument("order_number")
def ready(order_number: str) -> None:
    """All of it lies at the counter: the open shop tells the customer."""
    click.echo(asyncio.run(_ready(current_settings(), order_number)))


@orders.command()
@click.argument("code")
def collect(code: str) -> None:
    """Hand an order over to whoever says its code; once."""
    click.echo(asyncio.run(_collect(current_settings(), code)))


async def _waiting(settings: Settings, store: str | None) -> list[str]:
    found = (
        select(Order.number, Source.code, Order.fulfilment_status, Order.paid_at)
        .join(Source, Source.id == Order.store_id)
        .where(Order.payment_status == "paid", Order.fulfilment_status.in_(("to_be_prepared", "ready")))
        .order_by(Order.paid_at)
    )
    async with opened(settings) as database, database.reading() as session:
        rows = await session.execute(found.where(Source.code == store) if store else found)
        return [f"{number}  {code}  {status}  paid {at:%Y-%m-%d %H:%M}" for number, code, status, at in rows]


async def _ready(settings: Settings, number: str) -> str:
    async with opened(settings) as database, database.transaction() as session:
        order = await collecting.make_ready(session, number)
        return f"{order.number}: ready"


async def _collect(settings: Settings, code: str) -> str:
    async with opened(settings) as database, database.transaction() as session:
        order = await collecting.collect(session, code)
        name = order.address.get("name", "")
        lines = [f"{line.quantity} × {line.name} ({line.sku})" for line in await lines_of(session, order.id)]
        return "\n".join([f"{order.number} for {name}: collected", *lines])
