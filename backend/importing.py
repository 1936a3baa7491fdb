"""Importing a whole shop: what it sells goes to the catalogue, how much of it lies where to the inventory, what it
promises to the policies."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import available_timezones

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.importing import (
    CatalogueReader,
    ImportReport,
    RowError,
    SourceRow,
    StockCount,
    StockRefused,
    Unreadable,
    import_catalogue,
    read_adobe,
    read_own,
    read_shopify,
    read_sources,
)
from backend.catalogue.importing.checking import text_fault
from backend.catalogue.importing.store import Progress
from backend.catalogue.models import Product
from backend.catalogue.read import VariantNotFound
from backend.catalogue.turns import tell_stock
from backend.db import Database
from backend.errors import Conflict
from backend.exclusive import Occupied, exclusive
from backend.inventory import backorder_files
from backend.inventory.backorder_terms import InvalidTerms, set_terms
from backend.inventory.counting import Count, MoreReserved, count
from backend.inventory.models import Source
from backend.inventory.opening import BadHours, read_opening
from backend.inventory.sources import source_meant, sources
from backend.policies import checking
from backend.policies import service as policies
from backend.policies.checking import Problem
from backend.policies.service import Kept
from backend.promotions.importing import (
    ParsedPromotion,
    PromotionReport,
    read_promotions,
    store_promotions,
)
from backend.promotions.importing.adobe import read_adobe_rules
from backend.promotions.prices import renew_prices
from backend.shop import Shop

FIRST_SOURCE = SourceRow("warehouse", "warehouse", "Warehouse", 0, "", "", "", "")
"""Of a shop that has told of none."""


class ImportRunning(Conflict):
    """Another import is running: wait until it has ended, or end it."""

    code = "import_running"


class CountedStock:
    """What a file counts is a stocktake. At a source that is still `to_come` nothing can be reserved."""

    def __init__(self, sources: dict[str, str], to_come: Collection[str] = ()) -> None:
        self._sources = sources
        self._to_come = to_come

    async def count(self, session: AsyncSession, counts: Sequence[StockCount]) -> None:
        """Raises StockRefused."""
        known = [one for one in counts if self._is_known(one)]
        places = {(one.variant_id, self._sources[one.source]): one for one in known}
        try:
            turned = await count(
                session,
                [
                    Count(*place, one.on_hand, one.threshold, one.notify_below)
                    for place, one in places.items()
                ],
            )
        except MoreReserved as refusal:
            refused = places[refusal.variant_id, refusal.source_id]
            raise StockRefused(refused, "More units than that are reserved for orders.") from None
        await tell_stock(session, turned)

    def _is_known(self, one: StockCount) -> bool:
        if one.source not in self._sources and one.source not in self._to_come:
            raise StockRefused(one, f"No source has the code {one.source!r}.")
        return one.source in self._sources


async def import_own(
    database: Database, directory: Path, *, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """Raises Unreadable, ImportRunning."""
    rows = read_sources(directory / "sources.csv")
    _refuse_too_long(rows)
    _refuse_bad_hours(rows)
    async with _alone(database):
        if not dry_run:
            await _keep_sources(database, rows)
        to_come = {row.code for row in rows}
        report = await _import(database, read_own(directory), dry_run, progress, to_come)
        await _import_backorders(database, directory / backorder_files.FILE, report, dry_run)
        return report


async def _import_backorders(database: Database, path: Path, report: ImportReport, dry_run: bool) -> None:
    """Each row by itself: what is wrong with one says nothing of the others. In a dry run a SKU that is still to come
    is not known yet, and is no error."""
    for row, terms in backorder_files.read_terms(path):
        if isinstance(terms, RowError):
            report.errors.append(terms)
            continue
        try:
            async with database.transaction() as session:
                report.backorders += await set_terms(session, [terms])
                if dry_run:
                    await session.rollback()
        except InvalidTerms as refusal:
            report.errors.append(RowError(path.name, row, "ships_on", str(refusal)))
        except VariantNotFound as refusal:
            if not dry_run:
                report.errors.append(RowError(path.name, row, "sku", str(refusal)))


async def import_adobe(
    database: Database,
    directory: Path,
    *,
    currency: str,
    source: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Raises UnknownSource, Unreadable, ImportRunning."""
    async with _alone(database):
        place = await _place(database, source)
        reader = read_adobe(directory, currency=currency, source=place.code)
        rules, errors = read_adobe_rules(directory, currency)
        report = await _import_at(database, place, reader, dry_run, progress)
        if not dry_run:
            kept = await _keep_promotions(database, rules)
            report.promotions = kept.created + kept.updated
            errors += kept.errors
        report.errors += errors
        return report


