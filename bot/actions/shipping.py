"""How the shop delivers, what it costs and how long it takes."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.checkout import delivery_reply


class ShippingOptions(BackendAction):
    def name(self) -> str:
        return "action_shipping_options"

    async def answer(self, turn: Turn) -> Reply:
        return delivery_reply("utter_shipping_options", await turn.backend.delivery_options())
