"""The command line: `./comptoir --help`. A refusal is one line and exit code 1."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import alembic.util
import click
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from backend import exporting, importing, logs, migrations, openapi, understanding
from backend import run as running
from backend.catalogue.exporting import CannotExport, ExportReport
from backend.catalogue.importing import ImportReport
from backend.catalogue.importing.store import Progress
from backend.clock import Clock
from backend.config import CURRENCIES, InvalidSetting, Settings
from backend.db import Database
from backend.errors import ShopError
from backend.events import Events
from backend.inventory import service as inventory
from backend.orders.models import Order
from backend.orders.service import OrderNotFound
from backend.shipping.models import Shipment

REFUSALS = (
    InvalidSetting, ShopError, CannotExport, running.CannotRun, SQLAlchemyError, OSError, alembic.util.CommandError,
)  # fmt: skip
STOP_SECONDS = 2.0

Read = Callable[[Database, Progress], Awaitable[ImportReport]]
Report = TypeVar("Report", ImportReport, ExportReport)
Directory = click.Path(exists=True, file_okay=False, path_type=Path)
NewDirectory = click.Path(file_okay=False, path_type=Path)


class Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except REFUSALS as refusal:
            raise click.ClickException(str(refusal).splitlines()[0]) from None


@click.group(cls=Commands)
def commands() -> None:
    """Comptoir, the shop you talk to."""


@commands.command()
def run() -> None:
    """Open the shop: everything it needs, until Ctrl-C."""
    running.run(os.environ, say=click.echo)


@commands.command()
def serve() -> None:
    """Run the backend alone."""
    from backend.app import create_app  # the whole application: the other commands start without it

    settings = _settings()
    logs.configure()
    _refuse_other_version(settings)
    with _alone(settings):
        web.run_app(
            create_app(settings),
            host=running.HOST,
            port=settings.port,
            access_log_class=logs.AccessLogger,
            shutdown_timeout=STOP_SECONDS,
            print=None,
        )


@commands.command()
def migrate() -> None:
    """Bring the tables of the database up to date."""
    asyncio.run(migrations.upgrade(_settings()))


@commands.command()
@click.argument("message")
def migration(message: str) -> None:
    """Write the migration that the models ask for."""
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings.from_environment({"COMPTOIR_DATA_DIR": directory})
        asyncio.run(migrations.upgrade(settings))
        asyncio.run(migrations.write(settings, message))


@commands.group("import")
def import_() -> None:
    """Fill the catalogue. The same files again change nothing."""


@import_.command("own")
@click.argument("directory", type=Directory)
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
def import_own(directory: Path, dry_run: bool) -> None:
    """From a directory in our own format (docs/import.md)."""
    _import(lambda database, bar: importing.import_own(database, directory, dry_run=dry_run, progress=bar))


@import_.command("adobe")
@click.argument("directory", type=Directory)
@click.option("--currency", type=click.Choice(CURRENCIES), default="USD", show_default=True)
@click.option("--source", default="lyon", show_default=True, help="Where the stock lies.")
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
def import_adobe(directory: Path, currency: str, source: str, dry_run: bool) -> None:
    """From an export of Adobe Commerce."""
    _import(
        lambda database, bar: importing.import_adobe(
            database, directory, currency=currency, source=source, dry_run=dry_run, progress=bar
        )
    )


@commands.group()
def export() -> None:
    """Write the catalogue, prices and stock to files."""


@export.command("own")
@click.argument("directory", type=NewDirectory)
@click.option("--force", is_flag=True, help="Overwrite the files of an earlier export.")
def export_own(directory: Path, force: bool) -> None:
    """To a directory, in the format that `import own` reads (docs/import.md)."""
    settings = _settings()
    _refuse_other_version(settings)
    report = asyncio.run(
        _followed(
            settings,
            lambda database, bar: exporting.export_own(database, directory, force=force, progress=bar),
        )
    )
    click.echo(f"{report.products} products written to {directory}.")
    if report.hidden_products or report.hidden_variants:
        click.echo(
            f"Not for sale and left out: {report.hidden_products} products, "
            f"{report.hidden_variants} variants of the others."
        )


@commands.command()
def check() -> None:
    """Look for what is wrong: settings, database, stock."""
    settings = _settings()
    _refuse_other_version(settings)
    differences = asyncio.run(_stock_differences(settings))
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException(f"The stock differs from its ledger in {len(differences)} places.")
    click.echo("All is well.")


@commands.command()
def understand() -> None:
    """Read JSON lines {text, language?}, write what is understood.

    Without a language it is recognised as for a first message. Each line written is {text, language, intent,
    confidence, ranking, entities, out_of_scope_score}; a fallback of the dialogue is not counted as an intent.
    """
    settings = Settings.from_environment(os.environ)
    understanding.understand(settings, sys.stdin, say=lambda text: click.echo(text, err=True))


@commands.command("openapi")
def print_openapi() -> None:
    """Print the API's document."""
    from backend.app import OPERATIONS

    click.echo(json.dumps(openapi.document(OPERATIONS, _settings().public_url), indent=2, ensure_ascii=False))


@commands.group()
def parcel() -> None:
    """The demo's carrier."""


@parcel.command()
@click.argument("order_number", required=False)
def advance(order_number: str | None) -> None:
    """Move an order's parcel one step; without a number the latest order's."""
    click.echo(asyncio.run(_advance(_settings(), order_number)))


def _settings() -> Settings:
    return Settings.from_environment(running.surroundings(os.environ))


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, Clock(), Events())
    try:
        yield database
    finally:
        await database.close()


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """On SQLite two backends would each believe that they are the only writer."""
    if not settings.is_sqlite:
        return nullcontext()
    path = Path(make_url(settings.database_url).database or "")
    return running.only_one(path.with_suffix(".lock"), f"{path} is in use by another backend")


def _refuse_other_version(settings: Settings) -> None:
    if not asyncio.run(migrations.is_current(settings)):
        raise InvalidSetting("The database is of another version: run `comptoir migrate`.")


def _import(read: Read) -> None:
    settings = _settings()
    _refuse_other_version(settings)
    report = asyncio.run(_followed(settings, read))
    for error in report.errors:
        click.echo(f"{error.file}:{error.row} {error.column}: {error.message}", err=True)
    click.echo(
        f"{report.created} products created, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.failed} failed."
    )
    if report.errors:
        raise click.ClickException(f"{len(report.errors)} lines could not be used.")


async def _followed(settings: Settings, work: Callable[[Database, Progress], Awaitable[Report]]) -> Report:
    """With a bar that tells how many products are done."""
    async with _database(settings) as database:
        with tqdm(unit=" products", leave=False, disable=None) as bar:

            def show(done: int) -> None:
                bar.update(done - bar.n)

            return await work(database, show)


async def _stock_differences(settings: Settings) -> list[str]:
    async with _database(settings) as database, database.reading() as session:
        return await inventory.differences(session)


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
    async with _database(settings) as database, database.reading() as session:
        number = await session.scalar(parcels)
    if number is None:
        raise OrderNotFound("No such order has a parcel with the carrier.")
    return number
