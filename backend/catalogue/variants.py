"""Variants as the cart, orders and parcels name them."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import is_whole
from backend.catalogue.models import Component, Price, Product, Variant
from backend.catalogue.read import VariantNotFound, products
from backend.catalogue.views import PartView, QuantityPrice, Shopper
from backend.catalogue.visibility import is_shown
from backend.money import Money


class DescribedVariant(msgspec.Struct, frozen=True):
    sku: str
    product: str
    product_name: str
    name: str
    price: Money
    list_price: Money | None
    quantity_prices: list[QuantityPrice]
    image: str | None
    url: str
    options: dict[str, str]
    kind: str
    parts: list[PartView]


async def variant_to_sell(session: AsyncSession, sku: str, currency: str | None = None) -> Variant:
    """Priced in the currency, where one is given; of a group its members are. Raises VariantNotFound."""
    found = (
        select(Variant)
        .join(Variant.product)
        .where(Variant.sku == sku, *is_shown(session, Product, Variant), is_whole())
    )
    if currency:
        found = found.where(or_(Variant.kind == "group", Variant.prices.any(Price.currency == currency)))
    variant = await session.scalar(found)
    if variant is None:
        raise VariantNotFound(sku=sku)
    return variant


async def bought_with(session: AsyncSession, sku: str, currency: str) -> list[tuple[Variant, int]]:
    """What one of it puts into a cart of this currency: itself, or so many of each member of a group. Raises
    VariantNotFound."""
    variant = await variant_to_sell(session, sku, currency)
    if variant.kind != "group":
        return [(variant, 1)]
    members = await session.execute(
        select(Variant.sku, Component.quantity)
        .join(Component, Component.part_id == Variant.id)
        .where(Component.variant_id == variant.id)
        .order_by(Component.position)
    )
    return [
        (await variant_to_sell(session, member, currency), quantity) for member, quantity in members.all()
    ]


async def variant_ids(session: AsyncSession, skus: Collection[str]) -> dict[str, str]:
    """SKU to the row's id."""
    rows = await session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(skus)))
    return dict(rows.all())


async def skus_of(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """The row's id to its SKU."""
    rows = await session.execute(select(Variant.id, Variant.sku).where(Variant.id.in_(ids)))
    return dict(rows.all())


async def describe_variants(
    session: AsyncSession, quantities: Mapping[str, int], shopper: Shopper
) -> dict[str, DescribedVariant]:
    """By the variant's row id, as `quantities` are, in the shopper's language and at the prices of so many; what is
    no longer for sale is left out."""
    rows = await session.execute(
        select(Variant.sku, Variant.id, Product.handle)
        .join(Variant.product)
        .where(Variant.id.in_(quantities))
    )
    by_sku = {sku: (variant_id, handle) for sku, variant_id, handle in rows}
    handles = {handle for _, handle in by_sku.values()}
    return {
        by_sku[variant.sku][0]: DescribedVariant(
            sku=variant.sku,
            product=product.id,
            product_name=product.name,
            name=variant.name,
            price=variant.price,
            list_price=variant.list_price,
            quantity_prices=variant.quantity_prices,
            image=variant.image or product.image,
            url=product.url,
            options=variant.options,
            kind=variant.kind,
            parts=variant.parts,
        )
        for product in await products(session, sorted(handles), shopper, quantities)
        for variant in product.variants
        if variant.sku in by_sku
    }
