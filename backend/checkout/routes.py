"""Checkout of the caller's cart, and our own payment link."""

from datetime import timedelta
from typing import Annotated

import msgspec
from aiohttp import web

from backend.card_numbers import CardNumberTyped, refuse_card_numbers
from backend.cart import service as carts
from backend.cart.routes import CUSTOMER_ID, shopper_of
from backend.catalogue.views import Shopper
from backend.checkout import details, place
from backend.checkout.consignment import NotDeliveredThere
from backend.checkout.details import (
    CheckoutView,
    InvalidEmail,
    InvalidPostcode,
    Told,
    UnknownCountry,
    UnknownDeliveryMethod,
)
from backend.checkout.hold import extend
from backend.checkout.options import DeliveryOption, ways_of
from backend.checkout.pay import OrderNotPayable, open_page, promise_page
from backend.checkout.pickup import NoStoreHasIt, NotAtTheStore
from backend.checkout.stores import StoreQuery, find_stores
from backend.credit import applying
from backend.credit.accounts import GiftCardNotFound
from backend.credit.applying import (
    GiftCardEmpty,
    GiftCardExpired,
    GiftCardOfAnotherCurrency,
    NoStoreCredit,
    TooManyGiftCards,
)
from backend.credit.codes import GiftCodeTyped, refuse_gift_codes
from backend.credit.spending import InsufficientCredit
from backend.customers.addresses import Address
from backend.edge import DATABASE, SETTINGS, Call, Operations
from backend.inventory.backorders import BackorderConsentNeeded
from backend.inventory.service import InsufficientStock
from backend.inventory.sources import UnknownSource
from backend.inventory.stores import StoreView
from backend.limits import LIMITS, TooManyGiftCardCodes
from backend.orders import finding, views
from backend.orders.finding import OrderNotFound
from backend.orders.views import OrderView
from backend.payments.gateway import GATEWAY, PaymentsUnavailable
from backend.promotions.coupons import CouponExhausted, CouponUsed
from backend.shipping.carrier import CarrierUnavailable
from backend.shop import shop_of

operations = Operations("checkout")

GIFT_CARD_REFUSALS = (
    GiftCardNotFound,
    GiftCardExpired,
    GiftCardOfAnotherCurrency,
    GiftCardEmpty,
    TooManyGiftCards,
    TooManyGiftCardCodes,
)


class Telling(msgspec.Struct, frozen=True):
    """`is_answer`: the dialogue has no other reading of the text than as the value that was asked for."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    is_answer: bool = True


Value = Annotated[str, msgspec.Meta(max_length=120)]


class AddressForm(msgspec.Struct, frozen=True):
    """`country` in words or as ISO code; a field that is left out is empty."""

    name: Value = ""
    line1: Value = ""
    line2: Value = ""
    postcode: Value = ""
    city: Value = ""
    region: Value = ""
    country: Value = ""
    email: Value = ""


class DeliveryChoice(msgspec.Struct, frozen=True):
    """`store`: the code of the one where it is to be collected."""

    delivery_method: Annotated[str, msgspec.Meta(max_length=20)]
    store: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class Confirmation(msgspec.Struct, frozen=True):
    """What the customer said yes to: the sum, in minor units, and the version of the cart, if it was seen."""

    total: int
    cart_version: int | None = None
    to_pay: int | None = None
    """Beside gift cards and store credit."""


class GiftCardCode(msgspec.Struct, frozen=True):
    """As it was typed."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class ShopView(msgspec.Struct, frozen=True):
    name: str
    email: str


@operations.get("/api/shop", answer=ShopView)
async def show_shop(call: Call) -> ShopView:
    """Who sells, and where people read e-mails."""
    shop = shop_of(call.session)
    return ShopView(shop.name, shop.email)


