"""The variant form's question: which product, or which of its options. Kept in slots, it can be asked again."""

from typing import Any

from bot.actions.base import Reply, Turn
from bot.actions.cards import product_card
from bot.client import Match, Option, Product

ASKING = "variant_form"

NOTHING_ASKED: dict[str, Any] = {"variant": None, "quantity": None, "chosen_options": None, "question": None}


def asking(question: dict[str, Any], turn: Turn) -> Reply:
    """Starts the form that asks; a checkout that was going on is taken up again when it is done."""
    return Reply.silent(slots=question | interrupted(turn), loop=ASKING)


def interrupted(turn: Turn) -> dict[str, Any]:
    has_another = turn.active_loop not in (None, ASKING)
    return {"interrupted_loop": turn.active_loop if has_another else turn.slot("interrupted_loop")}


def question_of(match: Match, quantity: int | None = None) -> dict[str, Any]:
    """The next thing to ask, as slots."""
    if match.product and match.open_options:
        question = option_question(
            match.product, match.open_options[0], match.chosen, match.quantity or quantity
        )
        if match.not_offered:
            question["question"]["key"] = "utter_option_not_offered"
        return question
    cards = [product_card(product) for product in match.candidates]
    asked = {
        "key": "utter_which_one" if cards else "utter_which_product",
        "arguments": {"products": cards},
        "option": "",
    }
    shown = {"shown_products": [product.id for product in match.candidates]} if cards else {}
    return NOTHING_ASKED | {"quantity": match.quantity or quantity, "question": asked} | shown


def option_question(
    product: Product, option: Option, chosen: dict[str, str], quantity: int | None
) -> dict[str, Any]:
    arguments = {
        "name": product.name,
        "option": option.name.lower(),
        "values": [{"code": value.code, "name": value.name} for value in option.values],
    }
    return {
        "variant": None,
        "product": product.id,
        "chosen_options": chosen or None,
        "quantity": quantity,
        "question": {"key": "utter_choose_option", "arguments": arguments, "option": option.code},
    }
