"""What is for sale, read product by product in the shop's order, as an import would have brought it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from backend.catalogue.importing.adobe import slug
from backend.catalogue.importing.own import YES
from backend.catalogue.importing.parsed import ParsedCategory, ParsedProduct, ParsedVariant
from backend.catalogue.models import Category, Product, Variant
from backend.catalogue.read import text_in
from backend.config import LANGUAGES

BATCH = 100
MOST_PARAMETERS = 10_000
"""In one statement; PostgreSQL takes 32,767."""
FILE = "products.csv"
ROW = 0
"""No row: what is stored came from none."""

StockReader = Callable[[AsyncSession, Sequence[str]], Awaitable[dict[str, dict[str, int]]]]
"""By variant and source code, the units that were counted; stock lives in a higher domain."""


async def stored_categories(session: AsyncSession) -> list[ParsedCategory]:
    """A parent stands above its children."""
    children: dict[str | None, list[Category]] = {}
    rows = list(await session.scalars(select(Category)))
    for row in sorted(rows, key=lambda row: (row.position, row.code)):
        children.setdefault(row.parent_id, []).append(row)

    def below(parent: Category | None) -> list[ParsedCategory]:
        categories = []
        for row in children.get(parent.id if parent else None, []):
            above = parent.code if parent else None
            categories += [ParsedCategory(row.code, above, row.position, row.name), *below(row)]
        return categories

    return below(None)


async def stored_vocabulary(session: AsyncSession) -> AsyncIterator[tuple[list[Any], list[Any]]]:
    """The options and the attributes of each product."""
    statement = select(Product.options, Product.attributes)
    rows = await session.stream(_in_order(session, statement).execution_options(yield_per=BATCH))
    async for row in rows:
        yield _options(row.options), _attributes(row.attributes)


async def stored_products(session: AsyncSession, stock: StockReader) -> AsyncIterator[ParsedProduct]:
    categories = {row.id: row.code for row in await session.execute(select(Category.id, Category.code))}
    ids = await session.stream_scalars(
        _in_order(session, select(Product.id)).execution_options(yield_per=BATCH)
    )
    async for batch in ids.partitions():
        found = await session.scalars(
            select(Product)
            .where(Product.id.in_(batch))
            .options(selectinload(Product.variants).selectinload(Variant.prices))
        )
        products = {product.id: product for product in found}
        variants = [variant.id for product in products.values() for variant in product.variants]
        counted: dict[str, dict[str, int]] = {}
        for start in range(0, len(variants), MOST_PARAMETERS):
            counted |= await stock(session, variants[start : start + MOST_PARAMETERS])
        for product_id in batch:
            yield _product(products[product_id], categories, counted)


async def hidden(session: AsyncSession) -> tuple[int, int]:
    """How many products, and how many variants of the others, are not for sale."""
    products = await session.scalar(select(func.count()).select_from(Product).where(~_is_exported()))
    variants = await session.scalar(
        select(func.count())
        .select_from(Variant)
        .join(Variant.product)
        .where(Variant.is_visible.is_(False), _is_exported())
    )
    return products or 0, variants or 0


def _is_exported() -> ColumnElement[bool]:
    return Product.is_visible.is_(True) & Product.variants.any(Variant.is_visible.is_(True))


def _in_order(session: AsyncSession, statement: Select[Any]) -> Select[Any]:
    """Whatever the language of the database sorts by: the files must not depend on it."""
    collation = "C" if session.get_bind().dialect.name == "postgresql" else "BINARY"
    return statement.where(_is_exported()).order_by(Product.position, Product.handle.collate(collation))


def _product(
    product: Product, categories: dict[str, str], counted: dict[str, dict[str, int]]
) -> ParsedProduct:
    return ParsedProduct(
        file=FILE,
        row=ROW,
        handle=product.handle,
        category=categories[product.category_id] if product.category_id else None,
        brand=product.brand,
        name=product.name,
        description=product.description,
        keywords=product.keywords,
        options=_options(product.options),
        attributes=_attributes(product.attributes),
        pictures=product.pictures,
        position=product.position,
        variants=[
            _variant(variant, counted.get(variant.id, {}))
            for variant in sorted(product.variants, key=lambda variant: (variant.position, variant.sku))
            if variant.is_visible
        ],
    )


def _variant(variant: Variant, counted: dict[str, int]) -> ParsedVariant:
    return ParsedVariant(
        row=ROW,
        sku=variant.sku,
        options=variant.options,
        prices={price.currency: price.amount for price in variant.prices},
        stock=counted,
        picture=variant.picture,
        weight_grams=variant.weight_grams,
    )


def _options(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows may be older than today's importers, which leave no empty lists."""
    return [
        option | _words(option) | {"values": [value | _words(value) for value in option["values"]]}
        for option in options
    ]


def _attributes(attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_attribute(attribute | _words(attribute)) for attribute in attributes]


def _attribute(attribute: dict[str, Any]) -> dict[str, Any]:
    """Rows may be older than the `value_code`; free text is the same in every language."""
    texts, text = attribute["value"], text_in(attribute["value"], "en")
    is_free = texts == dict.fromkeys(LANGUAGES, text) and (not attribute["synonyms"] or text == YES)
    if "value_code" in attribute or is_free:
        return attribute
    return attribute | {"value_code": slug(text) or "value"}


def _words(named: dict[str, Any]) -> dict[str, Any]:
    words = {language: list(filter(None, said)) for language, said in named.get("synonyms", {}).items()}
    return {"synonyms": {language: said for language, said in words.items() if said}}
