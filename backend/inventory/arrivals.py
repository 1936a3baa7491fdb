"""Units that can be had and could not before: whoever waits for them hears of it by a job."""

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import MOST_CHANGES, in_batches
from backend.catalogue.models import Component
from backend.inventory.models import StockSubscription
from backend.jobs import enqueue

ARRIVED = "stock_arrived"


async def tell_arrived(session: AsyncSession, variant_ids: Collection[str]) -> None:
    """Of these, and so of what is made of them, more can be had; nothing happens where nobody waits."""
    for some in in_batches(sorted(variant_ids), MOST_CHANGES):
        composed = select(Component.variant_id).where(Component.part_id.in_(some))
        meant = or_(StockSubscription.variant_id.in_(some), StockSubscription.variant_id.in_(composed))
        waited_for = select(StockSubscription.variant_id).where(meant).distinct()
        found = sorted(await session.scalars(waited_for))
        if found:
            await enqueue(session, ARRIVED, {"variants": found})
