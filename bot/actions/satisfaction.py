"""How it was: asked when something is done, and what is made of the answer."""

from bot.actions.base import BackendAction, Reply, Turn

GOOD = 4


class AskSatisfaction(BackendAction):
    """Says nothing unless it is time: never amid something that is still to be answered."""

    def name(self) -> str:
        return "action_ask_satisfaction"

    async def answer(self, turn: Turn) -> Reply:
        if turn.active_loop or not await turn.backend.ask_satisfaction():
            return Reply.silent()
        return Reply("utter_ask_satisfaction")


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
