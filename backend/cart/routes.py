"""The cart of the caller's conversation. Every change answers the whole cart."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import msgspec
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.coupons import NoSuchCouponInCart, TooManyCoupons, apply_coupon, remove_coupon
from backend.cart.service import CartView, NotInCart, TooManyOfOne
from backend.catalogue.read import VariantNotFound
from backend.catalogue.views import Shopper
from backend.edge import Call, Operations
from backend.inventory.backorders import BackorderConsentNeeded
from backend.inventory.service import InsufficientStock
from backend.promotions import coupons

CustomerOf = Callable[[AsyncSession, str], Awaitable[str | None]]
CUSTOMER_GROUP: web.AppKey[CustomerOf] = web.AppKey("customer_group")
"""Of a conversation's customer, where it is known who that is; conversations are a higher domain."""

CUSTOMER_ID: web.AppKey[CustomerOf] = web.AppKey("customer_id")
"""The website's own number for that customer."""

operations = Operations("cart")

Quantity = Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]
Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
REFUSALS = (VariantNotFound, InsufficientStock, TooManyOfOne, BackorderConsentNeeded)
COUPON_REFUSALS = (
    coupons.UnknownCoupon,
    coupons.CouponExpired,
    coupons.CouponNotStarted,
    coupons.CouponExhausted,
    coupons.CouponUsed,
    coupons.CouponWrongCurrency,
    coupons.CouponMinimumNotReached,
    coupons.CouponNotForThese,
    coupons.CouponNotCombinable,
    TooManyCoupons,
)


class NewLine(msgspec.Struct, frozen=True):
    """`agreed_date`: the customer has said yes to what is not there yet being sent on that day."""

    sku: Sku
    quantity: Quantity = 1
    agreed_date: date | None = None


class SetLine(msgspec.Struct, frozen=True):
    """`quantity` 0 removes the line; `new_sku` puts another variant in its place. `agreed_date`: the customer has
    said yes to what is not there yet being sent on that day."""

    quantity: Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] | None = None
    new_sku: Sku | None = None
    agreed_date: date | None = None


class NewCoupon(msgspec.Struct, frozen=True):
    """Capitals and spaces make no difference."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


async def shopper_of(call: Call) -> Shopper:
    group = await call.request.app[CUSTOMER_GROUP](call.session, call.caller.conversation_id)
    return Shopper(call.language, call.caller.currency, group)


@operations.get("/api/cart", answer=CartView)
async def get_cart(call: Call) -> CartView:
    cart = await carts.find_cart(call.session, call.caller.conversation_id)
    return await carts.view(call.session, cart, await shopper_of(call))


@operations.post("/api/cart/lines", body=NewLine, answer=CartView, status=201, errors=REFUSALS)
async def add_to_cart(call: Call) -> CartView:
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    await carts.add_line(call.session, cart, call.body.sku, call.body.quantity, call.body.agreed_date)
    return await carts.view(call.session, cart, await shopper_of(call))


@operations.put("/api/cart/lines/{sku}", body=SetLine, answer=CartView, errors=(*REFUSALS, NotInCart))
async def change_cart_line(call: Call) -> CartView:
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    sku, change = call.path["sku"], call.body
    if change.new_sku and change.new_sku != sku:
        await carts.swap_line(call.session, cart, sku, change.new_sku, change.quantity, change.agreed_date)
    elif change.quantity is not None:
        await carts.set_line(call.session, cart, sku, change.quantity, change.agreed_date)
    return await carts.view(call.session, cart, await shopper_of(call))


@operations.delete("/api/cart", answer=CartView)
async def empty_cart(call: Call) -> CartView:
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    await carts.clear(call.session, cart)
    return await carts.view(call.session, cart, await shopper_of(call))


@operations.post(
    "/api/cart/coupons", body=NewCoupon, answer=CartView, errors=COUPON_REFUSALS, is_repeatable=True
)
async def apply_coupon_to_cart(call: Call) -> CartView:
    """A refusal names the `best` coupon that applies, where one may be told."""
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    shopper = await shopper_of(call)
    await apply_coupon(call.session, cart, call.body.code, shopper)
    return await carts.view(call.session, cart, shopper)


@operations.delete("/api/cart/coupons/{code}", answer=CartView, errors=(NoSuchCouponInCart,))
async def remove_coupon_from_cart(call: Call) -> CartView:
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    await remove_coupon(call.session, cart, call.path["code"])
    return await carts.view(call.session, cart, await shopper_of(call))
