"""Stock: whether it is what the orders and the ledger say, what is kept back, and what is low."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.inventory.backorder_terms import KINDS, Terms, set_terms
from backend.inventory.explaining import explained
from backend.inventory.levels import Level, low, set_levels
from backend.inventory.nearness import Destination
from backend.loyalty import accounts as loyalty
from backend.orders.reconciling import differences
from backend.shop import Shop


@commands.command()
def reconcile() -> None:
    """Compare stock with its ledger, reservations with orders, payments with totals, points with their entries; print
    each difference."""

    async def compared(settings: Settings) -> int:
        count = 0
        async with opened(settings) as database, database.snapshot() as session:
            async for difference in differences(session):
                click.echo(difference)
                count += 1
            for difference in await loyalty.differences(session):
                click.echo(difference)
                count += 1
        return count

    found = asyncio.run(compared(current_settings()))
    if found:
        raise click.ClickException(f"Differences found: {found}.")
    click.echo("All is well.")


@commands.group("stock")
def stock_() -> None:
    """How much of what is left, and how much of it is kept back."""


@stock_.command("low")
def list_low() -> None:
    """Where fewer are left than `notify-below` says; the log has warned of each once, as `stock_low`."""
    _show(low)


@stock_.command("set")
@click.argument("sku")
@click.option("--at", "source", help="The code of a source; without it, wherever it was counted.")
@click.option("--threshold", type=click.IntRange(0), help="So many units are not sold.")
@click.option(
    "--notify-below", type=click.IntRange(0), help="Staff are told when fewer are left; 0 tells nobody."
)
def set_stock(sku: str, source: str | None, threshold: int | None, notify_below: int | None) -> None:
    """Keep units back, or be told when few are left."""
    _show(lambda session: set_levels(session, sku, source, threshold=threshold, notify_below=notify_below))


@stock_.command("backorder")
@click.argument("sku")
@click.option("--limit", type=click.IntRange(0), required=True, help="So many may be promised; 0 ends it.")
@click.option("--ships-on", type=click.DateTime(["%Y-%m-%d"]), help="The day that customers say yes to.")
@click.option("--lead-days", type=click.IntRange(0), help="Where there is no day, or it has passed.")
@click.option("--preorder", is_flag=True, help="It is not out yet: none of it leaves before that day.")
def allow_backorders(
    sku: str, limit: int, ships_on: datetime | None, lead_days: int | None, preorder: bool
) -> None:
    """Let something be ordered before it is there."""
    terms = Terms(sku, KINDS[preorder], limit, ships_on.date() if ships_on else None, lead_days)
    _say(partial(_allowed, terms))


@stock_.command("where")
@click.argument("sku", nargs=-1, required=True)
@click.option("--to", "country", help="The country of a customer, as ISO code.")
@click.option("--region", default="")
@click.option("--postcode", default="")
def explain(sku: tuple[str, ...], country: str | None, region: str, postcode: str) -> None:
    """Where it lies, who waits for it, and which sources an order of one of each would be sent from."""
    destination = Destination(country=country.upper(), region=region, postcode=postcode) if country else None
    _say(lambda session: explained(session, sku, destination))


async def _allowed(terms: Terms, session: AsyncSession) -> list[str]:
    await set_terms(session, [terms])
    return await explained(session, [terms.sku], None)


def _say(act: Callable[[AsyncSession], Awaitable[list[str]]]) -> None:
    async def acted(settings: Settings) -> list[str]:
        async with opened(settings) as database, database.transaction() as session:
            session.info["shop"] = Shop.load(settings.shop_file)
            return await act(session)

    for line in asyncio.run(acted(current_settings())):
        click.echo(line)


def _show(act: Callable[[AsyncSession], Awaitable[list[Level]]]) -> None:
    async def acted(settings: Settings) -> list[Level]:
        async with opened(settings) as database, database.transaction() as session:
            return await act(session)

    for level in asyncio.run(acted(current_settings())):
        click.echo(
            f"{level.sku} at {level.source}: {level.available} left "
            f"({level.on_hand} on hand, {level.reserved} reserved, {level.threshold} kept back); "
            f"notify below {level.notify_below}"
        )
