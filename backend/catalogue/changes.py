"""What the search has to read anew: the products that changed after a version of the catalogue, or all of them; and
how it comes to know of it."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.documents import Described
from backend.catalogue.models import CatalogueVersion, Category, Component, Price, Product, Variant
from backend.catalogue.pricing import terms_of_anybody, unit_price
from backend.config import CURRENCIES
from backend.db import insert_into

AT_ONCE = 100
"""Products read in one go, few enough that requests do not wait for them."""
MOST_CHANGES = 500
"""Followed in one step, so that what changed first is found while an import goes on."""


T = TypeVar("T")


class Latest(NamedTuple):
    """Versions of the catalogue: now, and when what all products are found by last changed."""

    catalogue: str
    number: int
    categories: int


async def latest_version(session: AsyncSession) -> Latest:
    known = select(CatalogueVersion.id, CatalogueVersion.number, CatalogueVersion.categories)
    row = (await session.execute(known)).one_or_none()
    return Latest(*row) if row else Latest("", 0, 0)


async def version_after(session: AsyncSession, since: int, latest: int) -> int:
    """The version up to which about `MOST_CHANGES` products have changed."""
    later = select(Product.catalogue_version).where(Product.catalogue_version > since)
    later = later.order_by(Product.catalogue_version).offset(MOST_CHANGES).limit(1)
    found = await session.scalar(later)
    return latest if found is None else found


async def everything(session: AsyncSession, gone_since: int) -> AsyncIterator[list[Described]]:
    """All that is visible, and as `is_gone` what went after that version; `AT_ONCE` at a time."""
    wanted = _products().where(or_(Product.is_visible.is_(True), Product.catalogue_version > gone_since))
    async for page in _read(session, wanted):
        yield page


async def changed(session: AsyncSession, since: int, upto: int) -> list[Described]:
    """What changed after `since` and not after `upto`."""
    wanted = _products().where(Product.catalogue_version > since, Product.catalogue_version <= upto)
    return [product async for page in _read(session, wanted) for product in page]


def in_batches(parts: Iterable[T], most: int) -> Iterator[list[T]]:
    remaining = iter(parts)
    while batch := list(islice(remaining, most)):
        yield batch


async def next_version(session: AsyncSession) -> int:
    first = insert_into(session, CatalogueVersion).values(number=1)
    next_one = first.on_conflict_do_update(
        index_elements=["shop"], set_={"number": CatalogueVersion.number + 1}
    )
    number: int = (await session.execute(next_one.returning(CatalogueVersion.number))).scalar_one()
    return number


async def tell_prices(session: AsyncSession, variant_ids: Collection[str]) -> None:
    """That these cost something else now, and with them what costs the sum of its parts. Many are told in several
    versions, so that a running shop follows them step by step; last in its transaction, as an import does it."""
    products: set[str] = set()
    for some in in_batches(variant_ids, MOST_CHANGES):
        composed = select(Component.variant_id).where(Component.part_id.in_(some))
        priced = or_(Variant.id.in_(some), and_(Variant.id.in_(composed), Variant.is_priced_by_parts))
        products.update(await session.scalars(select(Variant.product_id).where(priced)))
    for some in in_batches(sorted(products), MOST_CHANGES):
        locked = select(Product.id).where(Product.id.in_(some)).order_by(Product.id).with_for_update()
        await session.execute(locked)
    for some in in_batches(sorted(products), MOST_CHANGES):
        changed = update(Product).where(Product.id.in_(some))
        await session.execute(changed.values(catalogue_version=await next_version(session)))


def _products() -> Select[Any]:
    return select(
        Product.id,
        Product.handle,
        Product.brand,
        Product.name,
        Product.description,
        Product.keywords,
        Product.options,
        Product.attributes,
        Product.category_id,
        Product.is_visible,
        Product.catalogue_version,
    )


async def _read(session: AsyncSession, products: Select[Any]) -> AsyncIterator[list[Described]]:
    categories = {category.id: category for category in await session.scalars(select(Category))}
    rows = await session.stream(products.execution_options(yield_per=AT_ONCE))
    async for page in rows.partitions():
        prices = await _prices(session, [row.id for row in page])
        yield [_described(row, prices.get(row.id, {}), categories) for row in page]


def _described(
    row: Row[Any], prices: dict[str, tuple[int, int]], categories: dict[str, Category]
) -> Described:
    ancestry = _ancestry(row.category_id, categories)
    return Described(
        handle=row.handle,
        brand=row.brand,
        name=row.name,
        description=row.description,
        keywords=row.keywords,
        options=row.options,
        attributes=row.attributes,
        category=[category.name for category in ancestry],
        category_codes=[category.code for category in ancestry],
        prices=prices,
        version=row.catalogue_version,
        is_gone=not row.is_visible,
    )


async def _prices(session: AsyncSession, products: Sequence[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """Of each product by currency, the lowest that anybody has now, and the highest: what is within a customer's
    bounds is within these, and the database decides (`read.offers`)."""
    prices: dict[str, dict[str, tuple[int, int]]] = {}
    for currency in CURRENCIES:
        terms = await terms_of_anybody(session, currency)
        rows = await session.execute(
            select(Variant.product_id, func.min(unit_price(terms)), func.max(Price.amount))
            .join(Variant.prices)
            .where(Variant.product_id.in_(products), Variant.is_visible.is_(True), Price.currency == currency)
            .group_by(Variant.product_id)
        )
        for product, low, high in rows:
            prices.setdefault(product, {})[currency] = (low, high)
    return prices


def _ancestry(category_id: str | None, categories: dict[str, Category]) -> list[Category]:
    found = []
    while category_id is not None:
        found.append(categories[category_id])
        category_id = found[-1].parent_id
    return found
