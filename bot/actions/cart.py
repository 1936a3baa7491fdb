"""The cart. Which thing is meant is the backend's to say; what is still open is asked, one question at a time."""

from typing import Any

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.adding import added, matched, put
from bot.actions.backorders import consented
from bot.actions.base import BackendAction, Reply, Turn, turn_of, without_address
from bot.actions.cards import line_card, savings_words
from bot.actions.catalogue import choice, in_focus
from bot.actions.changes import agreed_to_change
from bot.actions.lines import changed, counted, in_cart, line_meant
from bot.actions.loyalty import points_used
from bot.actions.notifications import reminder_answered
from bot.actions.privacy import agreed_to_erasure
from bot.actions.questions import (
    COLLECTING,
    NOTHING_ASKED,
    another_than,
    asked_again,
    question_of,
)
from bot.client import BackendDown, Cart, CartLine, Match, Refused

ASKED_AGAIN = ("add_to_cart", "choose", "affirm")
"""Intents that mean to answer the question which variant, even if they do not say it."""
OTHER_WISHES = (
    "checkout",
    "view_cart",
    "track_order",
    "deny",
    "start_over",
    "request_human",
    "remove_from_cart",
)
"""Intents whose words may sound like a product's ("finalizar compra"), and mean something else."""
QUESTIONS = (
    "ask_product_detail",
    "ask_reviews",
    "ask_stock",
    "ask_shipping_options",
    "ask_shipping_cost",
    "ask_delivery_time",
    "ask_policy",
)
"""Intents that choose nothing, whatever they name ("how big is the first one?")."""
VALUES = ("choose", "inform", "nlu_fallback")
"""Intents of a message that may be no more than a value."""
CLEAR = 0.6


class AddToCart(BackendAction):
    """Adds what was named or pressed; starts asking when an option is open. An address in the same message is kept
    for the order, which is taken up then."""

    def name(self) -> str:
        return "action_add_to_cart"

    async def answer(self, turn: Turn) -> Reply:
        pressed = turn.entity("variant")
        if pressed:
            return await added(turn, pressed, 1)
        words, goes_on = await without_address(turn)
        match = await matched(turn, words)
        if match.is_only and await in_cart(turn):
            return await UpdateCart().answer(turn)
        if match.kind == "none":
            match = await in_focus(turn) or match
        return await put(turn, match, goes_on)


class AddChosen(BackendAction):
    """What the form asked for is known now."""

    def name(self) -> str:
        return "action_add_chosen"

    async def answer(self, turn: Turn) -> Reply:
        return await added(turn, turn.slot("variant"), turn.slot("quantity") or 1)


class AcceptOffer(BackendAction):
    """ "Yes" after a product was shown on its own takes it; after anything else it takes nothing."""

    def name(self) -> str:
        return "action_accept_offer"

    async def answer(self, turn: Turn) -> Reply:
        if turn.slot("awaits_change"):
            return await agreed_to_change(turn, turn.slot("awaits_change"))
        if turn.slot("awaits_erasure"):
            return await agreed_to_erasure(turn, turn.slot("awaits_erasure"))
        if turn.slot("awaits_reminder"):
            return await reminder_answered(turn, is_wanted=True)
        if turn.slot("awaits_points"):
            return await points_used(turn)
        asked = turn.slot("awaits_consent")
        if asked:
            return await consented(turn, asked)
        offered = turn.slot("offered_product")
        if not offered:
            return Reply("utter_what_next")
        match = await turn.backend.match(
            "", shown=[], product=offered, chosen=turn.slot("chosen_options") or {}
        )
        return await put(turn, match)


class ValidateVariantForm(Action):  # type: ignore[misc]
    """Takes the customer's words as the answer if they choose something; otherwise they are for the rules."""

    def name(self) -> str:
        return "validate_variant_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = turn_of(tracker, self.name())
        if not turn.was_asked:
            return [SlotSet("variant", None)]
        is_other_wish = turn.intent in OTHER_WISHES and turn.confidence >= CLEAR
        if is_other_wish or turn.intent in QUESTIONS:
            return []
        try:
            match = await matched(turn)
            is_correction = match.is_correction and await in_cart(turn)
        except (Refused, BackendDown):
            return []
        return [] if is_correction else self._taken(turn, match)

    def _taken(self, turn: Turn, match: Match) -> list[EventType]:
        is_another = match.product and match.product.id != turn.slot("product")
        if is_another and turn.intent not in ("add_to_cart", "choose"):
            return []
        quantity = turn.slot("quantity")
        if match.quantity:
            quantity = max(1, match.counted_from(quantity or 1))
        if match.product and match.variant:
            instead = another_than(match.product, match.variant, quantity)
            if not match.variant.can_be_had and instead:
                return [SlotSet(name, value) for name, value in instead.items()]
            return [SlotSet("variant", match.variant.sku), SlotSet("quantity", quantity)]
        says_more = match.quantity or match.not_offered or match.chosen != (turn.slot("chosen_options") or {})
        if match.product and (says_more or turn.intent in ASKED_AGAIN):
            asked = question_of(msgspec.structs.replace(match, quantity=quantity))
            return [SlotSet(name, value) for name, value in asked.items()]
        return self._not_offered(turn, match)

    @staticmethod
    def _not_offered(turn: Turn, match: Match) -> list[EventType]:
        """ "Blue" while something is asked about that has no colours is no wish for something else that is blue."""
        question = turn.slot("question")
        is_value = turn.intent in VALUES and match.candidates and not match.is_named
        if not is_value or not question["option"]:
            return []
        return [
            SlotSet("variant", None),
            SlotSet("question", question | {"key": "utter_option_not_offered"}),
        ]


