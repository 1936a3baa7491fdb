"""Placing the order: stock held, a link to pay it, a time until which both stand."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.catalogue.variants import describe_variants
from backend.catalogue.views import Shopper
from backend.checkout import details
from backend.checkout.models import Checkout
from backend.db import now
from backend.errors import Conflict
from backend.orders.models import Order
from backend.orders.service import Draft, DraftLine, place_order
from backend.shop import shop_of


class CartIsEmpty(Conflict):
    """There is nothing to order."""

    code = "cart_is_empty"


class CheckoutIncomplete(Conflict):
    """Something is missing before the order can be placed; `missing` says what."""

    code = "checkout_incomplete"


class CheckoutChanged(Conflict):
    """The sum is not the one that the customer said yes to; `total` is the new one."""

    code = "checkout_changed"


async def place(
    session: AsyncSession,
    cart: Cart | None,
    checkout: Checkout,
    shopper: Shopper,
    agreed: int,
    hold: timedelta,
) -> Order:
    """`agreed` is the sum that the customer said yes to, in minor units.

    Raises CartIsEmpty, CheckoutIncomplete, CheckoutChanged, InsufficientStock.
    """
    lines = await carts.lines_of(session, cart) if cart else []
    if cart is None or not lines:
        raise CartIsEmpty
    lacking = details.missing(checkout)
    if lacking:
        raise CheckoutIncomplete(missing=lacking)
    assert checkout.email
    assert checkout.delivery_method
    described = await describe_variants(session, [line.variant_id for line in lines], shopper)
    draft_lines = tuple(
        DraftLine(
            variant_id=line.variant_id,
            sku=described[line.variant_id].sku,
            name=", ".join(
                filter(None, (described[line.variant_id].product_name, described[line.variant_id].name))
            ),
            price=described[line.variant_id].price.amount,
            quantity=line.quantity,
        )
        for line in lines
        if line.variant_id in described
    )
    if not draft_lines:
        raise CartIsEmpty
    goods = sum(line.price * line.quantity for line in draft_lines)
    method = shop_of(session).delivery_method(checkout.delivery_method)
    assert method
    delivery = method.price_of(goods, cart.currency)
    if goods + delivery != agreed:
        raise CheckoutChanged(total=goods + delivery)
    return await place_order(
        session,
        Draft(
            conversation_id=cart.conversation_id,
            cart_id=cart.id,
            cart_version=cart.version,
            language=shopper.language,
            currency=cart.currency,
            email=checkout.email,
            address=checkout.address,
            delivery_method=method.code,
            delivery=delivery,
            lines=draft_lines,
            pay_by=now(session) + hold,
        ),
    )
