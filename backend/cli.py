"""The command line: `./comptoir --help`. A refusal is one line and exit code 1."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import aiohttp
import alembic.util
import click
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from tqdm import tqdm

from backend import exporting, importing, logs, migrations, openapi, understanding
from backend import run as running
from backend.catalogue import trials
from backend.catalogue.explaining import explained
from backend.catalogue.exporting import CannotExport, ExportReport, ShopifyReport, ShopifyTerms
from backend.catalogue.importing import ImportReport, Unreadable
from backend.catalogue.importing.store import Progress
from backend.catalogue.index import SearchUnavailable
from backend.catalogue.listing import NotAList
from backend.catalogue.reviews import STATUSES
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.tables import UnreadableTable
from backend.catalogue.views import Shopper
from backend.clock import Clock
from backend.config import CURRENCIES, LANGUAGES, InvalidSetting, Settings
from backend.conversations.staff import StaffDesk
from backend.db import Database
from backend.errors import ShopError
from backend.events import Events
from backend.inventory import service as inventory
from backend.orders.models import Order
from backend.orders.service import OrderNotFound
from backend.pages.files import NotBuilt, pinned_tag
from backend.policies import checking
from backend.policies.checking import Problem
from backend.policies.service import Kept
from backend.policies.shelf import Sources, stored
from backend.reviews import moderation
from backend.satisfaction.models import Satisfaction
from backend.satisfaction.service import Month, by_month, comments
from backend.shipping.models import Shipment
from backend.shop import Shop

REFUSALS = (
    InvalidSetting, ShopError, CannotExport, Unreadable, UnreadableTable, NotAList, NotBuilt, running.CannotRun,
    SQLAlchemyError, OSError, alembic.util.CommandError,
)  # fmt: skip
STOP_SECONDS = 2.0

Read = Callable[[Database, Progress], Awaitable[ImportReport]]
Report = TypeVar("Report", ImportReport, ExportReport, ShopifyReport)
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
            reuse_port=settings.backends > 1,
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


@import_.command("policies")
@click.argument("directory", type=Directory)
def import_policies(directory: Path) -> None:
    """The shop's own texts, from a directory of Markdown files (docs/policies.md).

    They are all the texts that there are from now on: one that is not in the directory is removed.
    """

    async def imported(settings: Settings) -> tuple[Kept | None, list[Problem]]:
        shop = Shop.load(settings.shop_file)
        async with _database(settings) as database:
            return await importing.import_policies(database, directory, shop, settings.hold_minutes)

    settings = _settings()
    _refuse_other_version(settings)
    kept, problems = asyncio.run(imported(settings))
    _tell(problems)
    if kept is None:
        raise click.ClickException("Nothing was imported: repair what is refused.")
    click.echo(
        f"{kept.created} texts created, {kept.updated} updated, {kept.unchanged} unchanged, "
        f"{kept.removed} removed."
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
        _settings(),
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
    settings = _settings()
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


INDEX_FROM = click.option(
    "--index-from", required=True, type=click.File("rb"), help="the products, JSON lines (docs/search.md)"
)
ASKED = click.option(
    "--queries", default="-", type=click.File("rb"), help="JSON lines; standard input without it"
)


@commands.command()
@INDEX_FROM
@ASKED
@click.option("--limit", default=100, type=click.IntRange(1, 1_000), help="ids per query")
def search(index_from: BinaryIO, queries: BinaryIO, limit: int) -> None:
    """Rank the products of a list for each query: {id, language, text} becomes {id, ids, corrected, milliseconds}."""
    _written(trials.ranked(trials.listing(index_from, _bar()), queries, limit))


@commands.command("understand-query")
@INDEX_FROM
@ASKED
def understand_query(index_from: BinaryIO, queries: BinaryIO) -> None:
    """Write the frame of slots that each request says: {text, language} becomes {text, language, frame}."""
    _written(trials.framed(trials.listing(index_from, _bar()), queries))


@commands.command("explain-query")
@click.argument("words")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--currency", type=click.Choice(CURRENCIES), default=CURRENCIES[0], show_default=True)
def explain_query(words: str, language: str, currency: str) -> None:
    """Show what the shop's search makes of a customer's words, and why it finds what it finds."""
    from backend.app import shop_index

    async def explain(settings: Settings) -> list[str]:
        shopper = Shopper(language, currency)
        with closing(shop_index(settings, keeping=None)) as index:
            async with _database(settings) as database, database.snapshot() as session:
                await index.rebuild(session)
                return await explained(ShopShelves(session, shopper), index, words)

    settings = _settings()
    _refuse_other_version(settings)
    try:
        lines = asyncio.run(explain(settings))
    except SearchUnavailable:
        raise click.ClickException("The search engine does not answer.") from None
    for line in lines:
        click.echo(line)


@commands.command("search-dialogues")
@INDEX_FROM
@ASKED
@click.option("--limit", default=5, type=click.IntRange(1, 50), help="products on the screen")
def search_dialogues(index_from: BinaryIO, queries: BinaryIO, limit: int) -> None:
    """Follow dialogues: {id, language, turns} becomes {id, turns: [{text, ids, nearest, relaxed}]}."""
    _written(trials.followed(trials.listing(index_from, _bar()), queries, limit))


@commands.command("openapi")
def print_openapi() -> None:
    """Print the API's document."""
    from backend.app import OPERATIONS

    click.echo(json.dumps(openapi.document(OPERATIONS, _settings().public_url), indent=2, ensure_ascii=False))


