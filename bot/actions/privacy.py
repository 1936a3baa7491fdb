"""What the shop knows of the customer: told, and erased after a yes."""

from bot.actions.base import BackendAction, Reply, Turn
from bot.client_privacy import confirm_erasure, preview_erasure, tell_known


class TellMyData(BackendAction):
    changes_subject = True

    def name(self) -> str:
        return "action_tell_my_data"

    async def answer(self, turn: Turn) -> Reply:
        known = await tell_known(turn.backend)
        return Reply(
            "utter_my_data", orders=known.orders, conversations=known.conversations, copy_url=known.url
        )


class PreviewErasure(BackendAction):
    """Only the next answer can be the yes to it."""

    changes_subject = True

    def name(self) -> str:
        return "action_preview_erasure"

    async def answer(self, turn: Turn) -> Reply:
        erasure = await preview_erasure(turn.backend)
        return Reply("utter_erasure_preview", slots={"awaits_erasure": erasure.id})


async def agreed_to_erasure(turn: Turn, erasure_id: str) -> Reply:
    """That it is done is said by the shop: the assistant has forgotten it by then."""
    await confirm_erasure(turn.backend, erasure_id)
    return Reply("utter_erasure_begun")
