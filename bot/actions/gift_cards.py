"""Gift cards. Their codes never come here: the front desk takes them, and says what became of them."""

from typing import Any

import msgspec

from bot.actions.base import BackendAction, Reply, Turn
from bot.client import Checkout, Credit, Refused


class AskGiftCard(BackendAction):
    """What is left on those that were told of; where there is none, the code is asked for."""

    def name(self) -> str:
        return "action_ask_gift_card"

    async def answer(self, turn: Turn) -> Reply:
        checkout = await turn.backend.checkout()
        if not checkout.credit:
            checkout = await _with_store_credit(turn) or checkout
        if not checkout.credit:
            return Reply("utter_ask_gift_card_code")
        return Reply("utter_credit_left", **_facts(checkout, checkout.credit))


class TakeGiftCard(BackendAction):
    """A code was typed: what it is good for, or why it is not."""

    def name(self) -> str:
        return "action_take_gift_card"

    async def answer(self, turn: Turn) -> Reply:
        outcome = turn.entity("gift_card")
        if outcome != "applied":
            details = {name: turn.entity(name) for name in ("currency", "last_four", "most", "expired_at")}
            return Reply(f"utter_{outcome}", **{name: value for name, value in details.items() if value})
        checkout = await turn.backend.checkout()
        last_four = turn.entity("last_four")
        given = [one for one in checkout.credit if one.last_four == last_four]
        return Reply("utter_gift_card_applied", **_facts(checkout, given))


class DropGiftCards(BackendAction):
    def name(self) -> str:
        return "action_drop_gift_cards"

    async def answer(self, turn: Turn) -> Reply:
        await turn.backend.drop_gift_cards()
        return Reply("utter_gift_cards_dropped")


async def _with_store_credit(turn: Turn) -> Checkout | None:
    """Of a customer whom the website has signed in; most have none."""
    try:
        return await turn.backend.use_store_credit()
    except Refused:
        return None


def _facts(checkout: Checkout, credit: list[Credit]) -> dict[str, Any]:
    return {
        "cards": [
            {
                "kind": one.kind,
                "last_four": one.last_four,
                "left": msgspec.to_builtins(one.left),
                "expires": {"date": one.expires_at[:10]} if one.expires_at else None,
            }
            for one in credit
        ],
        "has_cart": "yes" if checkout.cart.lines else "no",
        "is_enough": "no" if checkout.to_pay.amount else "yes",
        "by_credit": checkout.paid_by_credit,
        "to_pay": checkout.to_pay,
    }
