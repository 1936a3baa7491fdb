"""Storing what a reader yields: upsert by handle and SKU, each product whole or not at all."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from backend.catalogue.changes import in_batches, next_version
from backend.catalogue.components import renew_prices, set_prices
from backend.catalogue.importing.components import Refused, store_components
from backend.catalogue.importing.links import store_links
from backend.catalogue.importing.parsed import (
    CatalogueReader,
    ImportReport,
    ParsedCategory,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
    StockRefused,
    StockWriter,
)
from backend.catalogue.importing.price_lists import store_price_list
from backend.catalogue.importing.reviews import store_reviews
from backend.catalogue.models import CatalogueVersion, Category, Product, Variant
from backend.db import Database

BATCH = 50
"""Products per transaction: few enough that other writers do not wait long."""
UNTOLD = -1
"""The version of what this transaction changed, until its end gives it one."""

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
            await _import_products(session, reader.products, reader.columns, stock, report, progress)
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
    for products in in_batches(reader.products, BATCH):
        async with database.transaction() as session:
            await _import_products(session, products, reader.columns, stock, report, progress)
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


async def _import_products(
    session: AsyncSession,
    products: Iterable[ParsedProduct | Rejected],
    columns: Mapping[str, str],
    stock: StockWriter | None,
    report: ImportReport,
    progress: Progress | None,
) -> None:
    categories = {row.code: row.id for row in await session.execute(select(Category.code, Category.id))}
    stored = report.created + report.updated
    for parsed in products:
        if isinstance(parsed, Rejected):
            report.failed += 1
            report.errors += parsed.errors
        else:
            await _import_product(session, parsed, categories, stock, report, columns)
        if progress:
            progress(report.created + report.updated + report.unchanged + report.failed)
    if report.created + report.updated > stored:
        await _tell(session)


async def _import_product(
    session: AsyncSession,
    parsed: ParsedProduct,
    categories: dict[str, str],
    stock: StockWriter | None,
    report: ImportReport,
    columns: Mapping[str, str],
) -> None:
    try:
        async with session.begin_nested():
            outcome = await _store_product(session, parsed, categories)
            if stock:
                await _count(session, parsed, stock)
    except Refused as refused:
        report.failed += 1
        column = columns.get(refused.column, refused.column)
        report.errors.append(RowError(parsed.file, refused.row, column, str(refused)))
    else:
        setattr(report, outcome, getattr(report, outcome) + 1)


async def _tell(session: AsyncSession) -> None:
    """A running shop sees the number and reads what changed. Last in its transaction, because other imports wait
    for the row; the products are locked by then, so nobody who holds the row waits for them."""
    changed = update(Product).where(Product.catalogue_version == UNTOLD)
    await session.execute(changed.values(catalogue_version=await next_version(session)))


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
        is_changed |= _changes(category, name=parsed.name, parent_id=parent)
        _changes(category, position=parsed.position)
        await session.flush()
    return is_changed


async def _store_product(session: AsyncSession, parsed: ParsedProduct, categories: dict[str, str]) -> str:
    product = await session.scalar(
        select(Product)
        .where(Product.handle == parsed.handle)
        .options(
            selectinload(Product.variants).options(
                selectinload(Variant.prices), selectinload(Variant.components)
            )
        )
    )
    is_new = product is None
    if product is None:
        product = Product(handle=parsed.handle, variants=[])
        session.add(product)
    is_changed = _changes(
        product,
        category_id=categories[parsed.category] if parsed.category else None,
        brand=parsed.brand,
        name=parsed.name,
        description=parsed.description,
        keywords=parsed.keywords,
        options=parsed.options,
        attributes=parsed.attributes,
        pictures=parsed.pictures,
        position=parsed.position,
        **msgspec.structs.asdict(parsed.visibility),
    )
    await _refuse_foreign_skus(session, product, parsed)
    is_changed |= await _store_variants(session, product, parsed.variants)
    if is_changed:
        product.catalogue_version = UNTOLD
    await session.flush()
    return "created" if is_new else "updated" if is_changed else "unchanged"


async def _refuse_foreign_skus(session: AsyncSession, product: Product, parsed: ParsedProduct) -> None:
    own = {variant.sku for variant in product.variants}
    rows = {variant.sku: variant.row for variant in parsed.variants if variant.sku not in own}
    with session.no_autoflush:
        taken = await session.scalar(select(Variant.sku).where(Variant.sku.in_(rows)))
    if taken:
        raise Refused(rows[taken], "sku", f"{taken!r} belongs to another product.")


async def _store_variants(session: AsyncSession, product: Product, parsed: list[ParsedVariant]) -> bool:
    stored = {variant.sku: variant for variant in product.variants}
    is_changed = False
    for position, wanted in enumerate(parsed):
        variant = stored.pop(wanted.sku, None)
        if variant is None:
            variant = Variant(sku=wanted.sku, prices=[], components=[])
            product.variants.append(variant)
        is_changed |= _changes(
            variant,
            options=wanted.options,
            picture=wanted.picture,
            weight_grams=wanted.weight_grams,
            position=position,
            kind=wanted.kind,
            is_priced_by_parts=bool(wanted.components) and not wanted.prices,
            files=wanted.files,
            **msgspec.structs.asdict(wanted.visibility),
        )
        if not wanted.components:
            is_changed |= await set_prices(session, variant, wanted.prices)
    is_changed |= await store_components(session, product, parsed)
    if is_changed:
        await session.flush()
        await renew_prices(session, [variant.id for variant in product.variants])
    for gone in stored.values():
        is_changed |= _changes(gone, is_visible=False)
    return is_changed


async def _count(session: AsyncSession, parsed: ParsedProduct, stock: StockWriter) -> None:
    skus = [variant.sku for variant in parsed.variants]
    rows = await session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(skus)))
    ids = {row.sku: row.id for row in rows}
    for variant in parsed.variants:
        for source, on_hand in variant.stock.items():
            try:
                await stock.count(session, ids[variant.sku], source, on_hand)
            except StockRefused as refusal:
                raise Refused(variant.row, f"stock_{source}", str(refusal)) from None


def _changes(row: Any, **values: Any) -> bool:
    """Sets what differs, so that an import of the same file writes nothing."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)
