"""A card number typed in the chat is kept nowhere, and its owner is told."""

import logging
import uuid
from random import Random

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from backend.models import Base
from tests.card_numbers import WAYS, card_number, digits_in
from tests.shop.conftest import ADDRESS, Customer, Shop, until
from tests.shop.test_satisfaction import who_bought

TYPED = "Je paie avec 4242 4242 4242 4242, 12/27, 123"
KEPT = "Je paie avec •••• 4242, •••, •••"


async def stored_in(shop: Shop) -> list[str]:
    """The digits of every column of every row of every table."""
    async with shop.database.reading() as session:
        return [
            digits_in(value)
            for table in Base.metadata.sorted_tables
            for row in await session.execute(select(table))
            for value in row
        ]


async def answered(shop: Shop, customer: Customer, turns: int) -> None:
    async def are_all() -> bool:
        said = [event for event in await customer.events() if event["sender"] == "assistant"]
        return len(said) == turns

    await until(are_all)


async def test_no_card_number_is_stored_logged_or_sent_on(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    random = Random(5)
    caplog.set_level(logging.DEBUG)
    planted = []
    with capture_logs() as logged:
        for _ in range(5):
            customer = await shop.visit()
            for written in WAYS.values():
                planted.append(number := card_number(random))
                status, event = await customer.say(f"voici ma carte : {written(number)} merci")
                assert (status, event["text"]) == (201, f"voici ma carte : •••• {number[-4:]} merci")
            await answered(shop, customer, len(WAYS))
    kept = "|".join(
        [*await stored_in(shop), *map(digits_in, (*shop.assistant.turns, *logged)), digits_in(caplog.text)]
    )
    assert len(planted) == len(shop.assistant.turns) == 60
    assert [number for number in planted if number in kept] == []


async def test_the_assistant_hears_that_a_number_was_typed_and_nothing_else(shop: Shop) -> None:
    customer = await shop.visit("es")
    await customer.say(TYPED)
    await answered(shop, customer, turns=1)
    (turn,) = shop.assistant.turns
    assert (turn["text"], turn["payload"], turn["language"]) == (None, "/card_number_typed", "es")


async def test_the_first_message_of_a_visitor_without_a_language_gets_one(shop: Shop) -> None:
    async with shop.http.post(f"{shop.settings.public_url}/api/conversations", json={}) as response:
        started = await response.json()
    customer = Customer(shop.http, shop.settings.public_url, started["id"], started["token"])
    _, event = await customer.say("4242424242424242")
    assert event["language"] == "en"


async def test_a_message_sent_again_is_answered_as_it_was_kept(shop: Shop) -> None:
    customer = await shop.visit()
    same = str(uuid.uuid4())
    _, first = await customer.say(TYPED, id=same)
    status, second = await customer.say(TYPED, id=same)
    assert (status, second, second["text"]) == (200, first, KEPT)


async def test_order_and_tracking_numbers_reach_the_assistant(shop: Shop) -> None:
    customer = await shop.visit()
    asked = "où sont CP-42424242, 1Z4242424242424242 et le colis 9400 1000 0000 0000 0000 00 ?"
    _, event = await customer.say(asked)
    await answered(shop, customer, turns=1)
    assert (event["text"], shop.assistant.turns[0]["text"]) == (asked, asked)


async def test_typing_the_name_of_the_payload_is_only_text(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.say("/card_number_typed")
    await answered(shop, customer, turns=1)
    assert shop.assistant.turns[0]["payload"] is None


async def test_no_card_number_becomes_an_address(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    with_number = ADDRESS.replace("12 rue", "4242 4242 4242 4242, 12 rue")
    status, refusal = await customer.call("POST", "/api/checkout/tell", {"text": with_number}, key="1")
    assert (status, refusal["error"]) == (422, "card_number_typed")
    assert not any("424242424242" in digits for digits in await stored_in(shop))
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS}, key="2")
    assert told["checkout"]["missing"] == ["delivery_method"]


async def test_no_card_number_stands_in_a_review(shop: Shop) -> None:
    customer = await who_bought(shop)
    opinion = {"rating": 5, "title": TYPED, "text": TYPED, "author": "5555 5555 5555 4444"}
    status, left = await customer.call("POST", "/api/products/lamp/reviews", opinion)
    review = left["review"]
    assert (status, review["title"], review["text"], review["author"]) == (201, KEPT, KEPT, "•••• 4444")
    assert not any(
        number in digits for digits in await stored_in(shop) for number in ("424242424242", "5" * 12)
    )
