"""On which terms staff let something be ordered before it is there."""

import re
from collections.abc import Collection, Sequence
from datetime import date

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Variant
from backend.catalogue.read import VariantNotFound
from backend.db import insert_into, rows_changed
from backend.errors import Invalid, VersionIsStale
from backend.inventory.models import BackorderTerms

KINDS = ("backorder", "preorder")
VERSION = re.compile("[0-9]{1,9}")


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
        await _store(session, variants[row.sku], row)
    return len(changed)


class Versioned(msgspec.Struct, frozen=True):
    """`promised` units are waited for. What was never said has the version 0."""

    terms: Terms
    promised: int
    version: int


async def find_terms(session: AsyncSession, sku: str) -> Versioned:
    """Raises VariantNotFound."""
    variant_id = await _variant_id(session, sku)
    terms = await session.scalar(select(BackorderTerms).filter_by(variant_id=variant_id))
    return Versioned(_read(sku, terms), terms.promised, terms.version) if terms else _never_said(sku)


async def change_terms(session: AsyncSession, row: Terms, seen: str) -> Versioned:
    """Only of the version that was `seen`. Raises VariantNotFound, InvalidTerms, VersionIsStale."""
    _refuse_unsound(row)
    variant_id = await _variant_id(session, row.sku)
    if not VERSION.fullmatch(seen) or not await _store(session, variant_id, row, int(seen)):
        raise VersionIsStale
    return await find_terms(session, row.sku)


async def _variant_id(session: AsyncSession, sku: str) -> str:
    found = await session.scalar(select(Variant.id).filter_by(sku=sku))
    if found is None:
        raise VariantNotFound(f"No variant has the SKU {sku!r}.", sku=sku)
    return found


async def _store(session: AsyncSession, variant_id: str, row: Terms, seen: int | None = None) -> bool:
    """One guarded statement: whether it is still the version that was `seen`, if any was."""
    values = {
        "is_preorder": row.is_preorder,
        "most": row.limit,
        "ships_on": row.ships_on,
        "lead_days": row.lead_days,
    }
    if seen:
        kept = update(BackorderTerms).where(
            BackorderTerms.variant_id == variant_id, BackorderTerms.version == seen
        )
        return bool(await rows_changed(session, kept.values(**values, version=seen + 1)))
    new = insert_into(session, BackorderTerms).values(variant_id=variant_id, promised=0, version=1, **values)
    if seen == 0:
        return await session.scalar(new.on_conflict_do_nothing().returning(BackorderTerms.id)) is not None
    newer = values | {"version": BackorderTerms.version + 1}
    await session.execute(new.on_conflict_do_update(index_elements=["variant_id"], set_=newer))
    return True


async def all_terms(session: AsyncSession, skus: Collection[str] | None = None) -> list[Terms]:
    """In the order of SKUs."""
    query = select(BackorderTerms, Variant.sku).join(Variant, Variant.id == BackorderTerms.variant_id)
    if skus is not None:
        query = query.where(Variant.sku.in_(skus))
    rows = (await session.execute(query.execution_options(populate_existing=True))).all()
    return sorted((_read(sku, terms) for terms, sku in rows), key=lambda terms: terms.sku)


def _read(sku: str, terms: BackorderTerms) -> Terms:
    return Terms(sku, KINDS[terms.is_preorder], terms.most, terms.ships_on, terms.lead_days)


def _never_said(sku: str) -> Versioned:
    return Versioned(Terms(sku, KINDS[0], 0), 0, 0)


def _refuse_unsound(row: Terms) -> None:
    has_day = row.ships_on is not None or (row.lead_days is not None and not row.is_preorder)
    if row.limit and not has_day:
        raise InvalidTerms(sku=row.sku)
