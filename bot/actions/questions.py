"""The forms, and the variant form's question: which product, or which of its options. Kept in slots, it can be
asked again."""

from typing import Any

import msgspec

from bot.actions.base import Reply, Turn
from bot.actions.cards import product_card
from bot.client import Match, Option, Product, Variant

ASKING = "variant_form"
COLLECTING = "checkout_form"
CODE_ASKED = "coupon_form"

NOTHING_ASKED: dict[str, Any] = {"variant": None, "quantity": None, "chosen_options": None, "question": None}


def asking(question: dict[str, Any], turn: Turn, goes_on: bool = False) -> Reply:
    """Starts the form that asks; a checkout that was going on, or that `goes_on`, is taken up when it is done."""
    after = {"interrupted_loop": COLLECTING} if goes_on else interrupted(turn)
    return Reply.silent(slots=question | after, loop=ASKING)


def interrupted(turn: Turn) -> dict[str, Any]:
    has_another = turn.active_loop not in (None, ASKING)
    return {"interrupted_loop": turn.active_loop if has_another else turn.slot("interrupted_loop")}


def question_of(match: Match, quantity: int | None = None) -> dict[str, Any]:
    """The next thing to ask, as slots."""
    if match.product and match.open_options:
        key = "utter_option_not_offered" if match.not_offered else "utter_choose_option"
        return option_question(
            key, match.product, match.open_options[0], match.chosen, match.quantity or quantity
        )
    products = match.candidates
    shown = {"shown_products": [product.id for product in products], "product": None} if products else {}
    return (
        NOTHING_ASKED
        | {"quantity": match.quantity or quantity, "question": _product_question(products)}
        | shown
    )


async def asked_again(turn: Turn) -> dict[str, Any]:
    """The question that is open, in the language that the talk goes on in."""
    product = turn.slot("product")
    if product:
        chosen = turn.slot("chosen_options") or {}
        match = await turn.backend.match("", shown=[], product=product, chosen=chosen)
        return dict(question_of(match, turn.slot("quantity"))["question"])
    shown = [
        await turn.backend.match("", shown=[], product=shown, chosen={})
        for shown in turn.slot("shown_products") or []
    ]
    return _product_question([match.product for match in shown if match.product])


def _product_question(products: list[Product]) -> dict[str, Any]:
    return {
        "key": "utter_which_one" if products else "utter_which_product",
        "arguments": {"products": [product_card(product) for product in products]},
        "option": "",
    }


def another_than(product: Product, variant: Variant, quantity: int | None) -> dict[str, Any] | None:
    """What to choose instead of a variant that is sold out, as slots; None when that is nothing."""
    for option in product.options:
        kept = {code: value for code, value in variant.options.items() if code != option.code}
        others = {
            other.options[option.code]
            for other in product.variants
            if other.can_be_had and kept.items() <= other.options.items()
        }
        values = [value for value in option.values if value.code in others]
        if values:
            left = msgspec.structs.replace(option, values=values)
            question = option_question("utter_option_sold_out", product, left, kept, quantity)
            question["question"]["arguments"]["variant"] = variant.name
            return question
    return None


def sold_out(product: Product, variant: Variant) -> Reply:
    slots = {"product": product.id, "chosen_options": variant.options}
    return Reply(
        "utter_stock_sold_out", slots=slots, name=product.name, variant=variant.name or None, id=product.id
    )


def option_question(
    key: str, product: Product, option: Option, chosen: dict[str, str], quantity: int | None
) -> dict[str, Any]:
    arguments = {
        "name": product.name,
        "quantity": quantity or 1,
        "option": option.name.lower(),
        "values": [{"code": value.code, "name": value.name} for value in option.values],
    }
    return {
        "variant": None,
        "product": product.id,
        "chosen_options": chosen or None,
        "quantity": quantity,
        "question": {"key": key, "arguments": arguments, "option": option.code},
    }
