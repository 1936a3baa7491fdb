"""Which tax class things are in, by where they stand among the categories."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Category, Product, Variant


async def tax_classes(
    session: AsyncSession, skus: Collection[str], classes: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """By SKU, where it is in one of the `classes` (categories by class); the nearest category that is named wins."""
    if not classes:
        return {}
    of_category = {code: name for name, codes in classes.items() for code in codes}
    rows = await session.execute(select(Category.id, Category.code, Category.parent_id))
    tree = {row.id: (row.code, row.parent_id) for row in rows}
    found = await session.execute(
        select(Variant.sku, Product.category_id).join(Variant.product).where(Variant.sku.in_(skus))
    )
    return {sku: name for sku, category in found if (name := _class(category, tree, of_category))}


def _class(
    category: str | None, tree: Mapping[str, tuple[str, str | None]], of_category: Mapping[str, str]
) -> str | None:
    while category and category in tree:
        code, category = tree[category]
        if code in of_category:
            return of_category[code]
    return None
