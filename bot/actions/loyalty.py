"""Points: how many there are, and turned into store credit after a yes."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.client_loyalty import find_points, spend_points


class TellPoints(BackendAction):
    def name(self) -> str:
        return "action_tell_points"

    async def answer(self, turn: Turn) -> Reply:
        return await points_told(turn)


class UsePoints(BackendAction):
    def name(self) -> str:
        return "action_use_points"

    async def answer(self, turn: Turn) -> Reply:
        return await points_used(turn)


async def points_told(turn: Turn) -> Reply:
    found = await find_points(turn.backend)
    is_enough = found.points >= found.least
    return Reply(
        "utter_points",
        slots={"awaits_points": is_enough or None},
        points=found.points,
        worth=found.worth,
        least=found.least,
        is_enough="yes" if is_enough else "no",
        expires={"date": found.expires_at[:10]} if found.expires_at else None,
    )


async def points_used(turn: Turn) -> Reply:
    spent = await spend_points(turn.backend)
    return Reply("utter_points_used", points=spent.points, credit=spent.credit)
