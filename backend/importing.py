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
from backend.catalogue.turns import tell_stock
from backend.db import Database
from backend.errors import Conflict
from backend.exclusive import Occupied, exclusive
from backend.inventory.counting import Count, MoreReserved, count
from backend.inventory.models import Source
from backend.inventory.opening import BadHours, read_opening
from backend.inventory.sources import source_meant, sources
from backend.policies import checking
from backend.policies import service as policies
from backend.policies.checking import Problem
from backend.policies.service import Kept
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
        return await _import(database, read_own(directory), dry_run, progress, to_come)


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
        return await _import_at(database, place, reader, dry_run, progress)


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
    return await import_catalogue(database, reader, stock=stock, dry_run=dry_run, progress=progress)


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
