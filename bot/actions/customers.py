"""Who the customer is. The code never comes here: the front desk takes it, and says what became of it."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.base import BackendAction, Reply, Turn, turn_of
from bot.actions.history import orders_reply
from bot.client_customers import ask_code, list_orders

PROVEN = "proven"


class AskOrderContact(BackendAction):
    asks = True

    def name(self) -> str:
        return "action_ask_order_contact"

    async def answer(self, turn: Turn) -> Reply:
        return Reply("utter_ask_order_contact", number=turn.slot("wanted_order"))


class ValidateIdentityForm(Action):  # type: ignore[misc]
    """Takes an e-mail address or an order's number; all else is for the rules."""

    def name(self) -> str:
        return "validate_identity_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = turn_of(tracker, self.name())
        if not turn.was_asked:
            return [SlotSet("order_contact", turn.slot("order_contact"))]
        known = {name: turn.entity(name) for name in ("email", "order_number")}
        return [SlotSet("order_contact", known)] if any(known.values()) else []


class SendCode(BackendAction):
    """What the form asked for is known now."""

    def name(self) -> str:
        return "action_send_code"

    async def answer(self, turn: Turn) -> Reply:
        turn.kept["order_contact"] = None
        known = turn.slot("order_contact")
        number = known["order_number"] or turn.slot("wanted_order")
        asked = await ask_code(turn.backend, known["email"], number)
        slots = {"order_contact": None, "wanted_order": number}
        return Reply("utter_code_asked", slots=slots, minutes=asked.good_for_minutes)


class TakeIdentityCode(BackendAction):
    """The right one: then what was wished before goes on, as if it was said now."""

    def name(self) -> str:
        return "action_take_identity_code"

    async def answer(self, turn: Turn) -> Reply:
        outcome = turn.entity("identity")
        if outcome != PROVEN:
            return Reply(f"utter_{outcome}")
        turn.kept.update(wanted_order=None, wanted_wish=None)
        wish, number = turn.slot("wanted_wish"), turn.slot("wanted_order")
        if wish is None:
            return orders_reply(await list_orders(turn.backend))
        reply = await _action(wish["action"]).answer(_said_again(turn, wish["message"], number))
        reply.slots = turn.kept | reply.slots
        return reply


def _action(name: str) -> BackendAction:
    actions: Iterator[BackendAction] = (kind() for kind in BackendAction.__subclasses__())
    return next(action for action in actions if action.name() == name)


def _said_again(turn: Turn, message: dict[str, Any], number: str | None) -> Turn:
    """With the order's number, where it was told in between."""
    tracker = copy.copy(turn.tracker)
    named = [{"entity": "order_number", "value": number}] if number else []
    said = {"intent_ranking": [message["intent"]], "entities": named + message["entities"]}
    tracker.latest_message = turn.tracker.latest_message | message | said
    return replace(turn, tracker=tracker)
