"""What costs something else, is sold out or is there again since a moment, without an import: a job tells the search
of it, and until that has run it can be asked here."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import MOST_CHANGES, in_batches, tell
from backend.catalogue.models import Component, Variant
from backend.catalogue.pricing import priced_by
from backend.db import now
from backend.jobs import Job

PRICES, STOCK = "price_list_turns", "stock_turned"


async def turned(session: AsyncSession, kind: str, payload: dict[str, Any]) -> set[str]:
    """The row ids of the products that such a job is about."""
    if kind == PRICES:
        return await of_prices(session, await priced_by(session, payload["price_list"]))
    return await of_stock(session, payload["variants"])


async def untold(session: AsyncSession) -> dict[str, Job]:
    """By its id, each such job that is due or at work."""
    waiting = select(Job).where(Job.is_done.is_(False), Job.kind.in_((PRICES, STOCK)))
    due = waiting.where(or_(Job.run_at <= now(session), Job.attempts > 0))
    return {job.id: job for job in await session.scalars(due)}


async def tell_stock(session: AsyncSession, variant_ids: Collection[str]) -> None:
    """That the last of these went, or the first came."""
    await tell(session, await of_stock(session, variant_ids))


async def tell_prices(session: AsyncSession, variant_ids: Collection[str]) -> None:
    """That these cost something else now."""
    await tell(session, await of_prices(session, variant_ids))


async def of_stock(session: AsyncSession, variant_ids: Collection[str]) -> set[str]:
    """The products of these variants, and of what is made of them."""
    products: set[str] = set()
    for some in in_batches(variant_ids, MOST_CHANGES):
        composed = select(Component.variant_id).where(Component.part_id.in_(some))
        counted = or_(Variant.id.in_(some), Variant.id.in_(composed))
        products.update(await session.scalars(select(Variant.product_id).where(counted)))
    return products


async def of_prices(session: AsyncSession, variant_ids: Collection[str]) -> set[str]:
    """The products of these variants, and of what costs the sum of its parts."""
    products: set[str] = set()
    for some in in_batches(variant_ids, MOST_CHANGES):
        composed = select(Component.variant_id).where(Component.part_id.in_(some))
        priced = or_(Variant.id.in_(some), and_(Variant.id.in_(composed), Variant.is_priced_by_parts))
        products.update(await session.scalars(select(Variant.product_id).where(priced)))
    return products
