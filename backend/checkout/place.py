"""Placing the order: stock held, a link to pay it, a time until which both stand."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.catalogue.variants import describe_variants, variant_ids
from backend.catalogue.views import PartView, Shopper
from backend.checkout import details
from backend.checkout.consignment import NotDeliveredThere, consignment
from backend.checkout.models import Checkout
from backend.checkout.options import Ways, near_of, stores_with_all
from backend.checkout.pickup import NotAtTheStore
from backend.checkout.taxing import taxed
from backend.customers.addresses import Address, place_of
from backend.db import now
from backend.errors import Conflict
from backend.inventory.models import Source
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

    Raises CartIsEmpty, CheckoutIncomplete, NotDeliveredThere, NotAtTheStore, CheckoutChanged, InsufficientStock.
    """
    lines = await _draft_lines(session, cart, shopper) if cart else ()
    if cart is None or not lines:
        raise CartIsEmpty
    sending = await _sending(session, cart, checkout, lines, shopper)
    assert checkout.email
    priced = [(line.sku, line.price * line.quantity) for line in lines]
    tax = await taxed(session, priced, sending.price, cart.currency, checkout, sending.store)
    total = sum(amount for _, amount in priced) + sending.price + tax.on_top
    if total != agreed or agreed_version not in (None, cart.version):
        raise CheckoutChanged(total=total)
    draft = Draft(
        conversation_id=cart.conversation_id,
        cart_id=cart.id,
        cart_version=cart.version,
        language=shopper.language,
        currency=cart.currency,
        email=checkout.email,
        address=sending.address,
        delivery_method=sending.method,
        delivery=sending.price,
        store_id=sending.store.id if sending.store else None,
        lines=tuple(
            msgspec.structs.replace(line, tax=share) for line, share in zip(lines, tax.lines, strict=True)
        ),
        delivery_tax=tax.delivery,
        is_tax_included=tax.is_included,
        pay_by=now(session) + hold,
    )
    return await place_order(session, draft)


@dataclass(frozen=True)
class Sending:
    """How an order reaches its customer, and at which price in minor units."""

    method: str
    price: int = 0
    store: Source | None = None
    address: dict[str, Any] = field(default_factory=dict)


async def _sending(
    session: AsyncSession, cart: Cart, checkout: Checkout, lines: tuple[DraftLine, ...], shopper: Shopper
) -> Sending:
    """Raises CheckoutIncomplete, NotDeliveredThere, NotAtTheStore."""
    chosen = shop_of(session).delivery_method(checkout.delivery_method or "")
    is_shipped = any(line.is_shipped for line in lines)
    quantities = {line.sku: line.quantity for line in lines if line.is_shipped}
    stores = await stores_with_all(session, near_of(checkout), quantities)
    store = Ways([], stores).store(checkout.store) if chosen and chosen.kind == "pickup" else None
    lacking = details.missing(
        checkout, is_shipped, chosen, has_store=store is not None or checkout.store is not None
    )
    if lacking:
        raise CheckoutIncomplete(missing=lacking)
    if not is_shipped or chosen is None:
        return Sending(DOWNLOAD)
    goods = Money(sum(line.price * line.quantity for line in lines), cart.currency)
    quote = shop_of(session).quote(chosen, await consignment(session, goods, quantities, checkout))
    if quote is None:
        place = place_of(Address(**checkout.address), shopper.language)
        raise NotDeliveredThere(place=place, method=chosen.name[shopper.language])
    if chosen.kind == "parcel":
        return Sending(chosen.code, quote.price, address=checkout.address)
    if store is None:
        raise NotAtTheStore
    return Sending(chosen.code, quote.price, store[0], {"name": checkout.address["name"]})


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
