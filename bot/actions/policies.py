"""What the shop's own texts say, quoted with its source; what they do not say is not made up."""

from typing import Any

from bot.actions.base import BackendAction, Reply, Turn
from bot.client import Policy

MEANT = {"ask_payment_methods": "payment", "return_item": "returns"}
"""Topics that an intent names even where the words do not."""


class AnswerPolicy(BackendAction):
    def name(self) -> str:
        return "action_answer_policy"

    async def answer(self, turn: Turn) -> Reply:
        policy = await found_policy(turn)
        if policy:
            return policy_reply(policy, turn)
        shop = await turn.backend.shop()
        return Reply("utter_policy_unknown", contact=shop.email)


async def found_policy(turn: Turn) -> Policy | None:
    """The section that answers the customer's words."""
    return await turn.backend.find_policy(turn.text, about=MEANT.get(turn.intent))


def policy_reply(policy: Policy, turn: Turn) -> Reply:
    return Reply("utter_policy", **quoted(policy, turn))


def quoted(policy: Policy, turn: Turn) -> dict[str, Any]:
    return {
        "title": policy.title,
        "section": policy.section,
        "words": policy.text,
        "is_translated": "yes" if policy.language == turn.language else "no",
        "is_shortened": "yes" if policy.is_shortened else "no",
        "url": policy.url,
    }
