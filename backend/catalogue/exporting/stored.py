"""What is for sale, read product by product in the shop's order, as an import would have brought it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVarTuple, Unpack

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload

from backend.catalogue.importing.parsed import (
    ParsedCategory,
    ParsedComponent,
    ParsedProduct,
    ParsedVariant,
    Visibility,
)
from backend.catalogue.importing.texts import slug
from backend.catalogue.importing.vocabulary import YES
from backend.catalogue.models import (
    Category,
    Component,
    PriceList,
    PriceListEntry,
    Product,
    ProductLink,
    Review,
    Variant,
)
from backend.catalogue.pricing import OF_PROMOTIONS
from backend.catalogue.read import text_in
from backend.catalogue.visibility import Showable, is_shown
from backend.config import LANGUAGES

BATCH = 100
MOST_PARAMETERS = 10_000
"""In one statement; PostgreSQL takes 32,767."""
FILE = "products.csv"
ROW = 0
"""No row: what is stored came from none."""

Columns = TypeVarTuple("Columns")

StockReader = Callable[[AsyncSession, Sequence[str]], Awaitable[dict[str, dict[str, int]]]]
"""By variant and source code (or a column of levels), so many units; stock lives in a higher domain."""


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


async def stored_vocabulary(session: AsyncSession) -> AsyncIterator[tuple[list[Any], list[Any], int]]:
    """The options and the attributes of each product, and up to which picture they are not all described alike."""
    statement = select(Product.options, Product.attributes, Product.pictures)
    rows = await session.stream(_in_order(session, statement).execution_options(yield_per=BATCH))
    async for row in rows:
        yield _options(row.options), _attributes(row.attributes), _described(row.pictures)


async def stored_products(
    session: AsyncSession,
    stock: StockReader,
    levels: StockReader | None = None,
    *,
    with_hidden: bool = False,
) -> AsyncIterator[ParsedProduct]:
    """The hidden ones are those that a shop prepares or has withdrawn."""
    categories = {row.id: row.code for row in await session.execute(select(Category.id, Category.code))}
    ids = await session.stream_scalars(
        _in_order(session, select(Product.id), with_hidden=with_hidden).execution_options(yield_per=BATCH)
    )
    async for batch in ids.partitions():
        found = await session.scalars(
            select(Product)
            .where(Product.id.in_(batch))
            .options(
                selectinload(Product.variants).options(
                    selectinload(Variant.prices),
                    selectinload(Variant.components).selectinload(Component.part),
                )
            )
        )
        products = {product.id: product for product in found}
        variants = [variant.id for product in products.values() for variant in product.variants]
        counted: dict[str, dict[str, int]] = {}
        levelled: dict[str, dict[str, int]] = {}
        for start in range(0, len(variants), MOST_PARAMETERS):
            some = variants[start : start + MOST_PARAMETERS]
            counted |= await stock(session, some)
            levelled |= await levels(session, some) if levels else {}
        for product_id in batch:
            yield _product(products[product_id], categories, counted, levelled)


async def stored_links(session: AsyncSession) -> AsyncIterator[tuple[str, str, str]]:
    """Product, kind and linked product, both for sale; each kind in its order."""
    linked = aliased(Product)
    statement = (
        select(Product.handle, ProductLink.kind, linked.handle)
        .join(ProductLink, ProductLink.product_id == Product.id)
        .join(linked, linked.id == ProductLink.linked_id)
        .where(_is_exported(linked))
    )
    ordered = _in_order(session, statement).order_by(ProductLink.position)
    async for row in await session.stream(ordered.execution_options(yield_per=BATCH)):
        yield row[0], row[1], row[2]


async def stored_price_lists(session: AsyncSession) -> list[PriceList]:
    """But for those that promotions keep."""
    lists = await session.scalars(select(PriceList).where(_is_own()))
    return sorted(lists, key=lambda price_list: price_list.code)


def _is_own() -> ColumnElement[bool]:
    return ~PriceList.code.startswith(OF_PROMOTIONS, autoescape=True)


async def stored_entries(session: AsyncSession) -> AsyncIterator[tuple[str, str, int, int]]:
    """The code of the list, SKU, minimum quantity and amount of each entry of what is for sale."""
    statement = (
        select(PriceList.code, Variant.sku, PriceListEntry.minimum_quantity, PriceListEntry.amount)
        .select_from(Product)
        .join(Product.variants)
        .join(PriceListEntry, PriceListEntry.variant_id == Variant.id)
        .join(PriceList, PriceList.id == PriceListEntry.price_list_id)
        .where(Variant.is_visible.is_(True), _is_own())
    )
    collation = _collation(session)
    ordered = _in_order(session, statement).order_by(
        Variant.position,
        Variant.sku.collate(collation),
        PriceList.code.collate(collation),
        PriceListEntry.minimum_quantity,
    )
    async for row in await session.stream(ordered.execution_options(yield_per=BATCH)):
        yield row[0], row[1], row[2], row[3]


async def stored_sales(session: AsyncSession, currency: str) -> dict[str, int]:
    """By SKU, the lowest amount that everybody has always, for one."""
    rows = await session.execute(
        select(Variant.sku, func.min(PriceListEntry.amount))
        .join(PriceListEntry, PriceListEntry.variant_id == Variant.id)
        .join(PriceList, PriceList.id == PriceListEntry.price_list_id)
        .where(
            PriceList.currency == currency,
            PriceList.customer_group.is_(None),
            PriceList.starts_at.is_(None),
            PriceList.ends_at.is_(None),
            PriceListEntry.minimum_quantity == 1,
        )
        .group_by(Variant.sku)
    )
    return dict(rows.all())


async def stored_reviews(session: AsyncSession) -> AsyncIterator[tuple[str, Review]]:
    """Each with its product, in the order in which they were written."""
    statement = select(Product.handle, Review).join(Review, Review.product_id == Product.id)
    ordered = _in_order(session, statement).order_by(Review.created_at, Review.code)
    async for row in await session.stream(ordered.execution_options(yield_per=BATCH)):
        yield row[0], row[1]


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


async def withheld(session: AsyncSession) -> set[str]:
    """The products that are not seen on the website at this moment, or not with all their variants."""
    is_seen = and_(*is_shown(session, Product, Variant))
    statement = select(Product.handle).join(Product.variants).where(Variant.is_visible.is_(True), ~is_seen)
    return set(await session.scalars(statement))


def _is_exported(product: type[Product] = Product, *, with_hidden: bool = False) -> ColumnElement[bool]:
    has_variants = product.variants.any(Variant.is_visible.is_(True))
    return has_variants if with_hidden else product.is_visible.is_(True) & has_variants


def _in_order(
    session: AsyncSession, statement: Select[Unpack[Columns]], *, with_hidden: bool = False
) -> Select[Unpack[Columns]]:
    return statement.where(_is_exported(with_hidden=with_hidden)).order_by(
        Product.position, Product.handle.collate(_collation(session))
    )


def _collation(session: AsyncSession) -> str:
    """Whatever the language of the database sorts by: the files must not depend on it."""
    return "C" if session.get_bind().dialect.name == "postgresql" else "BINARY"


def _product(
    product: Product,
    categories: dict[str, str],
    counted: dict[str, dict[str, int]],
    levelled: dict[str, dict[str, int]],
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
            _variant(variant, counted.get(variant.id, {}), levelled.get(variant.id, {}))
            for variant in sorted(product.variants, key=lambda variant: (variant.position, variant.sku))
            if variant.is_visible
        ],
        visibility=_visibility(product),
    )


def _variant(variant: Variant, counted: dict[str, int], levels: dict[str, int]) -> ParsedVariant:
    return ParsedVariant(
        row=ROW,
        sku=variant.sku,
        options=variant.options,
        prices={}
        if variant.is_priced_by_parts
        else {price.currency: price.amount for price in variant.prices},
        stock=counted if variant.kind == "stocked" else {},
        levels=levels if variant.kind == "stocked" else {},
        picture=variant.picture,
        weight_grams=variant.weight_grams,
        visibility=_visibility(variant),
        kind=variant.kind,
        components=[
            ParsedComponent(component.part.sku, component.quantity) for component in variant.components
        ],
        files=variant.files,
    )


def _visibility(row: Showable) -> Visibility:
    return Visibility(**{column: getattr(row, column) for column in Visibility.__struct_fields__})


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
    if "value_code" in attribute or "number" in attribute or is_free:
        return attribute
    return attribute | {"value_code": slug(text) or "value"}


def _described(pictures: list[dict[str, Any]]) -> int:
    differing = [
        number for number, picture in enumerate(pictures, start=1) if picture["alt"] != pictures[0]["alt"]
    ]
    return max(differing, default=0)


def _words(named: dict[str, Any]) -> dict[str, Any]:
    words = {language: list(filter(None, said)) for language, said in named.get("synonyms", {}).items()}
    return {"synonyms": {language: said for language, said in words.items() if said}}
