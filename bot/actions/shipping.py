"""How the shop delivers, what it costs and how long it takes."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.checkout import delivery_reply
from bot.actions.orders import order_reply
from bot.client import Refused


async def order_under_way(turn: Turn) -> Reply | None:
    """ "When does it arrive?" means what was bought, once nothing else is in the cart."""
    try:
        order = await turn.backend.find_order(turn.entity("order_number"))
    except Refused:
        return None
    is_bought = order.payment_status == "paid" and not (await turn.backend.cart()).lines
    return order_reply(order) if is_bought else None


class ShippingOptions(BackendAction):
    def name(self) -> str:
        return "action_shipping_options"

    async def answer(self, turn: Turn) -> Reply:
        under_way = await order_under_way(turn) if turn.intent == "ask_delivery_time" else None
        return under_way or delivery_reply("utter_shipping_options", await turn.backend.delivery_options())
