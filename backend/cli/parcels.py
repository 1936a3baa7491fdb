"""The demo's carrier."""

import asyncio

import aiohttp
import click
from sqlalchemy import select

from backend.cli.base import commands, opened, surrounding_settings
from backend.config import Settings
from backend.orders.finding import OrderNotFound
from backend.orders.models import Order
from backend.shipping.models import Shipment


@commands.group()
def parcel() -> None:
    """The demo's carrier."""


@parcel.command()
@click.argument("order_number", required=False)
def advance(order_number: str | None) -> None:
    """Move an order's parcel one step; without a number the latest order's."""
    click.echo(asyncio.run(_advance(surrounding_settings(), order_number)))


async def _advance(settings: Settings, order_number: str | None) -> str:
    number = await _tracking_number(settings, order_number)
    url = f"{settings.carrier_url}/carrier/parcels/{number}/advance"
    async with aiohttp.ClientSession() as http, http.post(url) as response:
        answer = await response.json()
        if response.status >= 400:
            raise click.ClickException(answer["message"])
        return f"{number}: {answer['status']}"


async def _tracking_number(settings: Settings, order_number: str | None) -> str:
    parcels = (
        select(Shipment.tracking_number)
        .join(Order, Order.id == Shipment.order_id)
        .where(Shipment.tracking_number.is_not(None))
        .order_by(Order.placed_at.desc())
        .limit(1)
    )
    if order_number:
        parcels = parcels.where(Order.number == order_number)
    async with opened(settings) as database, database.reading() as session:
        number = await session.scalar(parcels)
    if number is None:
        raise OrderNotFound("No such order has a parcel with the carrier.")
    return number
