"""What one unit of a variant costs: the lowest of its base price and of all entries of price lists that apply.

A list applies by its currency, by its customer group and from `starts_at` until just before `ends_at`; an entry from
its minimum quantity on. What costs the sum of its parts has the parts' own prices, for as many as are in all of it.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.functions import GenericFunction

from backend.catalogue.models import Component, Price, PriceList, PriceListEntry, Variant
from backend.catalogue.views import QuantityPrice, Shopper
from backend.db import now
from backend.money import Money

OF_PROMOTIONS = "promotion:"
"""So the codes of price lists begin that a promotion keeps; no file names them."""

Quantity = int | ColumnElement[int]


class Terms(msgspec.Struct, frozen=True):
    """Of a moment: the currency, and the row ids of the price lists that apply."""

    currency: str
    lists: list[str]


class least(GenericFunction[int]):
    """SQL's own: the lowest of its arguments, none of which is null."""

    type = Integer()
    inherit_cache = True


@compiles(least, "sqlite")
def _least(function: least, compiler: Any, **options: Any) -> str:
    return f"min({compiler.process(function.clauses, **options)})"


async def terms_for(session: AsyncSession, shopper: Shopper) -> Terms:
    group = PriceList.customer_group
    is_theirs = group.is_(None) if shopper.group is None else or_(group.is_(None), group == shopper.group)
    return await _terms(session, shopper.currency, is_theirs)


async def terms_of_anybody(session: AsyncSession, currency: str) -> Terms:
    """The lists of all groups: nobody has lower prices."""
    return await _terms(session, currency)


def unit_price(terms: Terms, quantity: Quantity = 1) -> ColumnElement[int]:
    """Of a row of `Variant`, joined to its `Price` in this currency."""
    if not terms.lists:
        return Price.amount.expression
    own = _lowered(Price.amount, terms, Variant.id, quantity)
    return case((Variant.is_priced_by_parts, least(own, _sum_of_parts(terms, quantity))), else_=own)


def by_variant(quantities: Mapping[str, int]) -> Quantity:
    """How many of each variant are taken, by its row id; one of all others."""
    return case(dict(quantities), value=Variant.id, else_=1) if quantities else 1


async def quantity_prices(
    session: AsyncSession, terms: Terms, variant_ids: Collection[str]
) -> dict[str, list[QuantityPrice]]:
    """By variant's row id, the quantities from which on a unit costs less than before."""
    if not terms.lists:
        return {}
    steps = _steps(terms, variant_ids).subquery()
    rows = await session.execute(
        select(Variant.id, steps.c.quantity, unit_price(terms, steps.c.quantity))
        .join(steps, steps.c.variant_id == Variant.id)
        .join(Price, and_(Price.variant_id == Variant.id, Price.currency == terms.currency))
        .order_by(Variant.id, steps.c.quantity)
    )
    prices: dict[str, list[QuantityPrice]] = {}
    for variant_id, quantity, amount in rows:
        known = prices.setdefault(variant_id, [])
        if not known or amount < known[-1].price.amount:
            known.append(QuantityPrice(quantity, Money(amount, terms.currency)))
    return {variant_id: known[1:] for variant_id, known in prices.items()}


async def priced_by(session: AsyncSession, price_list_id: str) -> set[str]:
    """The row ids of its variants."""
    entries = select(PriceListEntry.variant_id).where(PriceListEntry.price_list_id == price_list_id)
    return set(await session.scalars(entries))


async def usual_currency(session: AsyncSession) -> str | None:
    """The one in which most variants have a price."""
    counted = select(Price.currency).group_by(Price.currency).order_by(func.count().desc(), Price.currency)
    return await session.scalar(counted.limit(1))


async def _terms(session: AsyncSession, currency: str, *conditions: ColumnElement[bool]) -> Terms:
    at = now(session)
    applying = select(PriceList.id).where(
        PriceList.currency == currency,
        or_(PriceList.starts_at.is_(None), PriceList.starts_at <= at),
        or_(PriceList.ends_at.is_(None), PriceList.ends_at > at),
        *conditions,
    )
    return Terms(currency, list(await session.scalars(applying)))


def _lowered(
    base: InstrumentedAttribute[int], terms: Terms, variant_id: InstrumentedAttribute[str], quantity: Quantity
) -> ColumnElement[int]:
    listed = (
        select(func.min(PriceListEntry.amount))
        .where(
            PriceListEntry.variant_id == variant_id,
            PriceListEntry.price_list_id.in_(terms.lists),
            PriceListEntry.minimum_quantity <= quantity,
        )
        .correlate_except(PriceListEntry)
        .scalar_subquery()
    )
    return least(base, func.coalesce(listed, base))


def _sum_of_parts(terms: Terms, quantity: Quantity) -> ColumnElement[int]:
    price = aliased(Price)
    each = _lowered(price.amount, terms, Component.part_id, Component.quantity * quantity)
    return (
        select(func.sum(Component.quantity * each))
        .join(price, and_(price.variant_id == Component.part_id, price.currency == terms.currency))
        .where(Component.variant_id == Variant.id)
        .correlate_except(Component, price)
        .scalar_subquery()
    )


def _steps(terms: Terms, variant_ids: Collection[str]) -> Any:
    """One, and each quantity from which on an entry applies to the variant or to a part that it costs the sum of."""
    one = select(Variant.id.label("variant_id"), literal(1).label("quantity"))
    own = select(PriceListEntry.variant_id, PriceListEntry.minimum_quantity)
    rounded_up = (PriceListEntry.minimum_quantity + Component.quantity - 1) // Component.quantity
    of_parts = (
        select(Component.variant_id, rounded_up)
        .join(PriceListEntry, PriceListEntry.variant_id == Component.part_id)
        .join(Variant, and_(Variant.id == Component.variant_id, Variant.is_priced_by_parts))
    )
    in_lists = PriceListEntry.price_list_id.in_(terms.lists)
    return union(
        one.where(Variant.id.in_(variant_ids)),
        own.where(PriceListEntry.variant_id.in_(variant_ids), in_lists),
        of_parts.where(Component.variant_id.in_(variant_ids), in_lists),
    )
