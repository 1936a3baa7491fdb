"""Storing what a reader yields: upsert by handle and SKU, each product whole or not at all."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import in_batches, next_version, versions
from backend.catalogue.importing.components import Refused
from backend.catalogue.importing.links import store_links
from backend.catalogue.importing.parsed import (
    LEVELS,
    CatalogueReader,
    ImportReport,
    ParsedCategory,
    ParsedProduct,
    Rejected,
    RowError,
    StockCount,
    StockRefused,
    StockWriter,
)
from backend.catalogue.importing.price_lists import store_price_list
from backend.catalogue.importing.products import UNTOLD, Outcome, Stored, changes, store_products
from backend.catalogue.importing.reviews import store_reviews
from backend.catalogue.models import CatalogueVersion, Category, Product
from backend.db import Database

BATCH = 50
"""Products per transaction: few enough that other writers do not wait long."""
MOST_VARIANTS = 1_000
"""Of several products in one transaction."""

Opening = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens what is kept whole or not at all."""
Progress = Callable[[int], None]
"""Called with the number of products done so far."""


async def import_catalogue(
    database: Database,
    reader: CatalogueReader,
    *,
    stock: StockWriter | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """A `dry_run` does everything and keeps nothing.

    A variant that its product no longer has is hidden, because orders may name it; a product that the files
    no longer have stays as it is.
    """
    report = ImportReport(errors=list(reader.errors))
    async with database.transaction() as session:
        is_renamed = await _store_categories(session, reader.categories)
        if dry_run:
            part = partial(_within, session)
            for products in _product_batches(reader.products):
                await _import_products(part, products, reader.columns, stock, report, progress)
            for price_list in reader.price_lists:
                await store_price_list(session, price_list, report)
            for links in in_batches(reader.links, BATCH):
                await store_links(session, links, report)
            for reviews in in_batches(reader.reviews, BATCH):
                await store_reviews(session, reviews, report)
            await session.rollback()
            return report
        if is_renamed:
            version = await next_version(session)
            await session.execute(update(CatalogueVersion).values(categories=version))
    transaction = partial(_told, database)
    for products in _product_batches(reader.products):
        await _import_products(transaction, products, reader.columns, stock, report, progress)
    for price_list in reader.price_lists:
        async with database.transaction() as session:
            await store_price_list(session, price_list, report)
    for links in in_batches(reader.links, BATCH):
        async with database.transaction() as session:
            await store_links(session, links, report)
    for reviews in in_batches(reader.reviews, BATCH):
        async with database.transaction() as session:
            await store_reviews(session, reviews, report)
    return report


def _product_batches(
    parts: Iterable[ParsedProduct | Rejected],
) -> Iterator[list[ParsedProduct | Rejected]]:
    batch: list[ParsedProduct | Rejected] = []
    variants = 0
    for part in parts:
        size = len(part.variants) if isinstance(part, ParsedProduct) else 0
        if batch and (len(batch) == BATCH or variants + size > MOST_VARIANTS):
            yield batch
            batch, variants = [], 0
        batch.append(part)
        variants += size
    if batch:
        yield batch


async def _import_products(
    opening: Opening,
    batch: Sequence[ParsedProduct | Rejected],
    columns: Mapping[str, str],
    stock: StockWriter | None,
    report: ImportReport,
    progress: Progress | None,
) -> None:
    products = [part for part in batch if isinstance(part, ParsedProduct)]
    outcomes = iter(await _outcomes(opening, products, columns, stock))
    for part in batch:
        outcome = part if isinstance(part, Rejected) else next(outcomes)
        if isinstance(outcome, Rejected):
            report.failed += 1
            report.errors += outcome.errors
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)
        if progress:
            progress(report.created + report.updated + report.unchanged + report.failed)


async def _outcomes(
    opening: Opening,
    products: Sequence[ParsedProduct],
    columns: Mapping[str, str],
    stock: StockWriter | None,
) -> list[Outcome | Rejected]:
    """Of each. All are stored at once; where one is refused, each half anew, so that only that one is left out."""
    if not products:
        return []
    try:
        async with opening() as session:
            stored = await store_products(session, products)
            if stock:
                await _count(session, products, stored, stock)
            return [one.outcome for one in stored]
    except Refused as refused:
        if len(products) == 1:
            names = {**columns, **products[0].columns}
            column = names.get(refused.column, refused.column)
            return [Rejected([RowError(products[0].file, refused.row, column, str(refused))])]
    middle = len(products) // 2
    first = await _outcomes(opening, products[:middle], columns, stock)
    return first + await _outcomes(opening, products[middle:], columns, stock)


async def _count(
    session: AsyncSession, products: Sequence[ParsedProduct], stored: Sequence[Stored], stock: StockWriter
) -> None:
    counts, rows = [], {}
    for product, one in zip(products, stored, strict=True):
        for variant in product.variants:
            variant_id = one.variants[variant.sku]
            rows[variant_id] = variant.row
            counts += [
                StockCount(
                    variant_id, source, units, *(variant.levels.get(f"{level}_{source}") for level in LEVELS)
                )
                for source, units in variant.stock.items()
            ]
    try:
        await stock.count(session, counts)
    except StockRefused as refusal:
        row, column = rows[refusal.count.variant_id], f"stock_{refusal.count.source}"
        raise Refused(row, column, str(refusal)) from None


@asynccontextmanager
async def _told(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction at whose end a running shop is told."""
    async with database.transaction() as session:
        yield session
        await _tell(session)


@asynccontextmanager
async def _within(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """A part of a transaction that can fail by itself."""
    async with session.begin_nested():
        yield session


async def _tell(session: AsyncSession) -> None:
    """A running shop sees the number and reads what changed. Last in its transaction, because other imports wait
    for the row; the products are locked by then, so nobody who holds the row waits for them."""
    untold = Product.catalogue_version == UNTOLD
    if await session.scalar(select(Product.id).where(untold).limit(1)):
        version = await next_version(session)
        await session.execute(update(Product).where(untold).values(versions(version)))


async def _store_categories(session: AsyncSession, categories: list[ParsedCategory]) -> bool:
    """Whether products are found by other words than before: those of a new category say so themselves."""
    is_changed = False
    stored = {category.code: category for category in await session.scalars(select(Category))}
    for parsed in categories:
        category = stored.get(parsed.code)
        parent = stored[parsed.parent].id if parsed.parent else None
        if category is None:
            category = stored[parsed.code] = Category(code=parsed.code, name=parsed.name, parent_id=parent)
            session.add(category)
        is_changed |= changes(category, name=parsed.name, parent_id=parent)
        changes(category, position=parsed.position)
        await session.flush()
    return is_changed
