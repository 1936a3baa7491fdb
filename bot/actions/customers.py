"""Who the customer is. The code never comes here: the front desk takes it, and says what became of it."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.base import BackendAction, Reply, Turn, turn_of
from bot.actions.history import orders_reply
from bot.actions.loyalty import points_told
from bot.actions.orders import order_reply
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
            return [SlotSet("order_contact", None)]
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
    """The right one: then the order that it was asked for is shown, or all of them, or the points."""

    def name(self) -> str:
        return "action_take_identity_code"

    async def answer(self, turn: Turn) -> Reply:
        outcome = turn.entity("identity")
        if outcome != PROVEN:
            return Reply(f"utter_{outcome}")
        if turn.slot("wants_points"):
            turn.kept["wants_points"] = None
            return await points_told(turn)
        number = turn.slot("wanted_order")
        turn.kept["wanted_order"] = None
        orders = await list_orders(turn.backend)
        if number or len(orders) == 1:
            reply = order_reply(await turn.backend.find_order(number))
        else:
            reply = orders_reply(orders)
        reply.slots["wanted_order"] = None
        return reply
