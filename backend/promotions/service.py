"""Which promotions run now, and what there is to tell of them."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.db import now
from backend.errors import NotFound
from backend.promotions.models import Coupon, Promotion
from backend.promotions.rules import Rule, rule_of


class PromotionNotFound(NotFound):
    """The shop has no promotion of this code."""

    code = "promotion_not_found"


class PromotionView(msgspec.Struct, frozen=True):
    """`coupon` is the code that asks for it, where one is meant for everybody."""

    code: str
    level: str
    name: str
    description: str
    coupon: str | None
    ends_at: datetime | None


async def running(session: AsyncSession) -> list[Rule]:
    """All that say what a cart and its delivery cost at this moment; coupons are asked for elsewhere."""
    wanted = select(Promotion).where(Promotion.level != "catalogue", *is_running(session))
    return [rule_of(row) for row in await session.scalars(wanted)]


def is_running(session: AsyncSession) -> list[ColumnElement[bool]]:
    return [Promotion.is_active.is_(True), *is_within(session, Promotion.starts_at, Promotion.ends_at)]


def is_within(
    session: AsyncSession,
    starts_at: InstrumentedAttribute[datetime | None],
    ends_at: InstrumentedAttribute[datetime | None],
) -> list[ColumnElement[bool]]:
    at = now(session)
    return [or_(starts_at.is_(None), starts_at <= at), or_(ends_at.is_(None), ends_at > at)]


async def public_promotions(
    session: AsyncSession, language: str, group: str | None = None
) -> list[PromotionView]:
    """What runs now and may be told to this customer, in the order in which it is counted."""
    rows = await session.scalars(
        select(Promotion)
        .where(Promotion.is_public.is_(True), *is_running(session))
        .order_by(Promotion.priority, Promotion.code)
    )
    codes = await public_coupons(session)
    return [
        PromotionView(
            code=row.code,
            level=row.level,
            name=said(row.name, language) or row.code,
            description=said(row.description, language),
            coupon=codes.get(row.id),
            ends_at=row.ends_at,
        )
        for row in rows.all()
        if (not row.customer_groups or group in row.customer_groups)
        and (not row.needs_coupon or row.id in codes)
    ]


async def public_coupons(session: AsyncSession) -> dict[str, str]:
    """By promotion's row id, a code that can be used now and may be told."""
    rows = await session.execute(
        select(Coupon.promotion_id, Coupon.code)
        .where(
            Coupon.is_public.is_(True),
            or_(Coupon.limit_in_all.is_(None), Coupon.used < Coupon.limit_in_all),
            *is_within(session, Coupon.starts_at, Coupon.ends_at),
        )
        .order_by(Coupon.code.desc())
    )
    return dict(rows.all())


async def promotion_of(session: AsyncSession, code: str) -> Promotion:
    """Raises PromotionNotFound."""
    row = await session.scalar(select(Promotion).filter_by(code=code))
    if row is None:
        raise PromotionNotFound(promotion=code)
    return row


def said(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
