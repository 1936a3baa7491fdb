"""Exporting a whole shop: what it sells from the catalogue, how much of it lies where from the inventory."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.exporting import (
    CannotExport,
    ExportReport,
    ShopifyReport,
    ShopifyTerms,
    export_catalogue,
    write_shopify,
    write_sources,
)
from backend.catalogue.importing import SourceRow
from backend.catalogue.importing.store import Progress
from backend.db import Database
from backend.inventory import backorder_files
from backend.inventory import service as inventory
from backend.inventory.backorder_files import write_terms
from backend.inventory.backorder_terms import all_terms
from backend.inventory.levels import level_columns, levels_by_column
from backend.inventory.sources import UnknownSource, source_meant, sources

UNFINISHED = ".unfinished"
"""A folder in the directory; its files take their places when all are written."""


async def export_own(
    database: Database, directory: Path, *, force: bool = False, progress: Progress | None = None
) -> ExportReport:
    """The CSV files of one moment; the same database gives the same bytes. Raises CannotExport."""
    with _finished(directory, force) as unfinished:
        async with database.snapshot() as session:
            sources = await _sources(session)
            write_sources(unfinished / "sources.csv", sources)
            if terms := await all_terms(session):
                write_terms(unfinished / backorder_files.FILE, terms)
            return await export_catalogue(
                session,
                unfinished,
                sources=[source.code for source in sources],
                stock=inventory.counted,
                levels=levels_by_column,
                level_columns=await level_columns(session),
                progress=progress,
            )


async def export_shopify(
    database: Database,
    directory: Path,
    terms: ShopifyTerms,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> ShopifyReport:
    """Raises CannotExport."""
    with _finished(directory, force) as unfinished:
        async with database.snapshot() as session:
            try:
                source = await source_meant(session, terms.source)
            except UnknownSource as error:
                raise CannotExport(str(error)) from None
            terms = msgspec.structs.replace(terms, source=source.code if source else "")
            return await write_shopify(
                session, unfinished, terms=terms, stock=inventory.counted, progress=progress
            )


@contextmanager
def _finished(directory: Path, force: bool) -> Iterator[Path]:
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / UNFINISHED
    if not force and any(path != unfinished for path in directory.iterdir()):
        raise CannotExport(f"{directory} is not empty: choose another directory, or say --force.")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        yield unfinished
        for path in sorted(unfinished.iterdir()):
            path.replace(directory / path.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


async def _sources(session: AsyncSession) -> list[SourceRow]:
    return [
        SourceRow(**{name: getattr(row, name) for name in SourceRow.__struct_fields__})
        for row in await sources(session)
    ]
