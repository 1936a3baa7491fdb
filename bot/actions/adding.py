"""Putting a thing into the cart once it is known which; what is still open is asked, one question at a time."""

from bot.actions.base import Reply, Turn
from bot.actions.cards import quantity_words
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
from bot.client import Match


async def put(turn: Turn, match: Match, goes_on: bool = False) -> Reply:
    """Into the cart, or asks what is still open; `goes_on` to the checkout then."""
    if match.miscount:
        return Reply("utter_miscount", number=match.miscount)
    if match.product and match.variant:
        turn.kept.update(product=match.product.id, chosen_options=match.chosen)
        quantity = match.quantity or turn.slot("quantity")
        if match.variant.can_be_had:
            return await added(turn, match.variant.sku, quantity or 1, goes_on)
        instead = another_than(match.product, match.variant, quantity)
        return asking(instead, turn, goes_on) if instead else sold_out(match.product, match.variant)
    return asking(question_of(match), turn, goes_on)


async def matched(turn: Turn, words: str | None = None) -> Match:
    product = turn.entity("product")
    is_same = product in (None, turn.slot("product"))
    chosen = (turn.slot("chosen_options") or {}) if is_same else {}
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
    if goes_on:
        turn.kept.update(interrupted_loop=COLLECTING)
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
