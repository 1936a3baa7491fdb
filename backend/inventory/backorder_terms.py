"""On which terms staff let something be ordered before it is there."""

from collections.abc import Collection, Sequence
from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Variant
from backend.catalogue.read import VariantNotFound
from backend.db import insert_into
from backend.errors import Invalid
from backend.inventory.models import BackorderTerms

KINDS = ("backorder", "preorder")


class InvalidTerms(Invalid):
    """A preorder needs the day on which it comes out; a backorder a day, or how many days it takes."""

    code = "invalid_backorder_terms"


class Terms(msgspec.Struct, frozen=True):
    """A row of `backorders.csv`. A `limit` of 0 ends it: who has ordered is served, nobody else may order."""

    sku: str
    kind: str
    limit: int
    ships_on: date | None = None
    lead_days: int | None = None

    @property
    def is_preorder(self) -> bool:
        return self.kind == "preorder"


async def set_terms(session: AsyncSession, rows: Sequence[Terms]) -> int:
    """How many have changed; what is promised already stays promised. Raises VariantNotFound, InvalidTerms."""
    stored = {one.sku: one for one in await all_terms(session, [row.sku for row in rows])}
    changed = [row for row in rows if stored.get(row.sku) != row]
    skus = [row.sku for row in changed]
    found = await session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(skus)))
    variants = dict(found.all())
    for row in changed:
        _refuse_unsound(row)
        if row.sku not in variants:
            raise VariantNotFound(f"No variant has the SKU {row.sku!r}.", sku=row.sku)
        values = {
            "is_preorder": row.is_preorder,
            "most": row.limit,
            "ships_on": row.ships_on,
            "lead_days": row.lead_days,
        }
        terms = insert_into(session, BackorderTerms).values(
            variant_id=variants[row.sku], promised=0, **values
        )
        await session.execute(terms.on_conflict_do_update(index_elements=["variant_id"], set_=values))
    return len(changed)


async def all_terms(session: AsyncSession, skus: Collection[str] | None = None) -> list[Terms]:
    """In the order of SKUs."""
    query = select(BackorderTerms, Variant.sku).join(Variant, Variant.id == BackorderTerms.variant_id)
    if skus is not None:
        query = query.where(Variant.sku.in_(skus))
    rows = (await session.execute(query.execution_options(populate_existing=True))).all()
    found = [
        Terms(sku, KINDS[terms.is_preorder], terms.most, terms.ships_on, terms.lead_days)
        for terms, sku in rows
    ]
    return sorted(found, key=lambda terms: terms.sku)


def _refuse_unsound(row: Terms) -> None:
    has_day = row.ships_on is not None or (row.lead_days is not None and not row.is_preorder)
    if row.limit and not has_day:
        raise InvalidTerms(sku=row.sku)
