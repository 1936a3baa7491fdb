"""How the shop delivers, what it costs and how long it takes."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.checkout import delivery_reply
from bot.actions.orders import order_reply
from bot.actions.policies import found_policy, quoted
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
    """The ways of delivery for what is in the cart; before them what the shop's own texts say of other questions
    ("do you deliver to Germany?"). How a text begins is what the ways themselves say."""

    def name(self) -> str:
        return "action_shipping_options"

    async def answer(self, turn: Turn) -> Reply:
        under_way = await order_under_way(turn) if turn.intent == "ask_delivery_time" else None
        if under_way:
            return under_way
        options = await turn.backend.delivery_options()
        is_question = turn.intent == "ask_shipping_options" and turn.text
        policy = await found_policy(turn) if is_question else None
        if policy and policy.number > 1:
            return delivery_reply("utter_shipping_policy", options, **quoted(policy, turn))
        missing = (await turn.backend.cart()).free_delivery_missing
        return delivery_reply("utter_shipping_options", options, free_missing=missing)
