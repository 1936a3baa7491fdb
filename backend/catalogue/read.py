"""Reading the catalogue: what can be sold now, in the shopper's language and currency.

A product without a variant that is visible now, in the caller's channel, and priced in the shopper's currency is not
for sale and is not found.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import is_whole, part_rows
from backend.catalogue.measures import measures_of
from backend.catalogue.models import UNSTOCKED, Category, Price, Product, Variant
from backend.catalogue.pricing import by_variant, quantity_prices, terms_for, unit_price
from backend.catalogue.ratings import UNRATED, Rating, ratings
from backend.catalogue.views import (
    AttributeView,
    CategoryView,
    OptionValue,
    OptionView,
    PartView,
    ProductView,
    QuantityPrice,
    Shopper,
    VariantView,
)
from backend.catalogue.visibility import is_shown
from backend.errors import NotFound
from backend.money import Money

Texts = dict[str, str]
PriceSort = Literal["relevance", "price", "-price"]


class ProductNotFound(NotFound):
    """No product with this id is for sale."""

    code = "product_not_found"


class VariantNotFound(NotFound):
    """No variant with this SKU is for sale."""

    code = "variant_not_found"


class Offer(msgspec.Struct, frozen=True):
    """One variant at its price, as the search filters and sorts it."""

    handle: str
    position: int
    category_id: str | None
    variant_id: str
    options: dict[str, str]
    amount: int
    attributes: dict[str, list[str]] = {}
    """Code to value codes, of those whose value is one of a list."""
    brand: str = ""
    measures: dict[str, float] = {}
    """Of options and attributes that say a size or weight, in cm, ml or g."""

    def values(self, code: str) -> list[str]:
        """Of an option, of an attribute, or the brand."""
        if code in self.options:
            return [self.options[code]]
        return self.attributes.get(code) or ([self.brand] if code == "brand" and self.brand else [])


def text_in(texts: Texts, language: str) -> str:
    """The language's text, else the English one, else any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


async def find_product(session: AsyncSession, handle: str, shopper: Shopper) -> ProductView:
    """Raises ProductNotFound."""
    for product in await products(session, [handle], shopper):
        return product
    raise ProductNotFound(product=handle)


async def products(
    session: AsyncSession,
    handles: Sequence[str],
    shopper: Shopper,
    quantities: Mapping[str, int] | None = None,
) -> list[ProductView]:
    """Those for sale, in the order of `handles`; at the prices of one, or of the `quantities` by variant's row id."""
    views = await _views(session, Product.handle.in_(handles), shopper, quantities or {})
    found = {view.id: view for view in views}
    return [found[handle] for handle in handles if handle in found]


async def handles_of(session: AsyncSession, skus: Sequence[str]) -> dict[str, str]:
    """SKU to its product's handle."""
    rows = await session.execute(
        select(Variant.sku, Product.handle).join(Variant.product).where(Variant.sku.in_(skus))
    )
    return {row.sku: row.handle for row in rows}


async def first_products(
    session: AsyncSession, shopper: Shopper, category: str | None = None, limit: int = 20
) -> list[ProductView]:
    """In the shop's order. An unknown category holds no products."""
    for_sale = select(Variant.id).join(Variant.prices).where(Variant.product_id == Product.id)
    first = (
        select(Product.handle)
        .where(for_sale.where(*_for_sale(session, shopper.currency)).correlate(Product).exists())
        .order_by(Product.position, Product.handle)
        .limit(limit)
    )
    if category is not None:
        first = first.where(Product.category_id.in_(await category_ids(session, category)))
    return await products(session, (await session.scalars(first)).all(), shopper)


async def list_categories(session: AsyncSession, language: str) -> list[CategoryView]:
    """The tree from its roots."""
    rows = (await session.scalars(select(Category).order_by(Category.position, Category.code))).all()
    children: dict[str | None, list[Category]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)

    def below(parent: str | None) -> list[CategoryView]:
        return [
            CategoryView(row.code, text_in(row.name, language), below(row.id))
            for row in children.get(parent, [])
        ]

    return below(None)


async def category_ids(session: AsyncSession, code: str) -> list[str]:
    """The category and all below it; empty when there is none of this code."""
    below = select(Category.id).where(Category.code == code).cte(recursive=True)
    below = below.union_all(select(Category.id).join(below, Category.parent_id == below.c.id))
    return list((await session.scalars(select(below.c.id))).all())


async def offers(session: AsyncSession, handles: Sequence[str], shopper: Shopper) -> list[Offer]:
    terms = await terms_for(session, shopper)
    rows = await session.execute(
        select(
            Product.handle,
            Product.position,
            Product.category_id,
            Variant.id,
            Variant.options,
            unit_price(terms).label("amount"),
            Product.attributes,
            Product.brand,
            Variant.weight_grams,
        )
        .join(Product.variants)
        .join(Variant.prices)
        .where(Product.handle.in_(handles), *_for_sale(session, shopper.currency))
    )
    return [
        Offer(
            handle=row.handle,
            position=row.position,
            category_id=row.category_id,
            variant_id=row.id,
            options=row.options,
            amount=row.amount,
            attributes=valued(row.attributes),
            brand=row.brand,
            measures=measures_of(row.attributes, row.options, row.weight_grams),
        )
        for row in rows
    ]


