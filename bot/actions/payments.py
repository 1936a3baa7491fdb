"""When paying did not work."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.checkout import payment_reply
from bot.actions.orders import order_reply
from bot.client import Refused


class PaymentProblem(BackendAction):
    """The cart and what is held stay; the same link takes another card."""

    changes_subject = True

    def name(self) -> str:
        return "action_payment_problem"

    async def answer(self, turn: Turn) -> Reply:
        try:
            order = await turn.backend.find_order(turn.entity("order_number"))
        except Refused:
            return Reply("utter_payment_problem")
        if order.payment_status == "waiting":
            return payment_reply("utter_payment_retry", order)
        return order_reply(order)
