"""Stock: whether it is what the orders and the ledger say, what is kept back, and what is low."""

import asyncio
from collections.abc import Awaitable, Callable

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.inventory.levels import Level, low, set_levels
from backend.orders.reconciling import differences


@commands.command()
def reconcile() -> None:
    """Compare stock with its ledger, reservations with orders, payments with totals; print each difference."""

    async def compared(settings: Settings) -> int:
        count = 0
        async with opened(settings) as database, database.snapshot() as session:
            async for difference in differences(session):
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