def valued(attributes: list[dict[str, Any]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for attribute in attributes:
        if "value_code" in attribute:
            values.setdefault(attribute["code"], []).append(attribute["value_code"])
    return values


async def browse(
    session: AsyncSession,
    shopper: Shopper,
    price_min: int | None,
    price_max: int | None,
    limit: int,
    *,
    category: str | None = None,
    sort: PriceSort = "relevance",
) -> list[str]:
    """The handles of products with a variant between the bounds, in the shop's order or by that variant's price."""
    price = unit_price(await terms_for(session, shopper))
    bounds = []
    if price_min is not None:
        bounds.append(price >= price_min)
    if price_max is not None:
        bounds.append(price <= price_max)
    if category is not None:
        bounds.append(Product.category_id.in_(await category_ids(session, category)))
    by_price: dict[PriceSort, list[ColumnElement[int]]] = {
        "relevance": [],
        "price": [func.min(price)],
        "-price": [func.max(price).desc()],
    }
    matching = (
        select(Product.handle)
        .join(Product.variants)
        .join(Variant.prices)
        .where(*_for_sale(session, shopper.currency), *bounds)
        .group_by(Product.handle, Product.position)
        .order_by(*by_price[sort], Product.position, Product.handle)
        .limit(limit)
    )
    return list((await session.scalars(matching)).all())


def _for_sale(session: AsyncSession, currency: str) -> list[ColumnElement[bool]]:
    return [*is_shown(session, Product, Variant), is_whole(), Price.currency == currency]


async def _views(
    session: AsyncSession, which: ColumnElement[bool], shopper: Shopper, quantities: Mapping[str, int]
) -> list[ProductView]:
    terms = await terms_for(session, shopper)
    rows = (
        await session.execute(
            select(
                Product.id,
                Product.handle,
                Product.name,
                Product.description,
                Product.brand,
                Product.options,
                Product.attributes,
                Product.pictures,
                Category.name.label("category"),
            )
            .outerjoin(Category, Category.id == Product.category_id)
            .where(which)
        )
    ).all()
    variants = await session.execute(
        select(
            Variant.id,
            Variant.product_id,
            Variant.sku,
            Variant.options,
            Variant.picture,
            Variant.kind,
            Price.amount.label("list_amount"),
            unit_price(terms, by_variant(quantities)).label("amount"),
        )
        .join(Variant.prices)
        .join(Variant.product)
        .where(Variant.product_id.in_([row.id for row in rows]), *_for_sale(session, shopper.currency))
        .order_by(Variant.position, Variant.sku)
    )
    by_product: dict[str, list[Row[Any]]] = {}
    for variant in variants:
        by_product.setdefault(variant.product_id, []).append(variant)
    rated = await ratings(session, list(by_product))
    parts = await part_rows(session, list(by_product))
    lower = await quantity_prices(session, terms, [each.id for sold in by_product.values() for each in sold])
    return [
        _view(row, by_product[row.id], parts, lower, rated.get(row.id, UNRATED), shopper)
        for row in rows
        if row.id in by_product
    ]


def _view(
    product: Row[Any],
    variants: list[Row[Any]],
    parts: dict[str, list[Row[Any]]],
    lower: dict[str, list[QuantityPrice]],
    rating: Rating,
    shopper: Shopper,
) -> ProductView:
    language = shopper.language
    cheapest = min(variants, key=lambda variant: variant.amount)
    options = [_option(option, variants, language) for option in product.options]
    picture = product.pictures[0] if product.pictures else None
    return ProductView(
        id=product.handle,
        name=text_in(product.name, language),
        description=text_in(product.description, language),
        brand=product.brand,
        category=text_in(product.category, language) if product.category else None,
        price=Money(cheapest.amount, shopper.currency),
        price_varies=any(variant.amount != cheapest.amount for variant in variants),
        image=_address(picture["file"]) if picture else None,
        image_alt=text_in(picture["alt"], language) if picture else "",
        url=f"/products/{product.handle}?lang={language}",
        options=options,
        attributes=[
            AttributeView(text_in(attribute["name"], language), text_in(attribute["value"], language))
            for attribute in product.attributes
        ],
        variants=[
            _variant(variant, options, parts.get(variant.id, []), lower.get(variant.id, []), shopper)
            for variant in variants
        ],
        rating=rating.average,
        review_count=rating.count,
        list_price=_list_price(cheapest, shopper),
    )


def _list_price(variant: Row[Any], shopper: Shopper) -> Money | None:
    is_lower = variant.amount < variant.list_amount
    return Money(variant.list_amount, shopper.currency) if is_lower else None


def _option(option: dict[str, Any], variants: Iterable[Row[Any]], language: str) -> OptionView:
    sold = {variant.options.get(option["code"]) for variant in variants}
    return OptionView(
        code=option["code"],
        name=text_in(option["name"], language),
        values=[
            OptionValue(value["code"], text_in(value["name"], language))
            for value in option["values"]
            if value["code"] in sold
        ],
    )


def _variant(
    variant: Row[Any],
    options: list[OptionView],
    parts: list[Row[Any]],
    lower: list[QuantityPrice],
    shopper: Shopper,
) -> VariantView:
    names = [
        value.name
        for option in options
        for value in option.values
        if value.code == variant.options.get(option.code)
    ]
    return VariantView(
        sku=variant.sku,
        options=variant.options,
        name=", ".join(names),
        price=Money(variant.amount, shopper.currency),
        image=_address(variant.picture) if variant.picture else None,
        kind=variant.kind,
        parts=[_part(part, shopper.language) for part in parts],
        list_price=_list_price(variant, shopper),
        quantity_prices=lower,
    )


def _part(part: Row[Any], language: str) -> PartView:
    names = [
        text_in(value["name"], language)
        for option in part.options
        for value in option["values"]
        if value["code"] == part.chosen.get(option["code"])
    ]
    return PartView(
        sku=part.sku,
        product=part.handle,
        name=", ".join([text_in(part.name, language), *names]),
        quantity=part.quantity,
        is_digital=part.kind in UNSTOCKED,
    )


def _address(file: str) -> str:
    return f"/pictures/{file.lstrip('/')}"
