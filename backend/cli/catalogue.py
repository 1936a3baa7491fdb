"""The catalogue into the shop, and out of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from tqdm import tqdm

from backend import exporting, importing
from backend.catalogue.exporting import ExportReport, ShopifyReport, ShopifyTerms
from backend.catalogue.importing import ImportReport
from backend.catalogue.importing.store import Progress
from backend.cli.base import (
    Directory,
    commands,
    current_settings,
    opened,
    refuse_other_version,
    surrounding_settings,
)
from backend.cli.learning import taught
from backend.config import CURRENCIES, LANGUAGES, Settings
from backend.db import Database

Read = Callable[[Database, Progress], Awaitable[ImportReport]]

Report = TypeVar("Report", ImportReport, ExportReport, ShopifyReport)


NewDirectory = click.Path(file_okay=False, path_type=Path)


@commands.group("import")
def import_() -> None:
    """Fill the shop. The same files again change nothing."""


@import_.command("own")
@click.argument("directory", type=Directory)
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
def import_own(directory: Path, dry_run: bool) -> None:
    """From a directory in our own format (docs/import.md)."""
    _import(lambda database, bar: importing.import_own(database, directory, dry_run=dry_run, progress=bar))


@import_.command("adobe")
@click.argument("directory", type=Directory)
@click.option("--currency", type=click.Choice(CURRENCIES), default="USD", show_default=True)
@click.option("--source", default="", help="Where the stock lies; the first one of the shop's if left out.")
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
def import_adobe(directory: Path, currency: str, source: str, dry_run: bool) -> None:
    """From an export of Adobe Commerce."""
    _import(
        lambda database, bar: importing.import_adobe(
            database, directory, currency=currency, source=source, dry_run=dry_run, progress=bar
        )
    )


@import_.command("shopify")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--currency", type=click.Choice(CURRENCIES), default="USD", show_default=True)
@click.option("--source", default="", help="Where the stock lies; the first one of the shop's if left out.")
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
def import_shopify(path: Path, language: str, currency: str, source: str, dry_run: bool) -> None:
    """From a product CSV of Shopify."""
    _import(
        lambda database, bar: importing.import_shopify(
            database,
            path,
            language=language,
            currency=currency,
            source=source,
            dry_run=dry_run,
            progress=bar,
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
    report = _export(
        surrounding_settings(),
        lambda database, bar: exporting.export_own(database, directory, force=force, progress=bar),
    )
    click.echo(f"{report.products} products written to {directory}.")
    if report.hidden_products or report.hidden_variants:
        click.echo(
            f"Not for sale and left out: {report.hidden_products} products, "
            f"{report.hidden_variants} variants of the others."
        )


@export.command("shopify")
@click.argument("directory", type=NewDirectory)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--currency", type=click.Choice(CURRENCIES), default="USD", show_default=True)
@click.option("--source", default="", help="Whose stock is told; the first one of the shop's if left out.")
@click.option("--force", is_flag=True, help="Overwrite the file of an earlier export.")
def export_shopify(directory: Path, language: str, currency: str, source: str, force: bool) -> None:
    """To a product CSV that Shopify imports (docs/import.md)."""
    settings = surrounding_settings()
    terms = ShopifyTerms(language, currency, source, settings.public_url)
    report = _export(
        settings,
        lambda database, bar: exporting.export_shopify(database, directory, terms, force=force, progress=bar),
    )
    click.echo(f"{report.products} products written to {directory}, {report.hidden} of them as drafts.")
    if report.unpriced_variants:
        click.echo(f"Without a price in {currency} and left out: {report.unpriced_variants} variants.")
    if report.unheld_variants:
        click.echo(f"Bundles, groups and digital goods, left out: {report.unheld_variants} variants.")


def _import(read: Read) -> None:
    settings = current_settings()
    report = asyncio.run(_imported(settings, read))
    for error in report.errors:
        click.echo(f"{error.file}:{error.row} {error.column}: {error.message}", err=True)
    click.echo(
        f"{report.created} products created, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.failed} failed."
    )
    if report.linked:
        click.echo(f"The links of {report.linked} products changed.")
    if report.price_lists:
        click.echo(f"{report.price_lists} price lists are new or changed.")
    if report.promotions:
        click.echo(f"{report.promotions} promotions are new or changed.")
    if report.reviews:
        click.echo(f"{report.reviews} reviews are new or changed.")
    if report.backorders:
        click.echo(f"What may be ordered before it is there changed for {report.backorders} SKUs.")
    if report.errors:
        raise click.ClickException(f"{len(report.errors)} lines could not be used.")


def _export(settings: Settings, write: Callable[[Database, Progress], Awaitable[Report]]) -> Report:
    refuse_other_version(settings)
    return asyncio.run(_followed(settings, write))


async def _imported(settings: Settings, read: Read) -> ImportReport:
    """The assistant learns the words of what came; after a dry run, those that it knows."""
    report = await _followed(settings, read)
    await taught(settings)
    return report


async def _followed(settings: Settings, work: Callable[[Database, Progress], Awaitable[Report]]) -> Report:
    """With a bar that tells how many products are done."""
    async with opened(settings) as database:
        with tqdm(unit=" products", leave=False, disable=None) as bar:

            def show(done: int) -> None:
                bar.update(done - bar.n)

            return await work(database, show)
