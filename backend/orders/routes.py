"""Orders of the caller's conversation, and of the customer whose it has shown to be."""

import msgspec

from backend.cart import service as carts
from backend.cart.routes import shopper_of
from backend.cart.service import CartView
from backend.edge import SETTINGS, Call, Operations
from backend.orders import finding, views
from backend.orders.finding import OrderNotFound
from backend.orders.history import OrderSummary, orders_of
from backend.orders.reordering import Missing, order_again
from backend.orders.views import OrderView

operations = Operations("orders")


class OrderQuery(msgspec.Struct, frozen=True):
    number: str | None = None


class OrderedAgain(msgspec.Struct, frozen=True):
    number: str
    cart: CartView
    missing: list[Missing]


@operations.get("/api/order", query=OrderQuery, answer=OrderView, errors=(OrderNotFound,))
async def find_order(call: Call) -> OrderView:
    """The order of this number, or the latest one."""
    order = await finding.find_order(call.session, call.caller.conversation_id, call.query.number)
    return await views.view(call.session, order, call.request.app[SETTINGS].public_url)


@operations.get("/api/orders", answer=list[OrderSummary], errors=(OrderNotFound,))
async def list_orders(call: Call) -> list[OrderSummary]:
    """The latest ten, the latest first."""
    public_url = call.request.app[SETTINGS].public_url
    found = await orders_of(call.session, call.caller.conversation_id, public_url)
    if not found:
        await finding.find_order(call.session, call.caller.conversation_id)
    return found


@operations.post(
    "/api/orders/again", query=OrderQuery, answer=OrderedAgain, errors=(OrderNotFound,), is_repeatable=True
)
async def put_into_cart_again(call: Call) -> OrderedAgain:
    """The cart holds at least what the order held, as far as it is there; the latest order where none is named."""
    order = await finding.find_order(call.session, call.caller.conversation_id, call.query.number)
    cart = await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)
    missing = await order_again(call.session, order, cart)
    return OrderedAgain(order.number, await carts.view(call.session, cart, await shopper_of(call)), missing)