@commands.command()
def satisfaction() -> None:
    """What customers answered to the question how it was."""

    async def read(settings: Settings) -> tuple[list[Month], list[Satisfaction]]:
        async with _database(settings) as database, database.reading() as session:
            return await by_month(session), await comments(session)

    settings = _settings()
    _refuse_other_version(settings)
    months, said = asyncio.run(read(settings))
    click.echo("month    lang  asked  answered  mean    1   2   3   4   5")
    for month in months:
        mean = "   –" if month.mean is None else f"{month.mean:4.2f}"
        counts = "".join(f"{count:4}" for count in month.answers)
        line = f"{month.month}  {month.language}    {month.asked:5}  {sum(month.answers):8}  {mean} {counts}"
        click.echo(line)
    for answer in said:
        click.echo(
            f"\n{answer.asked_at:%Y-%m-%d}  {answer.score or '–'}  {answer.conversation_id}\n  {answer.comment}"
        )


@commands.group("policies")
def policies_() -> None:
    """The shop's own texts: delivery, returns, privacy …"""


@policies_.command("check")
@click.argument("directory", type=Directory, required=False)
def check_policies(directory: Path | None) -> None:
    """Look for what is wrong in a directory's texts; without one, in those that the shop shows."""
    settings = _settings()
    sources, problems = checking.read_directory(directory) if directory else (_kept_policies(settings), [])
    problems += checking.check(sources, Shop.load(settings.shop_file), settings.hold_minutes)
    _tell(problems)
    if problems:
        raise click.ClickException(f"{len(problems)} things are wrong.")
    click.echo(f"All is well with {len(sources)} texts.")


def _kept_policies(settings: Settings) -> Sources:
    async def read() -> Sources:
        async with _database(settings) as database, database.reading() as session:
            return await stored(session)

    _refuse_other_version(settings)
    return asyncio.run(read())


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{problem}" + ("" if problem.is_refused else " (a warning)"), err=True)


@commands.group("conversations")
def conversations_() -> None:
    """What customers say; a person may join them. ID is a conversation's, or how it begins."""


@conversations_.command("list")
@click.option("--limit", default=20, show_default=True, help="How many, the latest first.")
def list_conversations(limit: int) -> None:
    """The latest conversations, and who answers them."""
    _at_the_desk(lambda desk: desk.overview(limit))


