"""What things weigh, where that decides what their delivery costs."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.catalogue.models import Component, Variant


async def weigh(session: AsyncSession, quantities: Mapping[str, int]) -> int:
    """In grams, so many of each SKU. A bundle without a weight of its own weighs what its parts do; what is
    downloaded weighs nothing."""
    part = aliased(Variant)
    of_parts = (
        select(func.coalesce(func.sum(Component.quantity * part.weight_grams), 0))
        .join(part, part.id == Component.part_id)
        .where(Component.variant_id == Variant.id, part.kind != "digital")
        .correlate(Variant)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Variant.sku, Variant.weight_grams, of_parts).where(
            Variant.sku.in_(quantities), Variant.kind != "digital"
        )
    )
    return sum((own or parts) * quantities[sku] for sku, own, parts in rows)
