"""What customers want to be told of unasked."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.client_notifications import ask_reminder, choose_notifications


class StopNotifications(BackendAction):
    def name(self) -> str:
        return "action_stop_notifications"

    async def answer(self, turn: Turn) -> Reply:
        return await notifications_stopped(turn)


class RemindOfCart(BackendAction):
    """Told by the shop; says nothing if the cart was emptied in that very moment."""

    def name(self) -> str:
        return "action_remind_of_cart"

    async def answer(self, turn: Turn) -> Reply:
        cart = await turn.backend.cart()
        if not cart.lines:
            return Reply.silent()
        return Reply("utter_news_cart_left", count=cart.count, total=cart.total)


async def notifications_stopped(turn: Turn) -> Reply:
    await choose_notifications(turn.backend, is_wanted=False)
    return Reply("utter_notifications_stopped")


async def reminder_question(turn: Turn) -> Reply:
    """Put once to whoever leaves with something in the cart."""
    if not await ask_reminder(turn.backend):
        return Reply.silent()
    return Reply("utter_ask_reminder", slots={"awaits_reminder": True})


async def reminder_answered(turn: Turn, *, is_wanted: bool) -> Reply:
    await choose_notifications(turn.backend, is_wanted=is_wanted)
    return Reply("utter_reminder_wanted" if is_wanted else "utter_reminder_unwanted")
