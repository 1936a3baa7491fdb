"""Sending back, exchanging, and what came broken or not at all: asked about, shown, done after a yes."""

from typing import Any

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.after_sale_wishes import KINDS, REMEDIES, Wish, heard, next_question
from bot.actions.base import UNKNOWN_ORDER, BackendAction, Reply, Turn, turn_of
from bot.actions.cart import CLEAR, UpdateCart
from bot.actions.changes import change_words
from bot.actions.orders import order_facts
from bot.actions.policies import AnswerPolicy
from bot.client import BackendDown, Refused
from bot.client_returns import Choices, after_sale_choices, find_after_sale, preview_change

FORM = "after_sale_form"
OVER = {"after_sale": None, "after_sale_ready": None}
OTHER_WISHES = ("add_to_cart", "remove_from_cart", "checkout", "track_order", "cancel_order", "request_human")
"""Intents whose words may name a thing or a number, too."""
NOT_ALLOWED, SOLD_OUT = "change_not_allowed", "insufficient_stock"


class BeginAfterSale(BackendAction):
    """Of the order of the number that was given, or of the latest. Who asks about returns and has no order hears what
    the shop writes of them."""

    changes_subject = True

    def name(self) -> str:
        return "action_begin_after_sale"

    async def answer(self, turn: Turn) -> Reply:
        kind, number = KINDS[turn.intent], turn.entity("order_number")
        try:
            choices = await after_sale_choices(turn.backend, kind, number)
        except Refused as refusal:
            return await _refused(turn, refusal, kind, number)
        wish = heard(turn, Wish(kind, choices.number, words=turn.text), choices)
        if next_question(wish, choices):
            return Reply.silent(slots=OVER | {"after_sale": msgspec.to_builtins(wish)}, loop=FORM)
        return await previewed(turn, wish, choices)


class AskAfterSale(BackendAction):
    """The next thing that is not said yet; before the first one of a claim, that we are sorry."""

    asks = True

    def name(self) -> str:
        return "action_ask_after_sale_ready"

    async def answer(self, turn: Turn) -> Reply:
        wish, choices = await _standing(turn)
        question = next_question(wish, choices)
        is_first = turn.intent in KINDS
        return Reply(
            f"utter_after_sale_{question}",
            kind=wish.kind,
            is_first="yes" if is_first else "no",
            number=wish.number,
            until={"date": choices.until} if choices.until else None,
            fee=choices.fee,
            **_options(wish, choices),
        )


class ValidateAfterSaleForm(Action):  # type: ignore[misc]
    """Takes what answers the question; all else is for the rules."""

    def name(self) -> str:
        return "validate_after_sale_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = turn_of(tracker, self.name())
        if not turn.was_asked:
            return [SlotSet("after_sale_ready", None)]
        try:
            before, choices = await _standing(turn)
            if _is_another_wish(turn, before):
                return []
            wish = heard(turn, before, choices)
        except (Refused, BackendDown):
            return []
        if wish == before and turn.intent != "file_received":
            return []
        is_ready = next_question(wish, choices) is None or None
        return [SlotSet("after_sale", msgspec.to_builtins(wish)), SlotSet("after_sale_ready", is_ready)]


class PreviewAfterSale(BackendAction):
    """All is said. Only the next answer can be the yes to it."""

    def name(self) -> str:
        return "action_preview_after_sale"

    async def answer(self, turn: Turn) -> Reply:
        wish, choices = await _standing(turn)
        turn.kept.update(OVER)
        return await previewed(turn, wish, choices)


class LeaveAfterSale(BackendAction):
    """A no to a question. Who can't show what is broken is sent to a person."""

    def name(self) -> str:
        return "action_leave_after_sale"

    async def answer(self, turn: Turn) -> Reply:
        wish, choices = await _standing(turn)
        if next_question(wish, choices) != "photo":
            return Reply("utter_deny", slots=OVER, loop="")
        shop = await turn.backend.shop()
        return Reply("utter_after_sale_person", slots=OVER, loop="", contact=shop.email, number=wish.number)