@operations.get("/api/delivery-options", answer=list[DeliveryOption], errors=(CarrierUnavailable,))
async def list_delivery_options(call: Call) -> list[DeliveryOption]:
    """How the shop delivers, at the price for the cart as it is, to the address that is known."""
    cart = await carts.find_cart(call.session, call.caller.conversation_id)
    checkout = await details.checkout_so_far(call.session, call.caller.conversation_id)
    reckoned = await details.reckon(call.session, checkout, cart, await shopper_of(call))
    ways, _ = await ways_of(call.session, reckoned, checkout, call.language)
    return ways.options


@operations.post("/api/checkout", answer=CheckoutView, errors=(CarrierUnavailable,), is_repeatable=True)
async def start_checkout(call: Call) -> CheckoutView:
    """What is known and what is missing; nothing is placed."""
    return await _view(call)


@operations.post(
    "/api/checkout/tell",
    body=Telling,
    answer=Told,
    errors=(
        CardNumberTyped,
        GiftCodeTyped,
        InvalidEmail,
        InvalidPostcode,
        NotDeliveredThere,
        NoStoreHasIt,
        CarrierUnavailable,
    ),
)
async def tell_checkout(call: Call) -> Told:
    """Understands an address, an e-mail or a delivery method in the customer's words."""
    refuse_card_numbers(call.body.text)
    refuse_gift_codes(call.body.text)
    checkout = await details.find_checkout(call.session, call.caller.conversation_id)
    cart = await carts.find_cart(call.session, call.caller.conversation_id)
    understood, rest = await details.tell(
        call.session,
        checkout,
        call.body.text,
        await shopper_of(call),
        is_answer=call.body.is_answer,
        is_shipped=(await carts.view(call.session, cart, await shopper_of(call))).is_shipped,
    )
    view = await _view(call)
    if understood and understood != ["email"]:
        details.refuse_unserved(view, call.language)
    if "delivery_method" in understood:
        details.refuse_uncollectable(call.session, checkout, view)
    return Told(understood, rest, view)


@operations.put(
    "/api/checkout/address",
    body=AddressForm,
    answer=CheckoutView,
    errors=(
        CardNumberTyped,
        GiftCodeTyped,
        InvalidEmail,
        InvalidPostcode,
        UnknownCountry,
        NotDeliveredThere,
        CarrierUnavailable,
    ),
)
async def fill_in_address(call: Call) -> CheckoutView:
    """The address, and the e-mail, as a form gave them."""
    given = msgspec.structs.asdict(call.body)
    refuse_card_numbers(" ".join(given.values()))
    refuse_gift_codes(" ".join(given.values()))
    email = given.pop("email")
    checkout = await details.find_checkout(call.session, call.caller.conversation_id)
    await details.fill_in(call.session, checkout, Address(**given), email)
    view = await _view(call)
    details.refuse_unserved(view, call.language)
    return view


@operations.put(
    "/api/checkout/delivery",
    body=DeliveryChoice,
    answer=CheckoutView,
    errors=(UnknownDeliveryMethod, UnknownSource, NotDeliveredThere, NoStoreHasIt, CarrierUnavailable),
)
async def choose_delivery(call: Call) -> CheckoutView:
    checkout = await details.find_checkout(call.session, call.caller.conversation_id)
    chosen = call.body.delivery_method, call.body.store
    await details.choose_delivery(call.session, checkout, *chosen, call.language)
    view = await _view(call)
    details.refuse_uncollectable(call.session, checkout, view)
    return view


@operations.put("/api/checkout/address/accepted", answer=CheckoutView, errors=(CarrierUnavailable,))
async def accept_address(call: Call) -> CheckoutView:
    """The address is right as it is: what is doubted first (`house_number`, `postcode_fit`) is asked no more."""
    checkout = await details.find_checkout(call.session, call.caller.conversation_id)
    await details.accept(call.session, checkout)
    return await _view(call)


@operations.get("/api/pickup-stores", query=StoreQuery, answer=list[StoreView])
async def list_stores(call: Call) -> list[StoreView]:
    """The stores, the nearest first, with what each has of the SKUs or, without any, of what is in the cart."""
    return await find_stores(call.session, call.caller.conversation_id, call.query)