@conversations_.command("show")
@click.argument("conversation")
def show_conversation(conversation: str) -> None:
    """All that was said, and links that open its files for a day."""
    _at_the_desk(lambda desk: desk.show(conversation))


@conversations_.command("join")
@click.argument("conversation")
@click.option("--name", required=True, help="How the customer shall know you.")
def join_conversation(conversation: str, name: str) -> None:
    """Answer instead of the assistant, from now on."""
    _at_the_desk(lambda desk: desk.join(conversation, name))


@conversations_.command("say")
@click.argument("conversation")
@click.argument("text")
def say_in_conversation(conversation: str, text: str) -> None:
    """Write to the customer, once you have joined."""
    _at_the_desk(lambda desk: desk.say(conversation, text))


@conversations_.command("leave")
@click.argument("conversation")
def leave_conversation(conversation: str) -> None:
    """Give the conversation back to the assistant."""
    _at_the_desk(lambda desk: desk.leave(conversation))


def _at_the_desk(act: Callable[[StaffDesk], Awaitable[list[str]]]) -> None:
    async def acted(settings: Settings) -> list[str]:
        async with _database(settings) as database:
            return await act(StaffDesk(settings, database))

    settings = _settings()
    _refuse_other_version(settings)
    click.echo("\n".join(asyncio.run(acted(settings))))


@commands.group("reviews")
def reviews_() -> None:
    """What customers say of products; ID is a review's, or how it begins."""


@reviews_.command("list")
@click.option("--status", type=click.Choice(STATUSES), default="pending", show_default=True)
@click.option("--limit", default=20, show_default=True, help="How many, the latest first.")
def list_reviews(status: str, limit: int) -> None:
    """The latest reviews, those that wait unless told otherwise."""
    _of_reviews(lambda session: moderation.overview(session, status, limit))


@reviews_.command("approve")
@click.argument("review")
def approve_review(review: str) -> None:
    """Show it to everybody, and count it."""
    _of_reviews(lambda session: moderation.decide(session, review, "approved"))


@reviews_.command("reject")
@click.argument("review")
def reject_review(review: str) -> None:
    """Show it to nobody."""
    _of_reviews(lambda session: moderation.decide(session, review, "rejected"))


def _of_reviews(act: Callable[[AsyncSession], Awaitable[list[str]]]) -> None:
    async def acted(settings: Settings) -> list[str]:
        async with _database(settings) as database, database.transaction() as session:
            return await act(session)

    settings = _settings()
    _refuse_other_version(settings)
    click.echo("\n".join(asyncio.run(acted(settings))))


@commands.command()
def widget_snippet() -> None:
    """Print the script tag that shows the chat on a website, pinned to this version."""
    click.echo(pinned_tag(_settings().public_url))


@commands.group()
def parcel() -> None:
    """The demo's carrier."""


@parcel.command()
@click.argument("order_number", required=False)
def advance(order_number: str | None) -> None:
    """Move an order's parcel one step; without a number the latest order's."""
    click.echo(asyncio.run(_advance(_settings(), order_number)))


def _written(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False))


def _bar() -> Callable[[Iterable[trials.Line]], Iterable[trials.Line]]:
    """Shown on a terminal only, so that what is written stays what was asked for."""
    return partial(tqdm, desc="indexing", unit=" products", disable=None, leave=False)


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
    if report.linked:
        click.echo(f"The links of {report.linked} products changed.")
    if report.price_lists:
        click.echo(f"{report.price_lists} price lists are new or changed.")
    if report.reviews:
        click.echo(f"{report.reviews} reviews are new or changed.")
    if report.errors:
        raise click.ClickException(f"{len(report.errors)} lines could not be used.")


def _export(settings: Settings, write: Callable[[Database, Progress], Awaitable[Report]]) -> Report:
    _refuse_other_version(settings)
    return asyncio.run(_followed(settings, write))


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
