"""Placing the order: stock held, a link to pay it, a time until which both stand."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.catalogue.variants import describe_variants, variant_ids
from backend.catalogue.views import PartView, Shopper
from backend.checkout import details
from backend.checkout.consignment import NotDeliveredThere, consignment
from backend.checkout.models import Checkout
from backend.customers.addresses import Address, place_of
from backend.db import now
from backend.errors import Conflict
from backend.money import Money
from backend.orders.models import DOWNLOAD, Order
from backend.orders.service import Draft, DraftLine, DraftPart, place_order
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

    Raises CartIsEmpty, CheckoutIncomplete, NotDeliveredThere, CheckoutChanged, InsufficientStock.
    """
    lines = await _draft_lines(session, cart, shopper) if cart else ()
    if cart is None or not lines:
        raise CartIsEmpty
    is_shipped = any(line.is_shipped for line in lines)
    lacking = details.missing(checkout, is_shipped)
    if lacking:
        raise CheckoutIncomplete(missing=lacking)
    assert checkout.email
    goods = sum(line.price * line.quantity for line in lines)
    method, delivery = DOWNLOAD, 0
    if is_shipped:
        chosen = shop_of(session).delivery_method(checkout.delivery_method or "")
        assert chosen
        quantities = {line.sku: line.quantity for line in lines if line.is_shipped}
        sent = await consignment(session, Money(goods, cart.currency), quantities, checkout)
        quote = shop_of(session).quote(chosen, sent)
        if quote is None:
            place = place_of(Address(**checkout.address), shopper.language)
            raise NotDeliveredThere(place=place, method=chosen.name[shopper.language])
        method, delivery = chosen.code, quote.price
    if goods + delivery != agreed or agreed_version not in (None, cart.version):
        raise CheckoutChanged(total=goods + delivery)
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
        lines=lines,
        pay_by=now(session) + hold,
    )
    return await place_order(session, draft)


async def _draft_lines(session: AsyncSession, cart: Cart, shopper: Shopper) -> tuple[DraftLine, ...]:
    """At the prices of this moment; what is no longer for sale is left out, as it is in the cart that was shown."""
    lines = await carts.lines_of(session, cart)
    quantities = {line.variant_id: line.quantity for line in lines}
    described = await describe_variants(session, quantities, shopper)
    skus = {part.sku for variant in described.values() for part in variant.parts}
    ids = await variant_ids(session, list(skus))
    return tuple(
        DraftLine(
            variant_id=line.variant_id,
            sku=variant.sku,
            name=", ".join(filter(None, (variant.product_name, variant.name))),
            price=variant.price.amount,
            quantity=line.quantity,
            is_digital=variant.kind == "digital",
            parts=tuple(_part(part, ids) for part in variant.parts),
        )
        for line in lines
        if (variant := described.get(line.variant_id))
    )


def _part(part: PartView, ids: dict[str, str]) -> DraftPart:
    return DraftPart(
        variant_id=ids[part.sku],
        sku=part.sku,
        name=part.name,
        quantity=part.quantity,
        is_digital=part.is_digital,
    )
