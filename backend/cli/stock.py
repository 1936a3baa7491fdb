"""Stock: whether it is what the orders and the ledger say."""

import asyncio

import click

from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
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
