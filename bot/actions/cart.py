"""The cart. Which thing is meant is the backend's to say; what is still open is asked, one question at a time."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.base import BackendAction, Reply, Turn, turn_of, without_address
from bot.actions.cards import line_card, quantity_words
from bot.actions.catalogue import in_focus
from bot.actions.lines import changed, changed_line, in_cart, line_meant
from bot.actions.offers import complements_of
from bot.actions.questions import (
    ASKING,
    COLLECTING,
    NOTHING_ASKED,
    another_than,
    asking,
    question_of,
    sold_out,
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
        if match.product and match.variant:
            quantity = match.quantity or turn.slot("quantity")
            instead = another_than(match.product, match.variant, quantity)
            if match.variant.available <= 0 and instead:
                return [SlotSet(name, value) for name, value in instead.items()]
            return [SlotSet("variant", match.variant.sku), SlotSet("quantity", quantity)]
        says_more = match.quantity or match.not_offered or match.chosen != (turn.slot("chosen_options") or {})
        if match.product and (says_more or turn.intent in ASKED_AGAIN):
            return [SlotSet(name, value) for name, value in question_of(match, turn.slot("quantity")).items()]
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
        question = turn.slot("question")
        return Reply(question["key"], **question["arguments"])


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
            return await AddToCart().answer(turn)
        line, match = await line_meant(turn, cart)
        if line is None:
            return await AddToCart().answer(turn)
        return await changed(turn, line, match) or cart_reply("utter_what_to_change_in_cart", cart)


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
        line = self._meant(cart, match)
        return (
            await self._removed(turn, line, match.quantity)
            if line
            else cart_reply("utter_which_to_remove", cart)
        )

    @staticmethod
    def _meant(cart: Cart, match: Match) -> CartLine | None:
        if match.kind == "none" and len(cart.lines) == 1:
            return cart.lines[0]
        lines = [line for line in cart.lines if match.product and line.product == match.product.id]
        exact = [line for line in lines if match.variant and line.sku == match.variant.sku]
        fitting = exact or [line for line in lines if match.chosen.items() <= line.options.items()]
        return fitting[0] if len(fitting) == 1 else None

    @staticmethod
    async def _removed(turn: Turn, line: CartLine, quantity: int | None) -> Reply:
        """All of it, or as many as were named."""
        left = line.quantity - quantity if quantity and quantity < line.quantity else 0
        cart = await turn.backend.change_line(line.sku, quantity=left)
        if left:
            return changed_line(cart, line.sku)
        loop = None if cart.lines else _nothing_to_order(turn)
        return Reply("utter_removed", loop=loop, name=line.name, count=cart.count, total=cart.total)


def chosen_before(turn: Turn) -> dict[str, str]:
    chosen: dict[str, str] = turn.slot("chosen_options") or {}
    return chosen


async def put(turn: Turn, match: Match, goes_on: bool = False) -> Reply:
    """Into the cart, or asks what is still open; `goes_on` to the checkout then."""
    if match.product and match.variant:
        turn.kept.update(product=match.product.id, chosen_options=match.chosen)
        quantity = match.quantity or turn.slot("quantity")
        if match.variant.available > 0:
            return await added(turn, match.variant.sku, quantity or 1, goes_on)
        instead = another_than(match.product, match.variant, quantity)
        return asking(instead, turn, goes_on) if instead else sold_out(match.product, match.variant)
    return asking(question_of(match), turn, goes_on)


async def matched(turn: Turn, words: str | None = None) -> Match:
    product = turn.entity("product")
    chosen = chosen_before(turn) if product in (None, turn.slot("product")) else {}
    option = turn.entity("option")
    if option:
        chosen = chosen | {(turn.slot("question") or {}).get("option", ""): option}
    return await turn.backend.match(
        turn.text if words is None else words,
        shown=turn.slot("shown_products") or [],
        product=product or turn.slot("product"),
        chosen=chosen,
    )


async def added(turn: Turn, sku: str, quantity: int, goes_on: bool = False) -> Reply:
    """What goes with it is offered unless the checkout goes on."""
    cart = await turn.backend.add_to_cart(sku, quantity)
    back_to = COLLECTING if goes_on else turn.slot("interrupted_loop")
    loop = back_to or ("" if turn.active_loop in (None, ASKING) else None)
    if all(line.sku != sku for line in cart.lines):  # of a group each member has its line
        slots = NOTHING_ASKED | {"interrupted_loop": None}
        return Reply("utter_set_added", slots=slots, loop=loop, count=cart.count, total=cart.total)
    line = cart.line(sku)
    in_cart = frozenset(other.product for other in cart.lines)
    is_free = back_to is None and turn.active_loop in (None, ASKING)
    complements = await complements_of(turn, line.product, cart.total.currency, in_cart) if is_free else []
    return Reply(
        "utter_added",
        slots=NOTHING_ASKED | {"product": line.product, "interrupted_loop": None},
        loop=loop,
        name=line.name,
        variant=line.variant or None,
        quantity=quantity,
        **quantity_words(line),
        count=cart.count,
        total=cart.total,
        complements=complements,
        complement_count=len(complements),
        complement_names=[complement["name"] for complement in complements],
    )


def cart_reply(key: str, cart: Cart) -> Reply:
    if not cart.lines:
        return Reply("utter_cart_empty")
    return Reply(key, count=cart.count, total=cart.total, lines=[line_card(line) for line in cart.lines])


def _nothing_to_order(turn: Turn) -> str | None:
    return "" if turn.active_loop == COLLECTING else None
