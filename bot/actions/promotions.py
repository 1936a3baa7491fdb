"""Promotions and the codes that ask for them."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.base import BackendAction, Reply, Turn, turn_of
from bot.actions.cart import cart_reply
from bot.actions.questions import CODE_ASKED
from bot.client import Cart, Coupon

BARE = re.compile(r"[\"“«'\s]*([^\W_](?:[\w-]{1,38})[^\W_])[\"”»'\s.!]*")
"""A message that is a code and nothing else, once one was asked for."""
WISHES = ("affirm", "deny", "goodbye", "thank", "greet", "view_cart", "checkout", "start_over", "ask_help")
"""Intents of one word, which is no code."""
CLEAR = 0.7


class ApplyCoupon(BackendAction):
    """A code that was named is tried at once, also when the question is only whether it works; without one it is
    asked for. While something else is being asked it may come with any message."""

    def name(self) -> str:
        return "action_apply_coupon"

    async def answer(self, turn: Turn) -> Reply:
        code = turn.entity("coupon")
        if code:
            return await applied(turn, code)
        if turn.active_loop:
            return Reply("utter_ask_coupon")
        return Reply.silent(slots={"coupon": None}, loop=CODE_ASKED)


class AskCoupon(BackendAction):
    asks = True

    def name(self) -> str:
        return "action_ask_coupon"

    async def answer(self, turn: Turn) -> Reply:
        return Reply("utter_ask_coupon")


class ValidateCouponForm(Action):  # type: ignore[misc]
    """Takes a code, or a single word that may be one; all else is for the rules."""

    def name(self) -> str:
        return "validate_coupon_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = turn_of(tracker, self.name())
        if not turn.was_asked:
            return [SlotSet("coupon", None)]
        code = turn.entity("coupon") or _bare_code(turn)
        return [SlotSet("coupon", code)] if code else []


class GiveCoupon(BackendAction):
    """What the form asked for is known now."""

    def name(self) -> str:
        return "action_give_coupon"

    async def answer(self, turn: Turn) -> Reply:
        turn.kept["coupon"] = None
        reply = await applied(turn, turn.slot("coupon"))
        reply.slots["coupon"] = None
        return reply


class RemoveCoupon(BackendAction):
    """The one that was named, or the only one."""

    def name(self) -> str:
        return "action_remove_coupon"

    async def answer(self, turn: Turn) -> Reply:
        cart = await turn.backend.cart()
        code = turn.entity("coupon") or _only(cart)
        if code:
            cart = await turn.backend.remove_coupon(code)
            return Reply("utter_coupon_removed", coupon=code, count=cart.count, total=cart.total)
        if not cart.coupons:
            return Reply("utter_no_coupon")
        return Reply("utter_which_coupon", coupons=[{"code": coupon.code} for coupon in cart.coupons])


class TellPromotions(BackendAction):
    def name(self) -> str:
        return "action_tell_promotions"

    async def answer(self, turn: Turn) -> Reply:
        promotions = await turn.backend.promotions()
        if not promotions:
            return Reply("utter_no_promotions")
        return Reply(
            "utter_promotions",
            promotions=[
                {"name": one.name, "description": one.description, "coupon": one.coupon} for one in promotions
            ],
        )


async def applied(turn: Turn, code: str) -> Reply:
    """Refused, it is said why, and which one does work."""
    cart = await turn.backend.apply_coupon(code)
    coupon = _of(cart, code)
    if coupon is None:
        return cart_reply("utter_cart", cart)
    saved = coupon.saved if coupon.saved.amount else None
    return Reply("utter_coupon_applied", coupon=coupon.code, name=coupon.name, saved=saved, total=cart.total)


def _of(cart: Cart, code: str) -> Coupon | None:
    wanted = "".join(code.split()).casefold()
    return next((coupon for coupon in cart.coupons if coupon.code.casefold() == wanted), None)


def _only(cart: Cart) -> str | None:
    return cart.coupons[0].code if len(cart.coupons) == 1 else None


def _bare_code(turn: Turn) -> str | None:
    if turn.intent in WISHES and turn.confidence >= CLEAR:
        return None
    match = BARE.fullmatch(turn.text)
    return match[1] if match else None
