"""What promotions and coupons take off the cart, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart, CartCoupon
from backend.catalogue.models import GIFT_CARD, UNSTOCKED
from backend.catalogue.read import VariantNotFound
from backend.catalogue.variants import DescribedVariant, describe_variants, variant_to_sell
from backend.catalogue.views import Shopper
from backend.inventory.service import salable
from backend.money import Money
from backend.promotions import service as promotions
from backend.promotions.basket import Basket, Line
from backend.promotions.coupons import CouponRefused, refuse_here, refuse_over
from backend.promotions.evaluating import Discount, Outcome, evaluate
from backend.promotions.goods import facts_of
from backend.promotions.models import Coupon, Promotion
from backend.promotions.rules import Rule
from backend.promotions.service import said


class Saving(msgspec.Struct, frozen=True):
    """What a promotion takes off, by its code and its name."""

    promotion: str
    name: str
    amount: Money


class CouponView(msgspec.Struct, frozen=True):
    """A code that was given. `saved` is what it takes off the goods; where it does nothing, `refusal` says why."""

    code: str
    name: str
    saved: Money
    refusal: str | None


def off(savings: Iterable[Saving]) -> int:
    """In minor units."""
    return sum(saving.amount.amount for saving in savings)


class Taken(msgspec.Struct, frozen=True):
    """So many of a variant; `gift_of` is the promotion that adds it, `agreed_date` the latest day to which the
    customer agreed."""

    variant_id: str
    variant: DescribedVariant
    quantity: int
    gift_of: str | None = None
    agreed_date: date | None = None

    @property
    def may_be_cheaper(self) -> bool:
        """A gift card is worth its price, so one that costs less would be a way to buy everything for less."""
        return self.variant.kind != GIFT_CARD


class Discounts(msgspec.Struct, frozen=True):
    basket: Basket
    rules: Sequence[Rule]
    """Those that run."""
    outcome: Outcome
    names: Mapping[str, str]
    coupons: list[CouponView] = []
    coupon_ids: tuple[str, ...] = ()
    """The row ids of those that do something."""

    def of(self, taken: Sequence[Taken]) -> list[list[Saving]]:
        """For each that they were reckoned for; no promotion is for gift cards."""
        found = iter(self.outcome.lines)
        return [
            [self._saving(discount) for discount in next(found)] if one.may_be_cheaper else []
            for one in taken
        ]

    def of_gift(self, gift: Taken) -> list[Saving]:
        assert gift.gift_of
        return [self._saving(Discount(gift.gift_of, gift.variant.price.amount * gift.quantity))]

    def off_delivery(self, method: str, price: int) -> list[Saving]:
        found = self.outcome.off_delivery(method, price, self.basket.currency)
        return [self._saving(discount) for discount in found]

    def _saving(self, discount: Discount) -> Saving:
        amount = Money(discount.amount, self.basket.currency)
        return Saving(discount.promotion, self.names[discount.promotion], amount)


NO_DISCOUNTS = Discounts(Basket((), ""), (), Outcome(()), {})


async def discounts_of(
    session: AsyncSession,
    cart: Cart,
    taken: Sequence[Taken],
    shopper: Shopper,
    country: str | None,
    customer: str | None,
) -> Discounts:
    rules = await promotions.running(session)
    taken = [one for one in taken if one.may_be_cheaper]
    given = await coupons_of(session, cart)
    basket = await _basket(session, cart, taken, shopper, country) if rules else _bare(cart, taken)
    refusals = {
        coupon.id: await _refusal_of(session, coupon, promotion, cart, customer)
        for coupon, promotion in given
    }
    usable = frozenset(promotion.code for coupon, promotion in given if not refusals[coupon.id])
    basket = msgspec.structs.replace(basket, promotions=usable)
    outcome = evaluate(basket, rules)
    views, effective = [], []
    for coupon, promotion in given:
        refusal = refusals[coupon.id] or _refused_here(coupon, promotion, basket, rules)
        saved = Money(outcome.of(promotion.code), cart.currency)
        views.append(CouponView(coupon.code, said(promotion.name, shopper.language), saved, refusal))
        if refusal is None:
            effective.append(coupon.id)
    names = {rule.code: said(rule.name, shopper.language) or rule.code for rule in rules}
    return Discounts(basket, rules, outcome, names, views, tuple(effective))


async def gifts_of(
    session: AsyncSession, discounts: Discounts, quantities: Mapping[str, int], shopper: Shopper
) -> list[Taken]:
    """What promotions add, as far as there is stock for it beside what is in the cart."""
    gifts: list[Taken] = []
    taken = dict(quantities)
    for gift in discounts.outcome.gifts:
        try:
            variant = await variant_to_sell(session, gift.sku)
        except VariantNotFound:
            continue
        described = (await describe_variants(session, {variant.id: gift.quantity}, shopper)).get(variant.id)
        if described is None or variant.id in taken or variant.kind == "group":
            continue
        stock = await salable(session, [*taken, variant.id])
        quantity = min(gift.quantity, stock.of(variant.id, taken))
        if quantity > 0:
            gifts.append(Taken(variant.id, described, quantity, gift.promotion))
            taken[variant.id] = quantity
    return gifts


async def coupons_of(session: AsyncSession, cart: Cart) -> list[tuple[Coupon, Promotion]]:
    """In the order in which they were given."""
    rows = await session.execute(
        select(Coupon, Promotion)
        .join(Promotion, Promotion.id == Coupon.promotion_id)
        .join(CartCoupon, CartCoupon.coupon_id == Coupon.id)
        .where(CartCoupon.cart_id == cart.id)
        .order_by(CartCoupon.position, CartCoupon.id)
    )
    return [(coupon, promotion) for coupon, promotion in rows]


def _bare(cart: Cart, taken: Sequence[Taken]) -> Basket:
    """Where no promotion runs, nothing is asked of what is sold."""
    lines = tuple(Line(one.variant.sku, one.variant.price.amount, one.quantity) for one in taken)
    return Basket(lines, cart.currency)


async def _basket(
    session: AsyncSession, cart: Cart, taken: Sequence[Taken], shopper: Shopper, country: str | None
) -> Basket:
    facts = await facts_of(session, [one.variant_id for one in taken])
    lines = []
    for one in taken:
        variant, known = one.variant, facts[one.variant_id]
        lines.append(
            Line(
                sku=variant.sku,
                price=variant.price.amount,
                quantity=one.quantity,
                product=known.product,
                categories=known.categories,
                brand=known.brand,
                attributes=known.attributes,
                is_shipped=_is_shipped(variant),
                is_reduced=variant.list_price is not None,
            )
        )
    return Basket(tuple(lines), cart.currency, country or None, shopper.group)


def _is_shipped(variant: DescribedVariant) -> bool:
    if variant.parts:
        return not all(part.is_digital for part in variant.parts)
    return variant.kind not in UNSTOCKED


async def _refusal_of(
    session: AsyncSession, coupon: Coupon, promotion: Promotion, cart: Cart, customer: str | None
) -> str | None:
    try:
        await refuse_over(session, coupon, promotion, cart.conversation_id, customer)
    except CouponRefused as refusal:
        return refusal.code
    return None


def _refused_here(coupon: Coupon, promotion: Promotion, basket: Basket, rules: Sequence[Rule]) -> str | None:
    rule = next(rule for rule in rules if rule.code == promotion.code)
    try:
        refuse_here(coupon.code, rule, basket, rules)
    except CouponRefused as refusal:
        return refusal.code
    return None