class TellRefund(BackendAction):
    """What was paid back, what is on its way and what failed; and where what comes back is."""

    changes_subject = True

    def name(self) -> str:
        return "action_tell_refund"

    async def answer(self, turn: Turn) -> Reply:
        order = await turn.backend.find_order(turn.entity("order_number"))
        found = await find_after_sale(turn.backend, order.number)
        facts = order_facts(order)
        is_none = not any((facts["paid_back"], facts["going_back"], facts["not_back"]))
        returns = [{"status": one.status, "kind": one.change.kind} for one in found.returns]
        notes = [
            {"note_url": one.credit_note_url, "amount": one.amount}
            for one in found.money
            if one.credit_note_url
        ]
        is_none_yet = "yes" if is_none else "no"
        return Reply("utter_refund_status", is_none=is_none_yet, returns=returns, credit_notes=notes, **facts)


class TellReturnNews(BackendAction):
    """Each state has its own answer."""

    def name(self) -> str:
        return "action_tell_return_news"

    async def answer(self, turn: Turn) -> Reply:
        found = await find_after_sale(turn.backend, turn.entity("order_number"))
        back = next(one for one in found.returns if one.id == turn.entity("return"))
        return Reply(
            f"utter_return_{turn.entity('status')}",
            kind=back.change.kind,
            why=back.words,
            label_url=back.label_url or "",
            send_by={"date": back.send_by} if back.send_by else "",
            **change_words(back.change),
        )


async def previewed(turn: Turn, wish: Wish, choices: Choices) -> Reply:
    """Where there is none left to send once more, money back is shown instead."""
    is_sold_out = False
    try:
        change = await preview_change(turn.backend, wish.number, wish.asked())
    except Refused as refusal:
        if not (wish.is_claim and refusal.code == SOLD_OUT and "refund" in choices.remedies):
            raise
        is_sold_out = True
        refund = msgspec.structs.replace(wish, remedy="refund")
        change = await preview_change(turn.backend, wish.number, refund.asked())
    return Reply(
        f"utter_{change.kind}_preview",
        slots=OVER | {"awaits_change": change.id},
        is_first="yes" if turn.intent in KINDS else "no",
        is_sold_out="yes" if is_sold_out else "no",
        fee=choices.fee,
        **change_words(change),
    )


async def _refused(turn: Turn, refusal: Refused, kind: str, number: str | None) -> Reply:
    if refusal.code == UNKNOWN_ORDER and kind == "exchange" and (await turn.backend.cart()).lines:
        return await UpdateCart().answer(
            turn
        )  # "swap the blue one for a red one", of what is not ordered yet
    if refusal.code == UNKNOWN_ORDER and kind == "return" and not number:
        return await AnswerPolicy().answer(turn)
    reason = refusal.details.get("reason") if refusal.code == NOT_ALLOWED else None
    if reason == "too_late":
        shop = await turn.backend.shop()
        until = {"date": refusal.details["until"]}
        return Reply("utter_after_sale_too_late", kind=kind, until=until, contact=shop.email)
    if reason == "status":
        order = await turn.backend.find_order(number)
        return Reply("utter_after_sale_not_yet", kind=kind, number=order.number)
    raise refusal


async def _standing(turn: Turn) -> tuple[Wish, Choices]:
    wish = msgspec.convert(turn.slot("after_sale"), Wish)
    return wish, await after_sale_choices(turn.backend, wish.kind, wish.number)


def _is_another_wish(turn: Turn, wish: Wish) -> bool:
    """Rather than an answer: "money back" says how to make a claim good, and else is a return."""
    if turn.confidence < CLEAR or (wish.is_claim and turn.intent in REMEDIES):
        return False
    return turn.intent in OTHER_WISHES or KINDS.get(turn.intent, wish.kind) != wish.kind


def _options(wish: Wish, choices: Choices) -> dict[str, Any]:
    line = wish.line(choices)
    return {
        "lines": [{"sku": one.sku, "name": one.name} for one in choices.lines],
        "counts": [{"count": str(count)} for count in range(1, line.quantity + 1)] if line else [],
        "others": [{"sku": one.sku, "name": one.name} for one in line.others] if line else [],
        "reasons": [{"code": code, "name": name} for code, name in choices.reasons.items()],
        "remedies": [{"code": code} for code in choices.remedies],
    }
