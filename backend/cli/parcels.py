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
    """Move the parcels of an order one step; without a number those of the latest order that has any."""
    click.echo(asyncio.run(_advance(surrounding_settings(), order_number)))


async def _advance(settings: Settings, order_number: str | None) -> str:
    numbers = await _tracking_numbers(settings, order_number)
    async with aiohttp.ClientSession() as http:
        return "\n".join([await _advanced(http, settings, number) for number in numbers])


async def _advanced(http: aiohttp.ClientSession, settings: Settings, number: str) -> str:
    async with http.post(f"{settings.carrier_url}/carrier/parcels/{number}/advance") as response:
        answer = await response.json()
        if response.status >= 400:
            raise click.ClickException(answer["message"])
        return f"{number}: {answer['status']}"


async def _tracking_numbers(settings: Settings, order_number: str | None) -> list[str]:
    booked = (
        select(Order.number, Shipment.tracking_number)
        .join(Order, Order.id == Shipment.order_id)
        .where(Shipment.tracking_number.is_not(None))
        .order_by(Order.placed_at.desc(), Shipment.tracking_number)
    )
    if order_number:
        booked = booked.where(Order.number == order_number)
    async with opened(settings) as database, database.reading() as session:
        latest = booked.with_only_columns(Order.number).limit(1).scalar_subquery()
        rows = await session.execute(booked.where(Order.number == latest))
    numbers = [number for _, number in rows if number]
    if not numbers:
        raise OrderNotFound("No such order has a parcel with the carrier.")
    return numbers
