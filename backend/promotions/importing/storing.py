"""Storing what a reader found: upsert by code. Coupons that the file does not name stay, because orders may have used
them; so do promotions, until somebody stops them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.importing.parsed import RowError
from backend.catalogue.importing.tables import Unusable
from backend.catalogue.models import Category, Product, Variant
from backend.promotions.actions import Gift, terms_of
from backend.promotions.coupons import folded
from backend.promotions.importing.parsed import ParsedCoupon, ParsedPromotion, PromotionReport
from backend.promotions.models import Coupon, Promotion

OF_PROMOTION = (
    "level", "name", "description", "conditions", "applies_to", "priority", "stops_further", "needs_coupon",
    "is_combinable", "is_public", "customer_groups", "starts_at", "ends_at", "is_active",
)  # fmt: skip
OF_COUPON = ("code", "limit_in_all", "limit_per_customer", "is_public", "starts_at", "ends_at")
NAMED: dict[str, tuple[type[Any], Any]] = {
    "category": (Category, Category.code),
    "product": (Product, Product.handle),
    "sku": (Variant, Variant.sku),
}
"""What conditions name that must be in the shop."""


async def store_promotions(session: AsyncSession, promotions: Sequence[ParsedPromotion]) -> PromotionReport:
    """The caller undoes it all where the report has errors."""
    report = PromotionReport()
    for promotion in promotions:
        try:
            async with session.begin_nested():
                await _refuse_strangers(session, promotion)
                outcome = await _store(session, promotion)
            setattr(report, outcome, getattr(report, outcome) + 1)
        except Unusable as unusable:
            error = RowError(promotion.file, promotion.row, unusable.column, str(unusable))
            report.errors.append(error)
    return report


async def _store(session: AsyncSession, parsed: ParsedPromotion) -> str:
    wanted = {column: getattr(parsed, column) for column in OF_PROMOTION}
    terms = terms_of(parsed.action)
    wanted |= {"action": parsed.action.__struct_config__.tag, "terms": terms}
    row = await session.scalar(select(Promotion).filter_by(code=parsed.code))
    outcome = "unchanged"
    if row is None:
        row, outcome = Promotion(code=parsed.code, **wanted), "created"
        session.add(row)
        await session.flush()
    elif _changes(row, wanted):
        outcome = "updated"
    for coupon in parsed.coupons:
        if await _store_coupon(session, row, coupon) and outcome == "unchanged":
            outcome = "updated"
    await session.flush()
    return outcome


async def _store_coupon(session: AsyncSession, promotion: Promotion, parsed: ParsedCoupon) -> bool:
    """Whether it is new or differs. Raises Unusable."""
    wanted = {column: getattr(parsed, column) for column in OF_COUPON}
    row = await session.scalar(select(Coupon).filter_by(folded_code=folded(parsed.code)).with_for_update())
    if row is None:
        row = Coupon(promotion_id=promotion.id, folded_code=folded(parsed.code), **wanted)
        session.add(row)
        await session.flush()
        return True
    if row.promotion_id != promotion.id:
        raise Unusable("coupons", f"{parsed.code!r} is the code of another promotion.")
    if parsed.limit_in_all is not None and parsed.limit_in_all < row.used:
        raise Unusable("coupons", f"{parsed.code!r} has been used {row.used} times already.")
    return _changes(row, wanted)


def _changes(row: Any, wanted: dict[str, Any]) -> bool:
    differing = {column: value for column, value in wanted.items() if getattr(row, column) != value}
    for column, value in differing.items():
        setattr(row, column, value)
    return bool(differing)


async def _refuse_strangers(session: AsyncSession, promotion: ParsedPromotion) -> None:
    """What the shop does not sell can be no condition and no gift. Raises Unusable."""
    for place, condition in (("when", promotion.conditions), ("applies_to", promotion.applies_to)):
        for name, values in _named(condition):
            await _refuse_unknown(session, place, name, values)
    if isinstance(promotion.action, Gift):
        await _refuse_unknown(session, "sku", "sku", [promotion.action.sku])


async def _refuse_unknown(session: AsyncSession, place: str, name: str, values: list[str]) -> None:
    table, column = NAMED[name]
    is_known: ColumnElement[bool] = column.in_(values)
    known = set(await session.scalars(select(column).select_from(table).where(is_known)))
    if unknown := [value for value in values if value not in known]:
        raise Unusable(place, f"The shop has no {name} {', '.join(map(repr, unknown[:5]))}.")


def _named(condition: dict[str, Any]) -> Iterable[tuple[str, list[str]]]:
    for name, value in condition.items():
        if name in ("all", "any", "none"):
            for each in value:
                yield from _named(each)
        elif name == "has":
            yield from _named(value["of"])
        elif name in NAMED:
            yield name, value
