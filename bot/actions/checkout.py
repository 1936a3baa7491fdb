"""From the cart to the payment link: asked one thing at a time, shown as a whole, placed after an explicit yes."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.adding import put
from bot.actions.backorders import agreed
from bot.actions.base import (
    NEEDS_CONSENT,
    BackendAction,
    Reply,
    Turn,
    consent_asked,
    consent_words,
    turn_of,
)
from bot.actions.cards import line_card, part_names, savings_words
from bot.actions.lines import corrected
from bot.actions.pickup import store_cards, store_words
from bot.actions.questions import ASKING, COLLECTING
from bot.client import BackendDown, CartLine, Checkout, DeliveryOption, Order, Refused, Tax

ADDRESS_FIELDS = ("name", "line1", "line2", "postcode", "city", "region", "country", "email")
"""What the form of an address gives."""
ANSWERS = ("inform", "choose", "nlu_fallback", "out_of_scope")
"""Intents under which a bare word may be the value that was asked for (a name, a city); others are wishes."""
MAY_CORRECT = ("deny", "choose", "inform", "nlu_fallback")
"""Intents under which the words may name another option of what is in the cart: "no, rather in cream"."""
DOUBTFUL = 0.6
"""Below this, an intent says less than the fact that something was asked: a name is no word of any language."""

DOUBTS = ("house_number", "postcode_fit")
"""What is asked about an address that may be right all the same."""
NOTHING_SHOWN: dict[str, Any] = {"order_confirmed": None, "shown_total": None}
SURE = 0.7
"""A yes that pays must be a clear one."""


class BeginCheckout(BackendAction):
    """Takes what the same message may already say of the address; an empty cart is not checked out."""

    changes_subject = True

    def name(self) -> str:
        return "action_begin_checkout"

    async def answer(self, turn: Turn) -> Reply:
        told = await turn.backend.tell_checkout(turn.text, is_answer=False) if turn.text else None
        checkout = told.checkout if told else await turn.backend.checkout()
        if checkout.cart.lines:
            return Reply.silent(loop=COLLECTING)
        if turn.active_loop == ASKING and turn.slot("product"):
            return Reply.silent(loop=ASKING)  # what was about to be bought still needs its option
        if told and told.rest:
            match = await turn.backend.match(told.rest, shown=[], product=None, chosen={})
            if match.is_clear:
                return await put(turn, match, goes_on=True)
        return Reply("utter_cart_is_empty")


class ValidateCheckoutForm(Action):  # type: ignore[misc]
    """Hands the words to the backend; what it does not understand is for the rules."""

    def name(self) -> str:
        return "validate_checkout_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = turn_of(tracker, self.name())
        if not turn.was_asked:
            return [SlotSet("order_confirmed", None)]
        try:
            return await self._taken(turn)
        except Refused as refusal:
            if refusal.code == NEEDS_CONSENT:
                note = _note(f"utter_{refusal.code}", consent_words(refusal))
                return [*note, SlotSet("awaits_consent", consent_asked(refusal))]
            return _note(f"utter_{refusal.code}", refusal.details | filled_in(turn))
        except BackendDown:
            return []

    async def _taken(self, turn: Turn) -> list[EventType]:
        if turn.intent == "address_given":
            await turn.backend.fill_in_address(filled_in(turn))
            return _note(None)
        chosen = turn.entity("delivery_method")
        if chosen:
            await turn.backend.choose_delivery(chosen, turn.entity("store"))
            return _note(None)
        if turn.text:
            told = await turn.backend.tell_checkout(turn.text, is_answer=_may_be_a_value(turn))
            if told.understood:  # "yes, but by express" is no yes to what was shown
                return _note(None)
        if turn.text and turn.intent in MAY_CORRECT:
            correction = await corrected(turn)
            if correction:
                return _noted(correction)
        if turn.intent == "affirm" and turn.slot("awaits_consent"):
            await agreed(turn, turn.slot("awaits_consent"))
            return [*_note(None), SlotSet("awaits_consent", None)]
        was_shown = turn.slot("shown_total") is not None
        if not was_shown and turn.intent in ("affirm", "deny") and await _stands_by_address(turn):
            return _note(None)
        if turn.intent == "affirm":
            return _confirmed(turn) if was_shown else _note(None)
        if turn.intent == "deny" and was_shown:
            return _note("utter_what_to_change")
        return []


class AskOrderConfirmed(BackendAction):
    """Asks for whatever is missing now; when nothing is, shows everything and asks for the yes."""

    def name(self) -> str:
        return "action_ask_order_confirmed"

    async def answer(self, turn: Turn) -> Reply:
        note = turn.slot("checkout_note")
        checkout = await turn.backend.checkout()
        if note:
            slots = {"checkout_note": None, "awaits_consent": turn.slot("awaits_consent")}
            return Reply(note["key"], slots=slots, **(_known(checkout) | note["arguments"]))
        if not checkout.cart.lines:
            return Reply("utter_cart_is_empty", loop="")
        if not checkout.missing:
            return _summary(checkout)
        asked = checkout.missing[0]
        if asked == "delivery_method" and not checkout.delivery_options:
            return Reply("utter_not_delivered_there", place=checkout.address_lines[-1], method=None)
        if asked == "delivery_method":
            return delivery_reply("utter_ask_delivery_method", checkout.delivery_options)
        if asked == "store":
            cards = store_cards(checkout.stores)
            method = checkout.delivery.code if checkout.delivery else None
            return Reply("utter_ask_store", stores=[card | {"method": method} for card in cards])
        return Reply(f"utter_ask_{asked}", **({"region": None} | _known(checkout)))


class TakeAddress(BackendAction):
    """A form that is sent when nothing is being ordered: it is kept for the checkout."""

    def name(self) -> str:
        return "action_take_address"

    async def answer(self, turn: Turn) -> Reply:
        await turn.backend.fill_in_address(filled_in(turn))
        return Reply("utter_noted")


class PlaceOrder(BackendAction):
    """After the yes. What was shown travels with it: nothing else is ever ordered."""

    def name(self) -> str:
        return "action_place_order"

    async def answer(self, turn: Turn) -> Reply:
        order = await turn.backend.place_order(*turn.slot("shown_total"))
        if order.payment_status == "paid":
            return Reply(
                "utter_paid_by_credit",
                slots=NOTHING_SHOWN,
                number=order.number,
                total=order.total,
                order_url=order.order_url,
            )
        return payment_reply("utter_payment_link", order)


class StopCheckout(BackendAction):
    def name(self) -> str:
        return "action_stop_checkout"

    async def answer(self, turn: Turn) -> Reply:
        return Reply("utter_checkout_stopped", loop="")


async def _stands_by_address(turn: Turn) -> bool:
    """ "Yes, it is right", or "no, there is none": what was asked about the address is answered."""
    asked = next(iter((await turn.backend.checkout()).missing), None)
    is_right = asked == "house_number" or (asked == "postcode_fit" and turn.intent == "affirm")
    if is_right:
        await turn.backend.accept_address()
    return asked in DOUBTS


def filled_in(turn: Turn) -> dict[str, str]:
    """The values of the form that was sent; none for any other message."""
    values = {name: turn.entity(name) for name in ADDRESS_FIELDS} if turn.intent == "address_given" else {}
    return {name: value for name, value in values.items() if value}


def payment_reply(key: str, order: Order) -> Reply:
    return Reply(
        key,
        slots=NOTHING_SHOWN,
        number=order.number,
        due=order.due,
        pay_url=order.payment_url,
        minutes=_minutes_until(order.pay_by),
        until={"datetime": order.pay_by},
    )


def delivery_reply(key: str, options: list[DeliveryOption], **arguments: Any) -> Reply:
    return Reply(key, options=[_option(option) for option in options], **arguments)


def _summary(checkout: Checkout) -> Reply:
    delivery = _option(checkout.delivery) if checkout.delivery else {}
    place = store_words(checkout.store) if checkout.store else {}
    kind = "_pickup" if place else "" if delivery else "_download"
    return Reply(
        f"utter_checkout_summary{kind}",
        slots={"shown_total": [checkout.total.amount, checkout.cart.version, checkout.to_pay.amount]},
        goods="\n".join(map(_line_words, checkout.cart.lines)),
        address=", ".join(checkout.address_lines),
        name=checkout.recipient,
        **place,
        email=checkout.email,
        later=[line_card(line) for line in checkout.cart.lines if line.later],
        **{f"delivery_{name}": value for name, value in delivery.items()},
        total=checkout.total,
        **savings_words(checkout.cart),
        **tax_words(checkout.tax),
        has_credit="yes" if checkout.paid_by_credit.amount else "no",
        by_credit=checkout.paid_by_credit,
        to_pay=checkout.to_pay,
    )


def tax_words(tax: Tax | None) -> dict[str, Any]:
    """`tax_kind` is `none`, `included` or `on_top`; what comes to nothing is not said."""
    if tax is None or not tax.amount.amount:
        return {"tax_kind": "none", "tax_is_estimate": "no"}
    kind = "included" if tax.is_included else "on_top"
    return {
        "tax_kind": kind,
        "tax": tax.amount,
        "tax_name": tax.name,
        "tax_is_estimate": _yes(tax.is_estimate),
    }


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _known(checkout: Checkout) -> dict[str, Any]:
    """Where the form of the address begins."""
    known = checkout.address | {"email": checkout.email or ""}
    return {name: known[name] for name in ADDRESS_FIELDS if known.get(name)}


def _line_words(line: CartLine) -> str:
    """A bundle is named with its parts, which say what was chosen."""
    details = ", ".join(part_names(line.parts)) or line.variant
    return f"{line.quantity} × {line.name} ({details})" if details else f"{line.quantity} × {line.name}"


def _option(option: DeliveryOption) -> dict[str, Any]:
    return {
        "code": option.code,
        "name": option.name,
        "kind": option.kind,
        "price": {"amount": option.price.amount, "currency": option.price.currency},
        "is_free": "no" if option.price.amount else "yes",
        "said": "from" if option.price_is_lowest else "about" if option.price_is_estimate else "exactly",
        "from": {"date": option.promised_from},
        "to": {"date": option.promised_to},
        "has_free_from": "yes" if option.free_from and option.price.amount else "no",
        "free_from": msgspec.to_builtins(option.free_from),
        "is_one_day": "yes"
        if date.fromisoformat(option.promised_from) == date.fromisoformat(option.promised_to)
        else "no",
    }


def _minutes_until(moment: str) -> int:
    left = datetime.fromisoformat(moment) - datetime.now(UTC)
    return max(1, round(left.total_seconds() / 60))


def _may_be_a_value(turn: Turn) -> bool:
    if "?" in turn.text:
        return False
    is_doubtful = turn.intent not in ("affirm", "deny") and turn.confidence < DOUBTFUL
    return turn.intent in ANSWERS or is_doubtful


def _confirmed(turn: Turn) -> list[EventType]:
    if turn.confidence >= SURE:
        return [SlotSet("order_confirmed", True)]
    return [*_note("utter_please_say_yes"), SlotSet("shown_total", turn.slot("shown_total"))]


def _noted(reply: Reply) -> list[EventType]:
    """What was changed is seen in the summary, which follows; only a refusal has to be said."""
    note = _note(None) if reply.key == "utter_cart_changed" else _note(reply.key, reply.arguments)
    return [*note, *(SlotSet(name, value) for name, value in reply.slots.items())]


def _note(key: str | None, arguments: dict[str, Any] | None = None) -> list[EventType]:
    """The message was taken: what to say of it before the next question, if anything.

    Whatever was shown for a yes is not on the screen any more.
    """
    note = {"key": key, "arguments": arguments or {}} if key else None
    return [SlotSet("order_confirmed", None), SlotSet("checkout_note", note), SlotSet("shown_total", None)]