async def import_shopify(
    database: Database,
    path: Path,
    *,
    language: str,
    currency: str,
    source: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Raises UnknownSource, Unreadable, ImportRunning."""
    async with _alone(database):
        place = await _place(database, source)
        reader = read_shopify(path, language=language, currency=currency, source=place.code)
        return await _import_at(database, place, reader, dry_run, progress)


async def import_policies(
    database: Database, directory: Path, shop: Shop, hold_minutes: int
) -> tuple[Kept | None, list[Problem]]:
    """Nothing is kept of texts of which one is refused."""
    sources, problems = checking.read_directory(directory)
    problems += checking.check(sources, shop, hold_minutes)
    if any(problem.is_refused for problem in problems):
        return None, problems
    async with database.transaction() as session:
        return await policies.keep(session, sources), problems


async def import_promotions(database: Database, path: Path, *, dry_run: bool = False) -> PromotionReport:
    """Nothing is kept of a file of which one is refused. Raises Unreadable, ImportRunning."""
    found, errors = read_promotions(path)
    async with _alone(database):
        report = await _keep_promotions(database, found, whole=True, dry_run=dry_run or bool(errors))
    report.errors = sorted([*errors, *report.errors], key=lambda error: error.row)
    return report


async def _keep_promotions(
    database: Database, found: Sequence[ParsedPromotion], *, whole: bool = False, dry_run: bool = False
) -> PromotionReport:
    async with database.transaction() as session:
        report = await store_promotions(session, found)
        if dry_run or (whole and report.errors):
            await session.rollback()
        else:
            await renew_prices(session)
    return report


async def is_empty(database: Database) -> bool:
    async with database.reading() as session:
        return not await session.scalar(select(exists(select(Product.id))))


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """Two imports would each create what the other does. Raises ImportRunning."""
    try:
        async with exclusive(database, "import"):
            yield
    except Occupied as occupied:
        since = f" since {occupied.since:%Y-%m-%d %H:%M:%S} UTC" if occupied.since else ""
        raise ImportRunning(
            f"Another import is running{since}: wait until it has ended, or end it."
        ) from None


async def _import(
    database: Database,
    reader: CatalogueReader,
    dry_run: bool,
    progress: Progress | None,
    to_come: Collection[str] = (),
) -> ImportReport:
    stock = CountedStock(await _sources(database), to_come)
    report = await import_catalogue(database, reader, stock=stock, dry_run=dry_run, progress=progress)
    if not dry_run:
        async with database.transaction() as session:
            await renew_prices(session)
    return report


async def _place(database: Database, source: str) -> Source | SourceRow:
    """Where the stock lies that is counted in a file which names no place. Raises UnknownSource."""
    async with database.reading() as session:
        return await source_meant(session, source) or FIRST_SOURCE


async def _import_at(
    database: Database,
    place: Source | SourceRow,
    reader: CatalogueReader,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    if place is FIRST_SOURCE and not dry_run:
        await _keep_sources(database, [FIRST_SOURCE])
    return await _import(database, reader, dry_run, progress, [place.code])


async def _sources(database: Database) -> dict[str, str]:
    async with database.reading() as session:
        return {source.code: source.id for source in await sources(session)}


def _refuse_bad_hours(rows: Sequence[SourceRow]) -> None:
    for row in rows:
        if row.time_zone and row.time_zone not in available_timezones():
            raise Unreadable(f"sources.csv: time_zone of {row.code!r}: such as Europe/Paris.")
        try:
            read_opening(row.opening_hours, row.time_zone)
        except BadHours as error:
            raise Unreadable(f"sources.csv: opening_hours of {row.code!r}: {error}.") from None


def _refuse_too_long(rows: Sequence[SourceRow]) -> None:
    for row in rows:
        for name, value in msgspec.structs.asdict(row).items():
            most = getattr(Source.__table__.c[name].type, "length", None)
            if most and isinstance(value, str) and (fault := text_fault(value, most)):
                raise Unreadable(f"sources.csv: {name} of {row.code!r}: {fault}")


async def _keep_sources(database: Database, rows: Sequence[SourceRow]) -> None:
    async with database.transaction() as session:
        stored = {source.code: source for source in await session.scalars(select(Source))}
        for row in rows:
            source = stored.get(row.code) or Source()
            for name, value in msgspec.structs.asdict(row).items():
                setattr(source, name, value)
            session.add(source)
