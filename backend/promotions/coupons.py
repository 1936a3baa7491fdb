"""Codes that customers type: whether one may be used, and if not, why not.

CouponRefused
├── UnknownCoupon · CouponExpired · CouponNotStarted · CouponExhausted · CouponUsed     the code itself
└── CouponWrongCurrency · CouponMinimumNotReached · CouponNotForThese · CouponNotCombinable     with this cart

Each names the `best` coupon that does apply, if there is one that may be told.
"""

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import CURRENCIES
from backend.db import now
from backend.errors import Conflict
from backend.money import Money
from backend.promotions.actions import Amounts, BundlePrice, Tiers
from backend.promotions.basket import Basket
from backend.promotions.conditions import shortfall
from backend.promotions.evaluating import evaluate, in_order
from backend.promotions.models import Coupon, Promotion, Redemption
from backend.promotions.rules import Rule, rule_of
from backend.promotions.service import said

MOST_COMPARED = 50
"""Public coupons among which the best is looked for."""


class CouponRefused(Conflict):
    """The coupon does not apply; `best` is the code of the one that does and saves most, or null."""

    code = "coupon_refused"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message, **({"best": None, "best_name": None} | details))


class UnknownCoupon(CouponRefused):
    """There is no such code."""

    code = "unknown_coupon"
    status = 404


class CouponExpired(CouponRefused):
    """Its time is over."""

    code = "coupon_expired"


class CouponNotStarted(CouponRefused):
    """Its time has not come; `starts_on` says the day."""

    code = "coupon_not_started"


class CouponExhausted(CouponRefused):
    """It was used as often as it may be."""

    code = "coupon_exhausted"


class CouponUsed(CouponRefused):
    """This customer has used it as often as one may."""

    code = "coupon_used"


class CouponWrongCurrency(CouponRefused):
    """It is not for purchases in this currency; `currencies` says for which."""

    code = "coupon_wrong_currency"


class CouponMinimumNotReached(CouponRefused):
    """More must be bought; `missing` says how much more."""

    code = "coupon_minimum_not_reached"


class CouponNotForThese(CouponRefused):
    """Nothing in the cart is what it is for."""

    code = "coupon_not_for_these"


class CouponNotCombinable(CouponRefused):
    """It does not go together with `other`, a coupon or a promotion that counts already."""

    code = "coupon_not_combinable"


def folded(code: str) -> str:
    """As it is looked up: no capitals, no spaces."""
    return "".join(unicodedata.normalize("NFKC", code).casefold().split())


async def find_coupon(session: AsyncSession, code: str) -> tuple[Coupon, Promotion]:
    """Raises UnknownCoupon."""
    row = (
        await session.execute(
            select(Coupon, Promotion)
            .join(Promotion, Promotion.id == Coupon.promotion_id)
            .where(Coupon.folded_code == folded(code))
        )
    ).one_or_none()
    if row is None:
        raise UnknownCoupon(coupon=code.strip())
    return row[0], row[1]


async def refuse_over(
    session: AsyncSession, coupon: Coupon, promotion: Promotion, conversation_id: str, customer: str | None
) -> None:
    """What the code itself says, whatever is in the cart. What this conversation's own order holds is free for its
    next one. Raises CouponExpired, CouponNotStarted, CouponExhausted, CouponUsed."""
    at = now(session)
    ends = [end for end in (coupon.ends_at, promotion.ends_at) if end]
    if not promotion.is_active or any(end <= at for end in ends):
        raise CouponExpired(coupon=coupon.code)
    starts = [start for start in (coupon.starts_at, promotion.starts_at) if start and start > at]
    if starts:
        raise CouponNotStarted(coupon=coupon.code, starts_on={"date": max(starts).date().isoformat()})
    if coupon.limit_in_all is not None:
        own = await _held_here(session, coupon, conversation_id)
        if coupon.used - own >= coupon.limit_in_all:
            raise CouponExhausted(coupon=coupon.code)
    if coupon.limit_per_customer is not None:
        theirs = await used_by(session, coupon, conversation_id, customer)
        theirs -= await _held_here(session, coupon, conversation_id)
        if theirs >= coupon.limit_per_customer:
            raise CouponUsed(coupon=coupon.code)


