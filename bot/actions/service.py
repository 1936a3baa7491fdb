"""What the assistant cannot do itself: said truthfully, with the way to people who can."""

from bot.actions.base import BackendAction, Reply, Turn


class ReachPeople(BackendAction):
    """One answer per wish; each names the address that people read."""

    changes_subject = True

    def name(self) -> str:
        return "action_reach_people"

    async def answer(self, turn: Turn) -> Reply:
        shop = await turn.backend.shop()
        return Reply(f"utter_{turn.intent}", contact=shop.email)


class FileReceived(BackendAction):
    """Nobody but people can look at a photo."""

    def name(self) -> str:
        return "action_file_received"

    async def answer(self, turn: Turn) -> Reply:
        shop = await turn.backend.shop()
        return Reply("utter_file_received", contact=shop.email)
