"""Storing products, many at once: upsert by handle and SKU."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from backend.catalogue.components import renew_prices, set_prices
from backend.catalogue.importing.components import Refused, store_components
from backend.catalogue.importing.parsed import ParsedProduct, ParsedVariant
from backend.catalogue.models import Category, Product, Variant

UNTOLD = -1
"""The version of what this transaction changed, until its end gives it one."""

Outcome = Literal["created", "updated", "unchanged"]


class Stored(msgspec.Struct, frozen=True):
    """What became of a product, and the row ids of its variants by SKU."""

    outcome: Outcome
    variants: dict[str, str]


async def store_products(session: AsyncSession, batch: Sequence[ParsedProduct]) -> list[Stored]:
    """In few statements, whatever their number. Raises Refused when one of them cannot be stored: then all is to be
    rolled back."""
    known = await _known(session, batch)
    products = [known.get(parsed.handle) or Product(handle=parsed.handle, variants=[]) for parsed in batch]
    _refuse_foreign_skus(batch, await _owners(session, batch))
    categories = await _categories(session, batch)
    session.add_all(products)
    with session.no_autoflush:
        for product, parsed in zip(products, batch, strict=True):
            await _set(session, product, parsed, categories)
    await session.flush()
    await renew_prices(session, _variants_of_changed(products))
    for product, parsed in zip(products, batch, strict=True):
        if await store_components(session, product, parsed.variants):
            product.catalogue_version = UNTOLD
    await session.flush()
    return [_stored(product, is_new=product.handle not in known) for product in products]


def _variants_of_changed(products: Sequence[Product]) -> list[str]:
    changed = [product for product in products if product.catalogue_version == UNTOLD]
    return [variant.id for product in changed for variant in product.variants]


def _stored(product: Product, *, is_new: bool) -> Stored:
    is_changed = product.catalogue_version == UNTOLD
    outcome: Outcome = "created" if is_new else "updated" if is_changed else "unchanged"
    return Stored(outcome, {variant.sku: variant.id for variant in product.variants})


async def _known(session: AsyncSession, batch: Sequence[ParsedProduct]) -> dict[str, Product]:
    """By handle."""
    products = await session.scalars(
        select(Product)
        .where(Product.handle.in_([parsed.handle for parsed in batch]))
        .options(
            selectinload(Product.variants).options(
                selectinload(Variant.prices), selectinload(Variant.components)
            )
        )
    )
    return {product.handle: product for product in products}


async def _owners(session: AsyncSession, batch: Sequence[ParsedProduct]) -> dict[str, str]:
    """SKU to the handle of the product that has it."""
    skus = [variant.sku for parsed in batch for variant in parsed.variants]
    rows = await session.execute(
        select(Variant.sku, Product.handle).join(Variant.product).where(Variant.sku.in_(skus))
    )
    return dict(rows.all())


async def _categories(session: AsyncSession, batch: Sequence[ParsedProduct]) -> dict[str, str]:
    """Code to the row's id."""
    codes = {parsed.category for parsed in batch if parsed.category}
    rows = await session.execute(select(Category.code, Category.id).where(Category.code.in_(codes)))
    return dict(rows.all())


def _refuse_foreign_skus(batch: Sequence[ParsedProduct], owners: dict[str, str]) -> None:
    for parsed in batch:
        for variant in parsed.variants:
            if owners.setdefault(variant.sku, parsed.handle) != parsed.handle:
                raise Refused(variant.row, "sku", f"{variant.sku!r} belongs to another product.")


async def _set(
    session: AsyncSession, product: Product, parsed: ParsedProduct, categories: dict[str, str]
) -> None:
    """All but the components, which are stored when all variants are there."""
    is_changed = changes(
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
    is_changed |= await _set_variants(session, product, parsed.variants)
    if is_changed:
        product.catalogue_version = UNTOLD


async def _set_variants(session: AsyncSession, product: Product, parsed: list[ParsedVariant]) -> bool:
    stored = {variant.sku: variant for variant in product.variants}
    is_changed = False
    for position, wanted in enumerate(parsed):
        variant = stored.pop(wanted.sku, None)
        if variant is None:
            variant = Variant(sku=wanted.sku, prices=[], components=[])
            product.variants.append(variant)
        is_changed |= changes(
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
    for gone in stored.values():
        is_changed |= changes(gone, is_visible=False)
    return is_changed


def changes(row: Any, **values: Any) -> bool:
    """Sets what differs, so that an import of the same file writes nothing."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)
