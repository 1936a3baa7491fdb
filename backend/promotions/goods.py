"""What promotions ask of what is sold: where it stands in the catalogue and what it is like."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Category, Product, Variant


class Facts(msgspec.Struct, frozen=True):
    """Of a variant; see `basket.Line`."""

    product: str
    categories: frozenset[str]
    brand: str
    attributes: Mapping[str, frozenset[str]]


async def facts_of(session: AsyncSession, variant_ids: Collection[str]) -> dict[str, Facts]:
    """By the variant's row id."""
    categories = {category.id: category for category in await session.scalars(select(Category))}
    rows = await session.execute(
        select(
            Variant.id,
            Variant.options,
            Product.handle,
            Product.category_id,
            Product.brand,
            Product.attributes,
        )
        .join(Variant.product)
        .where(Variant.id.in_(variant_ids))
    )
    return {
        variant_id: Facts(
            product=handle,
            categories=frozenset(_ancestry(category_id, categories)),
            brand=brand,
            attributes=_values(attributes) | {code: frozenset({value}) for code, value in options.items()},
        )
        for variant_id, options, handle, category_id, brand, attributes in rows
    }


def _ancestry(category_id: str | None, categories: Mapping[str, Category]) -> list[str]:
    codes = []
    while category_id is not None:
        codes.append(categories[category_id].code)
        category_id = categories[category_id].parent_id
    return codes


def _values(attributes: list[dict[str, object]]) -> dict[str, frozenset[str]]:
    """Each by its code, and by what it is called in any language."""
    found = {}
    for attribute in attributes:
        names = attribute.get("value")
        values = list(names.values()) if isinstance(names, dict) else []
        values += [attribute["value_code"]] if attribute.get("value_code") else []
        found[str(attribute["code"])] = frozenset(str(value).casefold() for value in values)
    return found