@operations.post(
    "/api/checkout/gift-cards",
    body=GiftCardCode,
    answer=CheckoutView,
    errors=(*GIFT_CARD_REFUSALS, CarrierUnavailable),
    is_repeatable=True,
)
async def apply_gift_card(call: Call) -> CheckoutView:
    """The order is to be paid with it, as far as it goes; the same code again changes nothing."""
    await call.request.app[LIMITS].count_gift_card(call.caller.conversation_id, call.request)
    conversation, currency = call.caller.conversation_id, call.caller.currency
    await applying.apply_gift_card(call.session, conversation, call.body.code, currency)
    return await _view(call)


@operations.post(
    "/api/checkout/store-credit",
    answer=CheckoutView,
    errors=(NoStoreCredit, CarrierUnavailable),
    is_repeatable=True,
)
async def apply_store_credit(call: Call) -> CheckoutView:
    """The order is to be paid with what the shop owes to the customer whom the website signed in."""
    conversation, currency = call.caller.conversation_id, call.caller.currency
    customer = await call.request.app[CUSTOMER_ID](call.session, conversation)
    await applying.apply_store_credit(call.session, conversation, customer, currency)
    return await _view(call)


@operations.delete("/api/checkout/gift-cards", answer=CheckoutView, errors=(CarrierUnavailable,))
async def take_gift_cards_away(call: Call) -> CheckoutView:
    """Nothing is to be paid with gift cards or store credit any more."""
    await applying.take_away(call.session, call.caller.conversation_id)
    return await _view(call)


@operations.post(
    "/api/orders",
    body=Confirmation,
    answer=OrderView,
    status=201,
    errors=(
        place.CartIsEmpty,
        place.CheckoutIncomplete,
        place.CheckoutChanged,
        place.OrderTooSmall,
        NotDeliveredThere,
        NotAtTheStore,
        InsufficientStock,
        BackorderConsentNeeded,
        CouponExhausted,
        CouponUsed,
        InsufficientCredit,
        CarrierUnavailable,
    ),
)
async def place_order(call: Call) -> OrderView:
    """Holds the stock and answers the payment link; call it only after the customer's explicit yes.

    What gift cards pay all of is paid then and there.
    """
    settings = call.request.app[SETTINGS]
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    checkout = await details.find_checkout(call.session, call.caller.conversation_id)
    hold = timedelta(minutes=settings.hold_minutes)
    agreed = call.body.total, call.body.cart_version
    shopper, rest = await shopper_of(call), call.body.to_pay
    order = await place.place(call.session, cart, checkout, shopper, *agreed, hold, rest)
    return await views.view(call.session, order, settings.public_url)


@operations.post("/api/orders/{number}/hold", answer=OrderView, errors=(OrderNotFound,))
async def keep_order(call: Call) -> OrderView:
    """The customer has not forgotten it: what waits for its payment is kept a while longer, within limits."""
    settings = call.request.app[SETTINGS]
    order = await finding.find_order(call.session, call.caller.conversation_id, call.path["number"])
    await extend(call.session, order, timedelta(minutes=settings.hold_minutes))
    return await views.view(call.session, order, settings.public_url)


async def pay(request: web.Request) -> web.Response:
    """Our payment link: leads to the one open page of Stripe, or back to the order, which says how it stands."""
    token = request.match_info["token"]
    settings = request.app[SETTINGS]
    try:
        url = await open_page(request.app[DATABASE], request.app[GATEWAY], token, settings.public_url)
    except OrderNotPayable:
        url = f"/orders/{token}"
    except PaymentsUnavailable:
        async with request.app[DATABASE].transaction() as session:
            await promise_page(session, token)
        url = f"/orders/{token}?payments=unavailable"
    except OrderNotFound:
        raise web.HTTPNotFound from None
    raise web.HTTPSeeOther(url)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/pay/{token}", pay)


async def _view(call: Call) -> CheckoutView:
    shopper: Shopper = await shopper_of(call)
    checkout = await details.find_checkout(call.session, call.caller.conversation_id)
    cart = await carts.find_cart(call.session, call.caller.conversation_id)
    return await details.view(call.session, checkout, cart, shopper)
