"""Placing the order: stock held, a link to pay it, a time until which both stand."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.discounts import Saving, off
from backend.cart.models import Cart
from backend.cart.service import CartView, Reckoned
from backend.catalogue.models import GIFT_CARD, UNSTOCKED
from backend.catalogue.variants import variant_ids
from backend.catalogue.views import PartView, Shopper
from backend.checkout import details
from backend.checkout.consignment import NotDeliveredThere, consignment
from backend.checkout.credit import credit_for
from backend.checkout.models import Checkout
from backend.checkout.options import Ways, near_of, stores_with_all
from backend.checkout.pickup import NotAtTheStore
from backend.checkout.quoting import quotes
from backend.checkout.taxing import taxed
from backend.credit.applying import LEAST_CHARGED
from backend.customers.addresses import Address, place_of
from backend.db import now
from backend.errors import Conflict
from backend.inventory.models import Source
from backend.money import Money
from backend.orders.drafts import Draft, DraftLine, DraftPart, DraftSaving
from backend.orders.models import DOWNLOAD, Order
from backend.orders.service import place_order
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


class OrderTooSmall(Conflict):
    """What is left to pay is less than the `least` that can be charged."""

    code = "order_too_small"


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

    At the prices and promotions of this moment. Raises CartIsEmpty, CheckoutIncomplete, NotDeliveredThere,
    NotAtTheStore, CheckoutChanged, InsufficientStock, BackorderConsentNeeded, CouponExhausted, CouponUsed,
    InsufficientCredit, OrderTooSmall.
    """
    reckoned = await details.reckon(session, checkout, cart, shopper)
    if cart is None or not reckoned.view.lines:
        raise CartIsEmpty
    sending = await _sending(session, reckoned.view, checkout, shopper)
    assert checkout.email
    off_delivery = reckoned.off_delivery(sending.method, sending.price)
    priced = [(line.sku, line.taxable) for line in reckoned.view.lines]
    to_send = sending.price - off(off_delivery)
    tax = await taxed(session, priced, to_send, cart.currency, checkout, sending.store)
    lines = await _draft_lines(session, reckoned)
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
        delivery_savings=_savings(off_delivery),
        coupons=tuple(coupon.code for coupon in reckoned.view.coupons if coupon.refusal is None),
        coupon_ids=reckoned.discounts.coupon_ids,
    )
    if draft.total != agreed or agreed_version not in (None, cart.version):
        raise CheckoutChanged(total=draft.total)
    cards = sum(line.to_pay.amount for line in reckoned.view.lines if line.kind == GIFT_CARD)
    credit = await credit_for(session, cart, draft.total, cards)
    due = draft.total - sum(share.amount for share in credit)
    if agreed_rest not in (None, due):
        raise CheckoutChanged(total=draft.total)
    least = LEAST_CHARGED.get(cart.currency, 0)
    if 0 < due < least:
        raise OrderTooSmall(least=Money(least, cart.currency))
    await carts.touch(session, cart)
    return await place_order(session, msgspec.structs.replace(draft, credit=credit))


@dataclass(frozen=True)
class Sending:
    """How an order reaches its customer, and at which price in minor units."""

    method: str
    price: int = 0
    store: Source | None = None
    address: dict[str, Any] = field(default_factory=dict)


async def _sending(session: AsyncSession, cart: CartView, checkout: Checkout, shopper: Shopper) -> Sending:
    """Raises CheckoutIncomplete, NotDeliveredThere, NotAtTheStore, CarrierNotAsked."""
    chosen = shop_of(session).delivery_method(checkout.delivery_method or "")
    quantities = {line.sku: line.quantity for line in cart.lines if line.is_shipped}
    stores = await stores_with_all(session, near_of(checkout), quantities)
    store = Ways([], stores).store(checkout.store) if chosen and chosen.kind == "pickup" else None
    lacking = details.missing(
        checkout, cart.is_shipped, chosen, has_store=store is not None or checkout.store is not None
    )
    if lacking:
        raise CheckoutIncomplete(missing=lacking)
    if not cart.is_shipped or chosen is None:
        return Sending(DOWNLOAD)
    sent = await consignment(session, cart.total, quantities, checkout)
    quote = quotes(session, checkout, sent).get(chosen.code)
    if quote is None:
        place = place_of(Address(**checkout.address), shopper.language)
        raise NotDeliveredThere(place=place, method=chosen.name[shopper.language])
    if chosen.kind != "pickup":
        return Sending(chosen.code, quote.price, address=checkout.address)
    if store is None:
        raise NotAtTheStore
    return Sending(chosen.code, quote.price, store[0], {"name": checkout.address["name"]})


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
            is_digital=line.kind in UNSTOCKED,
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
