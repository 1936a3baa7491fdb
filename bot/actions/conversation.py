"""Talk about the talk: language, starting over, a bare value, and what was not understood."""

from bot.actions.adding import put
from bot.actions.base import CERTAIN, OURS, BackendAction, Reply, Turn
from bot.actions.catalogue import shown
from bot.actions.descriptions import detail
from bot.actions.lines import corrected
from bot.actions.orders import order_reply
from bot.actions.policies import found_policy, policy_reply
from bot.actions.questions import NOTHING_ASKED

OFFER_A_PERSON_AFTER = 2


class ChangeLanguage(BackendAction):
    def name(self) -> str:
        return "action_change_language"

    async def answer(self, turn: Turn) -> Reply:
        if turn.entity("language") not in OURS:
            return Reply("utter_which_language")
        await turn.backend.set_language(turn.language)
        return Reply("utter_language_changed")


class StartOver(BackendAction):
    """Forgets what was being talked of; the cart stays, since nobody asked to lose it."""

    def name(self) -> str:
        return "action_start_over"

    async def answer(self, turn: Turn) -> Reply:
        forgotten = NOTHING_ASKED | dict.fromkeys(
            ("shown_products", "product", "query", "interrupted_loop", "checkout_note", "order_confirmed")
        )
        cart = await turn.backend.cart()
        return Reply("utter_start_over", slots=forgotten, loop="", count=cart.count)


class TakeInformation(BackendAction):
    """A value that nobody asked for: an order's number is looked up, an address is kept for the checkout, and with it
    may come what is to be sent there."""

    def name(self) -> str:
        return "action_take_information"

    async def answer(self, turn: Turn) -> Reply:
        number = turn.entity("order_number")
        if number:
            return order_reply(await turn.backend.find_order(number))
        if not turn.text:
            return Reply("utter_what_for")
        told = await turn.backend.tell_checkout(turn.text, is_answer=False)
        if told.understood and told.rest:
            match = await turn.backend.match(told.rest, shown=[], product=None, chosen={})
            if match.is_clear:
                return await put(turn, match, goes_on=True)
        if told.understood:
            return Reply("utter_noted")
        return Reply("utter_not_understood" if turn.active_loop else "utter_what_for")


class OutOfScope(BackendAction):
    """What sounds like nothing of ours may still be something that the shop sells or writes of: they know better."""

    changes_subject = True

    def name(self) -> str:
        return "action_out_of_scope"

    async def answer(self, turn: Turn) -> Reply:
        known = await named_products(turn) or await said_policy(turn) if turn.confidence < CERTAIN else None
        return known or Reply("utter_out_of_scope")


async def counted(turn: Turn) -> Reply | None:
    """ "Two in blue" of what is on the screen is a wish."""
    on_screen = turn.slot("shown_products") or []
    if not turn.text or not on_screen:
        return None
    match = await turn.backend.match(turn.text, shown=on_screen, product=turn.slot("product"), chosen={})
    is_wish = match.quantity and match.said_options and not (match.is_named or match.unknown)
    return await put(turn, match) if is_wish else None


async def named_products(turn: Turn, *, may_differ: bool = False) -> Reply | None:
    """The products that the words name; None when there are words beside that the shop does not know, or that it
    knows only after correcting them: "llega" is no mistyped "riega". They `may_differ` in what is wished of them."""
    found = await turn.backend.search_products(turn.text, turn.slot("query")) if turn.text else None
    if not found or not found.products or found.unknown:
        return None
    if found.relaxed and not (may_differ and "text" not in found.relaxed):
        return None
    words = len(found.query["text"].split())
    return shown(found) if words and not (found.corrected and words > 1) else None


async def named_product(turn: Turn) -> Reply | None:
    """ "And the Commune one": more is said of it than the catalogue understands."""
    if not turn.text:
        return None
    shown_before, product = turn.slot("shown_products") or [], turn.slot("product")
    match = await turn.backend.match(turn.text, shown=shown_before, product=product, chosen={})
    if not match.product or not match.is_named or len(match.unknown) > 1:
        return None
    return await detail(match.product, match, turn, asks=False)


async def said_policy(turn: Turn) -> Reply | None:
    policy = await found_policy(turn) if turn.text else None
    return policy_reply(policy, turn) if policy else None


class MakeSense(BackendAction):
    """Words that fit no intent are often a product's name, or stand in the shop's own texts; if not, it is said,
    and then a person is offered."""

    changes_subject = True

    def name(self) -> str:
        return "action_make_sense"

    async def answer(self, turn: Turn) -> Reply:
        if turn.text and (await turn.backend.tell_checkout(turn.text, is_answer=False)).understood:
            return Reply("utter_noted")
        correction = await corrected(turn) if turn.text else None
        if correction:
            return correction
        known = (
            await counted(turn)
            or await named_products(turn, may_differ=True)
            or await named_product(turn)
            or await said_policy(turn)
        )
        if known:
            return known
        times = (turn.slot("misunderstandings") or 0) + 1
        if times < OFFER_A_PERSON_AFTER:
            return Reply("utter_not_understood", slots={"misunderstandings": times})
        shop = await turn.backend.shop()
        return Reply("utter_not_understood_again", slots={"misunderstandings": 0}, contact=shop.email)
