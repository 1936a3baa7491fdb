"""Coupons into the cart and out of it."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.discounts import Discounts, coupons_of
from backend.cart.models import Cart, CartCoupon
from backend.catalogue.views import Shopper
from backend.db import insert_into, rows_changed
from backend.errors import Conflict, NotFound
from backend.promotions.coupons import (
    CouponNotCombinable,
    CouponRefused,
    best_of,
    find_coupon,
    folded,
    refuse_here,
    refuse_over,
)
from backend.promotions.models import Coupon, Promotion
from backend.promotions.rules import rule_of
from backend.promotions.service import said

MOST_COUPONS = 5


class NoSuchCouponInCart(NotFound):
    """The cart has no coupon of this code."""

    code = "coupon_not_in_cart"


class TooManyCoupons(Conflict):
    """A cart takes no more coupons; `most` says how many it does."""

    code = "too_many_coupons"


async def apply_coupon(session: AsyncSession, cart: Cart, code: str, shopper: Shopper) -> None:
    """A coupon that is there already stays. Raises CouponRefused, naming the best one that applies, and
    TooManyCoupons."""
    discounts = (await carts.reckon(session, cart, shopper)).discounts
    given = await coupons_of(session, cart)
    try:
        coupon, promotion = await find_coupon(session, code)
        await refuse_over(session, coupon, promotion, cart.conversation_id, None)
        _refuse_beside(coupon, promotion, given, shopper.language)
        refuse_here(coupon.code, rule_of(promotion), discounts.basket, discounts.rules, shopper.language)
    except CouponRefused as refusal:
        refusal.details |= await _best(session, cart, discounts, given, shopper.language)
        raise
    if coupon.id in {known.id for known, _ in given}:
        return
    if len(given) >= MOST_COUPONS:
        raise TooManyCoupons(most=MOST_COUPONS)
    last = (
        select(func.coalesce(func.max(CartCoupon.position), 0) + 1)
        .filter_by(cart_id=cart.id)
        .scalar_subquery()
    )
    await session.execute(
        insert_into(session, CartCoupon)
        .values(cart_id=cart.id, coupon_id=coupon.id, position=last)
        .on_conflict_do_nothing()
    )
    await carts.changed(session, cart)


async def remove_coupon(session: AsyncSession, cart: Cart, code: str) -> None:
    """Raises NoSuchCouponInCart."""
    wanted = select(Coupon.id).where(Coupon.folded_code == folded(code))
    gone = delete(CartCoupon).where(CartCoupon.cart_id == cart.id, CartCoupon.coupon_id.in_(wanted))
    if not await rows_changed(session, gone):
        raise NoSuchCouponInCart(coupon=code)
    await carts.changed(session, cart)


def _refuse_beside(
    coupon: Coupon, promotion: Promotion, given: list[tuple[Coupon, Promotion]], language: str
) -> None:
    """Two codes of one promotion count once, and some promotions want no coupon beside theirs."""
    for other, theirs in given:
        if other.id == coupon.id:
            continue
        if theirs.id == promotion.id or not (promotion.is_combinable and theirs.is_combinable):
            name = said(theirs.name, language)
            raise CouponNotCombinable(
                coupon=coupon.code, other=f"{other.code} ({name})" if name else other.code
            )


async def _best(
    session: AsyncSession,
    cart: Cart,
    discounts: Discounts,
    given: list[tuple[Coupon, Promotion]],
    language: str,
) -> dict[str, str | None]:
    """The one that saves most of those that go with what is there."""
    if not all(theirs.is_combinable for _, theirs in given):
        return {"best": None, "best_name": None}
    found = await best_of(
        session,
        discounts.basket,
        discounts.rules,
        cart.conversation_id,
        None,
        besides=[coupon.id for coupon, _ in given],
    )
    if found is None:
        return {"best": None, "best_name": None}
    coupon, promotion = found
    return {"best": coupon.code, "best_name": said(promotion.name, language)}
