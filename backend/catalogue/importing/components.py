"""Storing what bundles and groups consist of, once all the variants of their product are there."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.components import set_prices, sums
from backend.catalogue.importing.parsed import ParsedVariant
from backend.catalogue.models import COMPOSED, GIFT_CARD, Component, Product, Variant


class Refused(Exception):
    """The product cannot be stored: which row and column say it, and why."""

    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


async def store_components(session: AsyncSession, product: Product, parsed: list[ParsedVariant]) -> bool:
    """Whether that changed anything. Components and prices of the variants are loaded. Raises Refused."""
    variants = {variant.sku: variant for variant in product.variants}
    is_changed = False
    for wanted in parsed:
        if wanted.components or variants[wanted.sku].components:
            await session.flush()
            is_changed |= await _store(session, variants[wanted.sku], wanted)
    return is_changed


async def _store(session: AsyncSession, variant: Variant, wanted: ParsedVariant) -> bool:
    parts = await _parts(session, variant, wanted)
    is_changed = parts != [(component.part_id, component.quantity) for component in variant.components]
    if is_changed:
        variant.components.clear()
        await session.flush()  # the old ones go before the new ones have their places
        variant.components.extend(
            Component(part_id=part_id, quantity=quantity, position=position)
            for position, (part_id, quantity) in enumerate(parts)
        )
        await session.flush()
    if not wanted.components:
        return is_changed
    prices = wanted.prices or await sums(session, variant.id)
    if not prices:
        message = "The components have no price in the same currency, or together cost too much."
        raise Refused(wanted.row, "components", message)
    return await set_prices(session, variant, prices) or is_changed


async def _parts(session: AsyncSession, variant: Variant, wanted: ParsedVariant) -> list[tuple[str, int]]:
    """The ids of the parts and how many of each."""
    skus = [component.sku for component in wanted.components]
    rows = await session.execute(select(Variant.sku, Variant.id, Variant.kind).where(Variant.sku.in_(skus)))
    found = {sku: (part_id, kind) for sku, part_id, kind in rows}
    for sku in skus:
        if sku not in found:
            raise Refused(
                wanted.row,
                "components",
                f"{sku!r} is not a variant of the shop: import it, or name another.",
            )
        if found[sku][1] == GIFT_CARD and variant.kind == "bundle":
            raise Refused(wanted.row, "components", f"{sku!r} is a gift card, which is sold by itself.")
        if found[sku][1] in COMPOSED:
            raise Refused(wanted.row, "components", f"{sku!r} has components itself: name these.")
    is_part = select(Component.id).where(Component.part_id == variant.id).limit(1)
    if skus and await session.scalar(is_part):
        message = f"{variant.sku!r} is itself in a bundle or a group, and cannot have components."
        raise Refused(wanted.row, "components", message)
    return [(found[component.sku][0], component.quantity) for component in wanted.components]
