"""What the search has to read anew: the products that changed after a version of the catalogue, or all of them; and
how it comes to know of it."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import is_whole
from backend.catalogue.documents import Amounts, Described, Sold
from backend.catalogue.models import CatalogueVersion, Category, Price, Product, Variant
from backend.catalogue.pricing import terms_for, terms_of_anybody, unit_price
from backend.catalogue.ratings import UNRATED, Rating, ratings
from backend.catalogue.shelves import Availability
from backend.catalogue.views import Shopper
from backend.catalogue.visibility import shown_in
from backend.config import CURRENCIES, LANGUAGES
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


async def count_changed(session: AsyncSession, since: int, most: int) -> int:
    """The products that changed after that version; counts no further than `most`."""
    later = select(Product.id).where(Product.catalogue_version > since).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(later)) or 0


async def everything(
    session: AsyncSession, gone_since: int, availability: Availability | None = None
) -> AsyncIterator[list[Described]]:
    """All that is visible, and as `is_gone` what went after that version; `AT_ONCE` at a time."""
    wanted = _products().where(or_(Product.is_visible.is_(True), Product.catalogue_version > gone_since))
    async for page in _read(session, wanted, availability):
        yield page


async def changed(
    session: AsyncSession, since: int, upto: int, availability: Availability | None = None
) -> list[Described]:
    """What changed after `since` and not after `upto`."""
    wanted = _products().where(Product.catalogue_version > since, Product.catalogue_version <= upto)
    return [product async for page in _read(session, wanted, availability) for product in page]


async def those(
    session: AsyncSession, product_ids: Collection[str], availability: Availability | None = None
) -> list[Described]:
    """The products of these row ids, as they are now."""
    wanted = _products().where(Product.id.in_(product_ids))
    return [product async for page in _read(session, wanted, availability) for product in page]


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


async def tell(session: AsyncSession, product_ids: Collection[str]) -> None:
    """That these are to be read again. Many are told in several versions, so that a running shop follows them step by
    step; last in its transaction, as an import does it."""
    for some in in_batches(sorted(product_ids), MOST_CHANGES):
        locked = select(Product.id).where(Product.id.in_(some)).order_by(Product.id).with_for_update()
        await session.execute(locked)
    for some in in_batches(sorted(product_ids), MOST_CHANGES):
        changed = update(Product).where(Product.id.in_(some))
        await session.execute(changed.values(versions(await next_version(session))))


def versions(number: int) -> dict[str, Any]:
    """What a product that changed at this version says of it."""
    came = case((Product.first_version == 0, number), else_=Product.first_version)
    return {"catalogue_version": number, "first_version": came}


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
        Product.position,
        Product.is_visible,
        Product.visible_from,
        Product.visible_until,
        Product.channels,
        Product.catalogue_version,
        Product.first_version,
    )


async def _read(
    session: AsyncSession, products: Select[Any], availability: Availability | None
) -> AsyncIterator[list[Described]]:
    categories = {category.id: category for category in await session.scalars(select(Category))}
    rows = await session.stream(products.execution_options(yield_per=AT_ONCE))
    async for page in rows.partitions():
        read = [row.id for row in page]
        rated = await ratings(session, read)
        sold = await _sold(session, {row.id: row for row in page}, availability)
        yield [_described(row, sold.get(row.id, []), rated.get(row.id, UNRATED), categories) for row in page]


def _described(row: Row[Any], sold: list[Sold], rating: Rating, categories: dict[str, Category]) -> Described:
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
        sold=sold,
        position=row.position,
        rating=rating,
        version=row.catalogue_version,
        first_version=row.first_version,
        is_gone=not row.is_visible,
    )


async def _sold(
    session: AsyncSession, products: dict[str, Row[Any]], availability: Availability | None
) -> dict[str, list[Sold]]:
    """By product the variants that are for sale, now or at another time or place; without `availability` there are
    some of each."""
    shown = (Variant.product_id.in_(products), Variant.is_visible.is_(True), is_whole())
    columns = (Variant.visible_from, Variant.visible_until, Variant.channels)
    rows = await session.execute(
        select(Variant.id, Variant.product_id, Variant.options, *columns).where(*shown)
    )
    variants = rows.all()
    prices = await _prices(session, list(products))
    units = await availability(session, [row.id for row in variants]) if availability else {}
    sold: dict[str, list[Sold]] = {}
    for row in variants:
        if row.id not in prices:
            continue
        one = Sold(
            row.options,
            prices[row.id],
            shown_in(row, products[row.product_id]),
            is_in_stock=not availability or units[row.id] > 0,
        )
        sold.setdefault(row.product_id, []).append(one)
    return sold


async def _prices(session: AsyncSession, products: Sequence[str]) -> dict[str, dict[str, Amounts]]:
    """By variant and currency."""
    prices: dict[str, dict[str, Amounts]] = {}
    for currency in CURRENCIES:
        own = unit_price(await terms_for(session, Shopper(LANGUAGES[0], currency)))
        lowest = unit_price(await terms_of_anybody(session, currency))
        rows = await session.execute(
            select(Variant.id, own, lowest, Price.amount)
            .join(Variant.prices)
            .where(Variant.product_id.in_(products), Price.currency == currency)
        )
        for variant, *amounts in rows:
            prices.setdefault(variant, {})[currency] = Amounts(*amounts)
    return prices


def _ancestry(category_id: str | None, categories: dict[str, Category]) -> list[Category]:
    ancestry = []
    while category_id is not None:
        ancestry.append(categories[category_id])
        category_id = ancestry[-1].parent_id
    return ancestry
