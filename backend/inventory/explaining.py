"""For staff: where something lies, who waits for it, and what an order of it would be sent from."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import stocked_parts
from backend.catalogue.models import Variant
from backend.catalogue.read import VariantNotFound
from backend.inventory.backorder_terms import all_terms
from backend.inventory.choosing import chosen
from backend.inventory.levels import levels
from backend.inventory.models import Backorder, BackorderTerms, Source
from backend.inventory.nearness import Destination, distance_km
from backend.inventory.service import locked_shelves
from backend.shop import shop_of


async def explained(session: AsyncSession, skus: Sequence[str], destination: Destination | None) -> list[str]:
    """Lines to print. Raises VariantNotFound."""
    lines = []
    ids: dict[str, str] = {}
    for sku in skus:
        variant_id = await session.scalar(select(Variant.id).filter_by(sku=sku))
        if variant_id is None:
            raise VariantNotFound(f"No variant has the SKU {sku!r}.", sku=sku)
        ids[sku] = variant_id
        lines += [*await _places(session, sku), *await _waited_for(session, sku, variant_id)]
    return [*lines, *await _sources(session, ids, destination)]


async def _places(session: AsyncSession, sku: str) -> list[str]:
    return [
        f"{sku} at {level.source}: {level.available} to be had "
        f"({level.on_hand} on hand, {level.reserved} reserved, {level.threshold} kept back)"
        for level in await levels(session, sku)
    ] or [f"{sku}: counted nowhere"]


async def _waited_for(session: AsyncSession, sku: str, variant_id: str) -> list[str]:
    lines = []
    for terms in await all_terms(session, [sku]):
        promised = await session.scalar(select(BackorderTerms.promised).filter_by(variant_id=variant_id))
        day = f"ships on {terms.ships_on}" if terms.ships_on else f"{terms.lead_days} days after the order"
        lines.append(f"{sku} as {terms.kind}: {promised} of {terms.limit} promised, {day}")
    waiting = select(Backorder).where(
        Backorder.variant_id == variant_id, Backorder.state.in_(("held", "owed"))
    )
    in_order = waiting.order_by(Backorder.owed_since.is_(None), Backorder.owed_since, Backorder.id)
    for backorder in await session.scalars(in_order):
        since = f"paid {backorder.owed_since:%Y-%m-%d %H:%M}" if backorder.owed_since else "not paid yet"
        rest = backorder.quantity - backorder.served
        lines.append(f"  order {backorder.order_id} waits for {rest}, {since}")
    return lines


async def _sources(session: AsyncSession, ids: dict[str, str], destination: Destination | None) -> list[str]:
    """The choice of an order of one of each."""
    parts = await stocked_parts(session, list(ids.values()))
    wanted: dict[str, int] = {}
    for taken in parts.values():
        for part, each in taken.items():
            wanted[part] = wanted.get(part, 0) + each
    known = list(await session.scalars(select(Source).order_by(Source.priority, Source.code)))
    far = {source.code: distance_km(source, destination) for source in known} if destination else None
    by = shop_of(session).source_selection
    ranks = far if by == "distance" else None
    takes = chosen(await locked_shelves(session, wanted), wanted, ranks)
    told = [f"Sources by {by}, the fewest parcels first:"]
    for source in known:
        sends = [f"{quantity} of {shelf.sku}" for shelf, quantity in takes if shelf.source == source.code]
        away = f", about {far[source.code]:.0f} km" if far else ""
        about = f"  {source.code} (priority {source.priority}{away})"
        told.append(f"{about}: sends {', '.join(sends) or 'nothing'}")
    return told
