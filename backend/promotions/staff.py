"""What staff see of promotions and do with them."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import insert_into, now
from backend.errors import Conflict
from backend.promotions.coupons import folded
from backend.promotions.models import Coupon, Promotion
from backend.promotions.prices import renew_prices
from backend.promotions.service import promotion_of, said

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Nobody reads a code out wrong: neither 0 and O nor 1 and I."""
LETTERS = 10
"""Fifty bits: not to be guessed, at the rate that the shop answers."""
MOST_SHOWN = 20


class WantsNoCoupon(Conflict):
    """The promotion counts without a coupon: import it with `needs_coupon`, or with coupons."""

    code = "wants_no_coupon"


async def lines(session: AsyncSession, *, with_stopped: bool) -> list[str]:
    wanted = select(Promotion).order_by(Promotion.priority, Promotion.code)
    if not with_stopped:
        at = now(session)
        wanted = wanted.where(
            Promotion.is_active.is_(True), or_(Promotion.ends_at.is_(None), Promotion.ends_at > at)
        )
    rows = (await session.scalars(wanted)).all()
    counted = await session.execute(
        select(Coupon.promotion_id, func.count(), func.sum(Coupon.used)).group_by(Coupon.promotion_id)
    )
    coupons = {promotion_id: (count, used) for promotion_id, count, used in counted}
    return [_line(session, row, *coupons.get(row.id, (0, 0))) for row in rows]


def _line(session: AsyncSession, row: Promotion, coupons: int, used: int) -> str:
    words = [f"{row.code}: {said(row.name, 'en')} ({row.level}, {row.action}, priority {row.priority})"]
    if row.needs_coupon:
        words.append(f"{coupons} coupons, used {used} times")
    if row.starts_at and row.starts_at > now(session):
        words.append(f"from {row.starts_at:%Y-%m-%d %H:%M} UTC")
    if row.ends_at:
        words.append(f"until {row.ends_at:%Y-%m-%d %H:%M} UTC")
    if not row.is_active:
        words.append("stopped")
    return "; ".join(words)


async def document(session: AsyncSession, code: str) -> dict[str, Any]:
    """Raises PromotionNotFound."""
    row = await promotion_of(session, code)
    coupons = await session.scalars(
        select(Coupon).filter_by(promotion_id=row.id).order_by(Coupon.code).limit(MOST_SHOWN)
    )
    found = {
        "code": row.code,
        "level": row.level,
        "name": row.name,
        "description": row.description,
        "when": row.conditions,
        "applies_to": row.applies_to,
        "action": row.action,
        **row.terms,
        "priority": row.priority,
        "stops_further": row.stops_further,
        "combinable": row.is_combinable,
        "public": row.is_public,
        "groups": row.customer_groups,
        "starts_at": row.starts_at and row.starts_at.isoformat(),
        "ends_at": row.ends_at and row.ends_at.isoformat(),
        "active": row.is_active,
    }
    if row.needs_coupon:
        found["coupons"] = [_coupon(coupon) for coupon in coupons.all()]
    return {name: value for name, value in found.items() if value not in (None, {}, "") and value != []}


def _coupon(coupon: Coupon) -> dict[str, Any]:
    return {
        "code": coupon.code,
        "limit": coupon.limit_in_all,
        "limit_per_customer": coupon.limit_per_customer,
        "used": coupon.used,
    }


async def stop(session: AsyncSession, code: str) -> None:
    """Raises PromotionNotFound."""
    row = await promotion_of(session, code)
    row.is_active = False
    await session.flush()
    await renew_prices(session)


async def generate(session: AsyncSession, code: str, count: int, *, prefix: str, limit: int) -> Sequence[str]:
    """New codes, each good for so many orders. Raises PromotionNotFound, WantsNoCoupon."""
    row = await promotion_of(session, code)
    if not row.needs_coupon:
        raise WantsNoCoupon
    made: list[str] = []
    while len(made) < count:
        coupon = prefix + "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
        inserted = await session.scalar(
            insert_into(session, Coupon)
            .values(code=coupon, folded_code=folded(coupon), promotion_id=row.id, limit_in_all=limit)
            .on_conflict_do_nothing()
            .returning(Coupon.id)
        )
        made += [coupon] if inserted else []
    return made
