"""What bundles and groups consist of, and what they cost where that is the sum of their parts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload

from backend.catalogue.models import UNSTOCKED, Component, Price, Product, Variant

MOST = 2**31 - 1
"""Of a price in minor units."""


def is_whole() -> ColumnElement[bool]:
    """That no part of the variant was taken out of the shop for good."""
    part = aliased(Variant)
    gone = (
        select(Component.id)
        .join(part, part.id == Component.part_id)
        .where(Component.variant_id == Variant.id, part.is_visible.is_(False))
        .correlate(Variant)
    )
    return ~gone.exists()


async def part_rows(session: AsyncSession, product_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """By variant of these products, its parts in their order: `sku`, `chosen` options, `kind`, `quantity`, and their
    product's `handle`, `name` and `options`."""
    whole, part = aliased(Variant), aliased(Variant)
    rows = await session.execute(
        select(
            Component.variant_id,
            Component.quantity,
            part.sku,
            part.options.label("chosen"),
            part.kind,
            Product.handle,
            Product.name,
            Product.options,
        )
        .join(whole, whole.id == Component.variant_id)
        .join(part, part.id == Component.part_id)
        .join(Product, Product.id == part.product_id)
        .where(whole.product_id.in_(product_ids))
        .order_by(Component.position)
    )
    parts: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        parts[row.variant_id].append(row)
    return parts


async def stocked_parts(session: AsyncSession, variant_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """By variant, which stocked variants one of it takes, and how many of each; a digital one takes none.

    What should have components and has none is taken for itself, of which nobody has any.
    """
    digital = select(Variant.id).where(Variant.id.in_(variant_ids), Variant.kind.in_(UNSTOCKED))
    taken: dict[str, dict[str, int]] = {variant_id: {variant_id: 1} for variant_id in variant_ids}
    taken |= {variant_id: {} for variant_id in await session.scalars(digital)}
    rows = await session.execute(
        select(Component.variant_id, Component.part_id, Component.quantity, Variant.kind)
        .join(Variant, Variant.id == Component.part_id)
        .where(Component.variant_id.in_(variant_ids))
    )
    for variant_id, part_id, quantity, kind in rows:
        taken[variant_id].pop(variant_id, None)
        if kind not in UNSTOCKED:
            taken[variant_id][part_id] = quantity
    return taken


async def renew_prices(session: AsyncSession, part_ids: Collection[str]) -> None:
    """Whoever changes prices of variants calls this: what costs the sum of its parts follows."""
    composed = select(Component.variant_id).where(Component.part_id.in_(part_ids))
    dependent = await session.scalars(
        select(Variant)
        .where(Variant.id.in_(composed), Variant.is_priced_by_parts)
        .options(selectinload(Variant.prices))
    )
    for variant in dependent.all():
        await set_prices(session, variant, await sums(session, variant.id))


async def sums(session: AsyncSession, variant_id: str) -> dict[str, int]:
    """In minor units, by each currency in which all parts have a price and the sum can be charged."""
    count = select(func.count()).where(Component.variant_id == variant_id).scalar_subquery()
    rows = await session.execute(
        select(Price.currency, func.sum(Price.amount * Component.quantity))
        .join(Component, Component.part_id == Price.variant_id)
        .where(Component.variant_id == variant_id)
        .group_by(Price.currency)
        .having(func.count() == count, func.sum(Price.amount * Component.quantity) <= MOST)
    )
    return {currency: int(amount) for currency, amount in rows}


async def set_prices(session: AsyncSession, variant: Variant, wanted: dict[str, int]) -> bool:
    """Whether that changed any; its `prices` are loaded."""
    stored = {price.currency: price for price in variant.prices}
    is_changed = False
    for currency, amount in wanted.items():
        price = stored.pop(currency, None)
        if price is None:
            variant.prices.append(Price(currency=currency, amount=amount))
        elif price.amount != amount:
            price.amount = amount
        else:
            continue
        is_changed = True
    for gone in stored.values():
        variant.prices.remove(gone)
        await session.delete(gone)
        is_changed = True
    return is_changed
