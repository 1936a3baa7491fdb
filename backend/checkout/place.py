"""Placing the order: stock held, a link to pay it, a time until which both stand."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.discounts import Saving
from backend.cart.models import Cart
from backend.cart.service import Reckoned
from backend.catalogue.variants import variant_ids
from backend.catalogue.views import PartView, Shopper
from backend.checkout import details
from backend.checkout.models import Checkout
from backend.db import now
from backend.errors import Conflict
from backend.orders.models import DOWNLOAD, Order
from backend.orders.service import Draft, DraftLine, DraftPart, DraftSaving, place_order
from backend.shop import shop_of


class CartIsEmpty(Conflict):
    """There is nothing to order."""

    code = "cart_is_empty"


class CheckoutIncomplete(Conflict):
    """Something is missing before the order can be placed; `missing` says what."""

    code = "checkout_incomplete"


class CheckoutChanged(Conflict):
    """The cart or the sum is not what the customer said yes to; `total` is the new sum."""

    code = "checkout_changed"


async def place(
    session: AsyncSession,
    cart: Cart | None,
    checkout: Checkout,
    shopper: Shopper,
    agreed: int,
    agreed_version: int | None,
    hold: timedelta,
) -> Order:
    """`agreed` is the sum that the customer said yes to, in minor units, for that version of the cart.

    At the prices and promotions of this moment. Raises CartIsEmpty, CheckoutIncomplete, CheckoutChanged,
    InsufficientStock, BackorderConsentNeeded, CouponExhausted, CouponUsed.
    """
    reckoned = await details.reckon(session, checkout, cart, shopper)
    if cart is None or not reckoned.view.lines:
        raise CartIsEmpty
    is_shipped = reckoned.view.is_shipped
    lacking = details.missing(checkout, is_shipped)
    if lacking:
        raise CheckoutIncomplete(missing=lacking)
    assert checkout.email
    method, delivery = DOWNLOAD, 0
    if is_shipped:
        chosen = shop_of(session).delivery_method(checkout.delivery_method or "")
        assert chosen
        method, delivery = chosen.code, chosen.price_of(reckoned.view.total.amount, cart.currency)
    draft = Draft(
        conversation_id=cart.conversation_id,
        cart_id=cart.id,
        cart_version=cart.version,
        language=shopper.language,
        currency=cart.currency,
        email=checkout.email,
        address=checkout.address if is_shipped else {},
        delivery_method=method,
        delivery=delivery,
        lines=await _draft_lines(session, reckoned),
        pay_by=now(session) + hold,
        delivery_savings=_savings(reckoned.off_delivery(method, delivery)),
        coupons=tuple(coupon.code for coupon in reckoned.view.coupons if coupon.refusal is None),
        coupon_ids=reckoned.discounts.coupon_ids,
    )
    if draft.total != agreed or agreed_version not in (None, cart.version):
        raise CheckoutChanged(total=draft.total)
    return await place_order(session, draft)


async def _draft_lines(session: AsyncSession, reckoned: Reckoned) -> tuple[DraftLine, ...]:
    lines = reckoned.view.lines
    ids = await variant_ids(session, list({part.sku for line in lines for part in line.parts}))
    return tuple(
        DraftLine(
            variant_id=taken.variant_id,
            sku=line.sku,
            name=", ".join(filter(None, (line.name, line.variant))),
            price=line.price.amount,
            quantity=line.quantity,
            is_digital=line.kind == "digital",
            parts=tuple(_part(part, ids) for part in line.parts),
            agreed_date=taken.agreed_date,
            savings=_savings(line.discounts),
        )
        for taken, line in zip(reckoned.taken, lines, strict=True)
    )


def _savings(savings: list[Saving]) -> tuple[DraftSaving, ...]:
    return tuple(DraftSaving(saving.promotion, saving.name, saving.amount.amount) for saving in savings)


def _part(part: PartView, ids: dict[str, str]) -> DraftPart:
    return DraftPart(
        variant_id=ids[part.sku],
        sku=part.sku,
        name=part.name,
        quantity=part.quantity,
        is_digital=part.is_digital,
    )