def refuse_here(code: str, rule: Rule, basket: Basket, rules: Sequence[Rule], language: str = "en") -> None:
    """What the cart says: `rules` are those that run. Raises CouponWrongCurrency, CouponMinimumNotReached,
    CouponNotForThese, CouponNotCombinable."""
    asked = _asking(basket, rule)
    if evaluate(asked, rules).has_effect(rule.code):
        return
    if currencies := _other_currencies(rule, basket.currency):
        raise CouponWrongCurrency(coupon=code, currencies=currencies, currency=basket.currency)
    missing = shortfall(rule.conditions, basket) or _below_tiers(rule, basket)
    if missing:
        raise CouponMinimumNotReached(coupon=code, missing=Money(missing, basket.currency))
    if rule.is_met(basket) and evaluate(asked, [rule]).has_effect(rule.code):
        before = next(one for one in in_order(rules) if one.stops_further and one.code != rule.code)
        raise CouponNotCombinable(coupon=code, other=said(before.name, language))
    raise CouponNotForThese(coupon=code)


async def best_of(
    session: AsyncSession,
    basket: Basket,
    rules: Sequence[Rule],
    conversation_id: str,
    customer: str | None,
    besides: Collection[str],
) -> tuple[Coupon, Promotion] | None:
    """The public coupon, `besides` those of these row ids, that saves most with this cart; none if none does."""
    rows = await session.execute(
        select(Coupon, Promotion)
        .join(Promotion, Promotion.id == Coupon.promotion_id)
        .where(Coupon.is_public.is_(True), Promotion.is_active.is_(True), Coupon.id.not_in(besides))
        .order_by(Promotion.priority, Coupon.code)
        .limit(MOST_COMPARED)
    )
    alone = evaluate(basket, rules).discount
    best, most = None, -1
    for coupon, promotion in rows.all():
        rule = rule_of(promotion)
        try:
            await refuse_over(session, coupon, promotion, conversation_id, customer)
            refuse_here(coupon.code, rule, basket, rules)
        except CouponRefused:
            continue
        saved = evaluate(_asking(basket, rule), rules).discount - alone
        if saved > most:
            best, most = (coupon, promotion), saved
    return best


async def used_by(session: AsyncSession, coupon: Coupon, conversation_id: str, customer: str | None) -> int:
    """How often: a customer is who has the conversation, or the e-mail address."""
    theirs = Redemption.conversation_id == conversation_id
    if customer:
        theirs = or_(theirs, Redemption.customer == customer.casefold())
    counted = select(func.count()).where(
        Redemption.coupon_id == coupon.id, Redemption.state != "released", theirs
    )
    return await session.scalar(counted) or 0


async def _held_here(session: AsyncSession, coupon: Coupon, conversation_id: str) -> int:
    held = select(func.count()).where(
        Redemption.coupon_id == coupon.id,
        Redemption.conversation_id == conversation_id,
        Redemption.state == "held",
    )
    return await session.scalar(held) or 0


def _asking(basket: Basket, rule: Rule) -> Basket:
    return Basket(
        basket.lines,
        basket.currency,
        basket.country,
        basket.group,
        basket.promotions | {rule.code},
    )


def _other_currencies(rule: Rule, currency: str) -> list[str]:
    """Those in which it does something, where this one is not among them."""
    amounts: list[Amounts] = []
    match rule.action:
        case BundlePrice(prices=prices):
            amounts = [prices]
        case Tiers(steps=steps):
            amounts = [step.spend for step in steps]
        case _:
            amounts = [getattr(rule.action, "amounts", {})]
    known = {name for each in amounts for name in each} or {
        name for found in _bounds(rule.conditions) for name in found
    }
    return [name for name in CURRENCIES if name in known] if known and currency not in known else []


def _bounds(condition: dict[str, Any]) -> list[Amounts]:
    found: list[Amounts] = []
    for name, value in condition.items():
        if name == "subtotal_at_least":
            found.append(value)
        elif name == "all":
            found += [bounds for each in value for bounds in _bounds(each)]
    return found


def _below_tiers(rule: Rule, basket: Basket) -> int:
    if not isinstance(rule.action, Tiers) or not rule.is_met(basket):
        return 0
    meant = sum(basket.lines[place].total for place in rule.meant(basket))
    first = min(
        (step.spend[basket.currency] for step in rule.action.steps if basket.currency in step.spend),
        default=0,
    )
    return max(0, first - meant) if meant else 0
