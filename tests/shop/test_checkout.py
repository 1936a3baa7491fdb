"""Collecting a checkout from the customer's words."""

import pytest

from tests.shop.conftest import Shop


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "Camille Durand, 12 rue des Lilas, 75011 Paris",
            ["Camille Durand", "12 rue des Lilas", "75011 Paris", "France"],
        ),
        (
            "je m'appelle Camille Durand et j'habite au 12 rue des Lilas, 75011 Paris",
            ["Camille Durand", "12 rue des Lilas", "75011 Paris", "France"],
        ),
        (
            "Anna Smith\n12 Baker Street\nLondon NW1 6XE\nUK",
            ["Anna Smith", "12 Baker Street", "NW1 6XE London", "Royaume-Uni"],
        ),
        (
            "Lucía Gómez, calle Mayor 12, 3º B, 28013 Madrid, España",
            ["Lucía Gómez", "calle Mayor 12", "3º B", "28013 Madrid", "Espagne"],
        ),
        (
            "Jean Tremblay, 4520 rue Saint-Denis, Montréal QC h2j 2l3, Canada",
            ["Jean Tremblay", "4520 rue Saint-Denis", "H2J 2L3 Montréal QC", "Canada"],
        ),
        (
            "John Doe, 742 Evergreen Terrace, Springfield, IL 62704, USA",
            ["John Doe", "742 Evergreen Terrace", "62704 Springfield IL", "États-Unis"],
        ),
    ],
)
async def test_an_address_is_understood_as_people_write_it(shop: Shop, text: str, lines: list[str]) -> None:
    customer = await shop.visit()
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": text})
    assert told["checkout"]["address_lines"] == lines
    assert told["checkout"]["missing"] == ["email", "delivery_method"]


async def test_everything_in_one_message_leaves_nothing_to_ask(shop: Shop) -> None:
    customer = await shop.visit()
    text = "Camille Durand, 12 rue des Lilas, 75011 Paris, camille@example.com"
    await customer.call("POST", "/api/checkout/tell", {"text": text})
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": "livraison express svp"})
    assert told["checkout"]["missing"] == []
    assert told["checkout"]["delivery"]["code"] == "express"
    assert told["checkout"]["email"] == "camille@example.com"


async def test_what_is_missing_is_asked_one_thing_at_a_time(shop: Shop) -> None:
    customer = await shop.visit()
    asked = []
    for text in ("12 rue des Lilas, 75011 Paris", "Camille Durand", "camille@example.com", "standard"):
        _, told = await customer.call("POST", "/api/checkout/tell", {"text": text})
        asked.append(told["checkout"]["missing"][:1])
    assert asked == [["name"], ["email"], ["delivery_method"], []]


async def test_an_address_that_cannot_be_written_to_is_refused(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.call("POST", "/api/checkout/tell", {"text": "camille@exemple"})
    assert (status, refusal["error"], refusal["details"]) == (
        422,
        "invalid_email",
        {"email": "camille@exemple"},
    )


async def test_small_talk_is_no_address(shop: Shop) -> None:
    customer = await shop.visit()
    _, told = await customer.call(
        "POST", "/api/checkout/tell", {"text": "vous avez aussi des tasses rouges ?", "is_answer": False}
    )
    assert told["understood"] == []


async def test_an_order_needs_a_cart(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.call("POST", "/api/orders", {"total": 0})
    assert (status, refusal["error"]) == (409, "cart_is_empty")


async def test_delivery_is_free_above_its_threshold(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("LAMP", 2)
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    assert checkout["total"] == {"amount": 11800, "currency": "EUR"}
