"""What the assistant says of prices that are lower than usual, and of those of many."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.actions.cards import product_card
from bot.actions.cart import cart_reply
from bot.actions.descriptions import chosen_variant
from bot.actions.lines import changed_line
from bot.client import Cart, Coupon, Money, Product
from bot.wording import Wording

WORDING = Wording.load(Path(__file__).parents[2] / "data" / "responses")


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


STEPS = [{"quantity": 3, "price": euros(1000)}, {"quantity": 10, "price": euros(900)}]


def cart(quantity: int, amount: int, usual: int | None) -> Cart:
    line = {
        "sku": "MUG", "product": "mug", "name": "Mug", "variant": "", "quantity": quantity,
        "price": euros(amount), "list_price": usual and euros(usual), "quantity_prices": STEPS,
        "total": euros(amount * quantity), "image": None, "url": "", "available": 99, "options": {}, "parts": [],
        "discounts": [],
    }  # fmt: skip
    sums = {"count": quantity, "total": euros(amount * quantity), "version": 1}
    sums |= {"discount": euros(0), "coupons": [], "free_delivery_missing": None}
    return msgspec.convert({"lines": [line], **sums}, Cart)


def product(amount: int, usual: int | None) -> Product:
    price = {"price": euros(amount), "list_price": usual and euros(usual)}
    variant = {
        "sku": "MUG", "name": "", "options": {}, "image": None, "available": 99, "parts": [],
        "quantity_prices": STEPS,
    }  # fmt: skip
    known = {
        "id": "mug", "name": "Mug", "description": "A mug.", "brand": "", "price_varies": False, "image": None,
        "url": "", "options": [], "attributes": [], "rating": None, "review_count": 0, "available": 99,
    }  # fmt: skip
    return msgspec.convert({**known, **price, "variants": [variant | price]}, Product)


@pytest.mark.parametrize(
    ("language", "quantity", "amount", "usual", "says"),
    [
        ("en", 2, 1200, None, ["3 or more: €10.00 each"]),
        (
            "en",
            3,
            1000,
            1200,
            ["At this quantity, each costs €10.00 instead of €12.00.", "10 or more: €9.00 each"],
        ),
        ("en", 10, 900, 1200, ["At this quantity, each costs €9.00 instead of €12.00."]),
        ("fr", 2, 1200, None, ["À partir de 3\u00a0: 10,00\u00a0€ pièce"]),
        ("fr", 10, 900, 1200, ["À cette quantité, la pièce coûte 9,00\u00a0€ au lieu de 12,00\u00a0€."]),
        ("es", 2, 1200, None, ["3 o más: 10,00\u00a0€ por unidad"]),
        (
            "es",
            10,
            900,
            1200,
            ["Con esta cantidad, cada unidad cuesta 9,00\u00a0€ en lugar de 12,00\u00a0€."],
        ),
    ],
    ids=range(7),
)
def test_who_takes_more_hears_what_each_costs(
    language: str, quantity: int, amount: int, usual: int | None, says: list[str]
) -> None:
    reply = changed_line(cart(quantity, amount, usual), "MUG")
    answer = WORDING.render("utter_cart_changed", language, reply.arguments, "turn-1")
    assert answer["text"].splitlines()[-len(says) :] == says


@pytest.mark.parametrize(
    ("language", "price"),
    [
        ("en", "€20.00, instead of €24.00"),
        ("fr", "20,00\u00a0€ au lieu de 24,00\u00a0€"),
        ("es", "20,00\u00a0€ en lugar de 24,00\u00a0€"),
    ],
)
def test_a_line_says_what_it_would_usually_cost(language: str, price: str) -> None:
    reply = cart_reply("utter_cart", cart(2, 1000, 1200))
    (card,) = WORDING.render("utter_cart", language, reply.arguments, "turn-1")["cards"]
    assert card["price"] == price


@pytest.mark.parametrize(
    ("language", "usual", "price"),
    [
        ("en", None, "€9.90"),
        ("en", 1200, "€9.90, instead of €12.00"),
        ("fr", 1200, "9,90\u00a0€ au lieu de 12,00\u00a0€"),
        ("es", 1200, "9,90\u00a0€ en lugar de 12,00\u00a0€"),
    ],
    ids=range(4),
)
def test_a_card_says_what_a_product_usually_costs(language: str, usual: int | None, price: str) -> None:
    arguments = {"products": [product_card(product(990, usual))]}
    (card,) = WORDING.render("utter_which_one", language, arguments, "turn-1")["cards"]
    assert card["price"] == price


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["€11.00, instead of €12.00", "3 or more: €10.00 each", "10 or more: €9.00 each"]),
        ("fr", ["11,00\u00a0€ au lieu de 12,00\u00a0€", "À partir de 3\u00a0: 10,00\u00a0€ pièce"]),
        ("es", ["11,00\u00a0€ en lugar de 12,00\u00a0€", "10 o más: 9,00\u00a0€ por unidad"]),
    ],
    ids=["en", "fr", "es"],
)
def test_what_is_chosen_comes_with_the_prices_of_many(language: str, says: list[str]) -> None:
    chosen = product(1100, 1200)
    reply = chosen_variant(chosen, chosen.variants[0], {})
    text = WORDING.render("utter_variant_chosen", language, reply.arguments, "turn-1")["text"]
    assert [words for words in says if words not in text] == []


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "“SUMMER10” takes nothing off this order: you have used it before."),
        ("fr", "«\u00a0SUMMER10\u00a0» n'enlève rien à cette commande\u00a0: vous l'avez déjà utilisé."),
        ("es", "«SUMMER10» no descuenta nada en este pedido: ya lo has usado."),
    ],
)
def test_a_code_that_counts_no_more_is_told_with_the_reason(language: str, says: str) -> None:
    used = Coupon("SUMMER10", "Summer", Money(0, "EUR"), "coupon_used")
    reply = cart_reply("utter_cart", msgspec.structs.replace(cart(2, 1000, None), coupons=[used]))
    assert says in WORDING.render("utter_cart", language, reply.arguments, "turn-1")["text"].splitlines()
