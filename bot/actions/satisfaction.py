"""How it was: asked when something is done, and what is made of the answer."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.notifications import reminder_question

GOOD = 4


class AskSatisfaction(BackendAction):
    """Says nothing unless it is time: never amid something that is still to be answered. Who has left something in
    the cart is asked about a reminder instead, once."""

    def name(self) -> str:
        return "action_ask_satisfaction"

    async def answer(self, turn: Turn) -> Reply:
        if turn.active_loop:
            return Reply.silent()
        if await turn.backend.ask_satisfaction():
            return Reply("utter_ask_satisfaction")
        return await reminder_question(turn)


class Rate(BackendAction):
    def name(self) -> str:
        return "action_rate"

    async def answer(self, turn: Turn) -> Reply:
        score = int(turn.entity("score"))
        await turn.backend.answer_satisfaction(score=score)
        if score >= GOOD:
            return Reply("utter_rated_well")
        shop = await turn.backend.shop()
        return Reply("utter_rated_badly", slots={"awaits_comment": True}, contact=shop.email)
