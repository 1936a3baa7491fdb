"""Changes of an order that is placed: shown first, done after a yes."""

from typing import Any

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.notifications import reminder_answered
from bot.client import Money
from bot.client_changes import Change, confirm_change, preview_cancellation


class PreviewCancellation(BackendAction):
    """Of the order of the number that was given, or of the latest one. Only the next answer can be the yes to it."""

    changes_subject = True

    def name(self) -> str:
        return "action_preview_cancellation"

    async def answer(self, turn: Turn) -> Reply:
        change = await preview_cancellation(turn.backend, turn.entity("order_number"))
        return Reply("utter_cancel_preview", slots={"awaits_change": change.id}, **change_words(change))


class Deny(BackendAction):
    """A no to whatever was asked: a yes after it agrees to nothing."""

    def name(self) -> str:
        return "action_deny"

    async def answer(self, turn: Turn) -> Reply:
        if turn.slot("awaits_reminder"):
            return await reminder_answered(turn, is_wanted=False)
        return Reply("utter_deny")


async def agreed_to_change(turn: Turn, change_id: str) -> Reply:
    change = await confirm_change(turn.backend, change_id)
    return Reply(f"utter_{change.kind}_done", **change_words(change))


def change_words(change: Change) -> dict[str, Any]:
    back = -change.difference.amount
    return {
        "number": change.number,
        "is_paid": "yes" if back > 0 else "no",
        "items": ", ".join(f"{one.quantity} × {one.name}" for one in change.items),
        "instead": ", ".join(f"{one.quantity} × {one.new_name}" for one in change.items if one.new_name),
        "to_pay": Money(max(0, -back), change.difference.currency),
        "is_dearer": "yes" if back < 0 else "no",
        "is_for_person": "yes" if change.is_for_person else "no",
        "back": Money(back, change.difference.currency),
    }
