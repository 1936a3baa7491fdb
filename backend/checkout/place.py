"""Placing the order: stock held, a link to pay it, a time until which both stand."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.catalogue.models import UNSTOCKED
from backend.catalogue.variants import describe_variants, variant_ids
from backend.catalogue.views import PartView, Shopper
from backend.checkout import details
from backend.checkout.credit import credit_for
from backend.checkout.models import Checkout
from backend.credit.selling import gift_cards_among
from backend.db import now
from backend.errors import Conflict
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
    agreed_rest: int | None = None,
) -> Order:
    """`agreed` is the sum that the customer said yes to, in minor units, for that version of the cart; `agreed_rest`
    what of it was to be paid beside gift cards and store credit.

    Raises CartIsEmpty, CheckoutIncomplete, CheckoutChanged, InsufficientStock, InsufficientCredit.
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
        method, delivery = chosen.code, chosen.price_of(goods, cart.currency)
    if goods + delivery != agreed or agreed_version not in (None, cart.version):
        raise CheckoutChanged(total=goods + delivery)
    credit = await credit_for(session, cart, goods + delivery, await _gift_cards(session, lines))
    if agreed_rest not in (None, goods + delivery - sum(share.amount for share in credit)):
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
        credit=credit,
    )
    await carts.touch(session, cart)
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
            is_digital=variant.kind in UNSTOCKED,
            parts=tuple(_part(part, ids) for part in variant.parts),
        )
        for line in lines
        if (variant := described.get(line.variant_id))
    )


async def _gift_cards(session: AsyncSession, lines: tuple[DraftLine, ...]) -> int:
    """What they cost, in minor units."""
    cards = await gift_cards_among(session, [line.variant_id for line in lines])
    return sum(line.price * line.quantity for line in lines if line.variant_id in cards)


def _part(part: PartView, ids: dict[str, str]) -> DraftPart:
    return DraftPart(
        variant_id=ids[part.sku],
        sku=part.sku,
        name=part.name,
        quantity=part.quantity,
        is_digital=part.is_digital,
    )