class AskVariant(BackendAction):
    def name(self) -> str:
        return "action_ask_variant"

    async def answer(self, turn: Turn) -> Reply:
        """What led to the question is said once: whoever asks something else meanwhile has heard it."""
        question = turn.slot("question")
        if question.get("language", turn.language) != turn.language:
            question = await asked_again(turn)
        key = "utter_choose_option" if question["option"] else question["key"]
        kept = question | {"key": key, "language": turn.language}
        return Reply(question["key"], slots={"question": kept}, **question["arguments"])


class StopAsking(BackendAction):
    def name(self) -> str:
        return "action_stop_asking"

    async def answer(self, turn: Turn) -> Reply:
        return Reply("utter_deny", slots=NOTHING_ASKED, loop="")


class ViewCart(BackendAction):
    changes_subject = True

    def name(self) -> str:
        return "action_view_cart"

    async def answer(self, turn: Turn) -> Reply:
        return cart_reply("utter_cart", await turn.backend.cart())


class UpdateCart(BackendAction):
    """Another quantity, or another variant in the place of the one in the cart."""

    changes_subject = True

    def name(self) -> str:
        return "action_update_cart"

    async def answer(self, turn: Turn) -> Reply:
        cart = await turn.backend.cart()
        if not cart.lines:
            return await self._wished(turn)
        line, match = await line_meant(turn, cart)
        if line is None:
            return await self._wished(turn)
        if match.change == "more" and match.variant and match.variant.sku != line.sku:
            return await added(turn, match.variant.sku, match.quantity or 1)
        return await changed(turn, line, match) or cart_reply("utter_what_to_change_in_cart", cart)

    @staticmethod
    async def _wished(turn: Turn) -> Reply:
        """Of what is not in the cart, a number is a wish to have it; "make it blue" only picks what is shown."""
        match = await matched(turn)
        is_wish = match.quantity or match.is_named or match.kind == "none"
        return await AddToCart().answer(turn) if is_wish else await choice(turn, match)


class RemoveFromCart(BackendAction):
    changes_subject = True

    def name(self) -> str:
        return "action_remove_from_cart"

    async def answer(self, turn: Turn) -> Reply:
        cart = await turn.backend.cart()
        if not cart.lines:
            return Reply("utter_cart_empty")
        pressed = turn.entity("variant")
        if pressed:
            return await self._removed(turn, cart.line(pressed), None)
        in_cart = list(dict.fromkeys(line.product for line in cart.lines))
        match = await turn.backend.match(turn.text, shown=in_cart, product=None, chosen={})
        if match.is_everything:
            await turn.backend.empty_cart()
            return Reply("utter_cart_emptied", loop=_nothing_to_order(turn))
        if match.miscount:
            return Reply("utter_miscount", number=match.miscount)
        line = line_named(cart, match)
        return (
            await self._removed(turn, line, match.quantity)
            if line
            else cart_reply("utter_which_to_remove", cart)
        )

    @staticmethod
    async def _removed(turn: Turn, line: CartLine, quantity: int | None) -> Reply:
        """All of it, or as many as were named."""
        return await counted(turn, line, line.quantity - (quantity or line.quantity))


def line_named(cart: Cart, match: Match) -> CartLine | None:
    """The one line that the words mean; the only one that there is where they name nothing."""
    if match.kind == "none" and len(cart.lines) == 1:
        return cart.lines[0]
    lines = [line for line in cart.lines if match.product and line.product == match.product.id]
    exact = [line for line in lines if match.variant and line.sku == match.variant.sku]
    fitting = exact or [line for line in lines if match.chosen.items() <= line.options.items()]
    return fitting[0] if len(fitting) == 1 else None


def cart_reply(key: str, cart: Cart) -> Reply:
    if not cart.lines:
        return Reply("utter_cart_empty")
    return Reply(
        key,
        count=cart.count,
        total=cart.total,
        free_missing=cart.free_delivery_missing,
        lines=[line_card(line) for line in cart.lines],
        **savings_words(cart),
    )


def _nothing_to_order(turn: Turn) -> str | None:
    return "" if turn.active_loop == COLLECTING else None
