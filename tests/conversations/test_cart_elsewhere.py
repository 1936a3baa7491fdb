"""The cart is changed on its page while the chat is about the order."""

from typing import Any

import aiohttp
import pytest

from tests.conversations.customer import Customer, plain
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MUG, OTHER = "MUG-BRUME-BLU", "MUG-BRUME-CRM"


def text_of(events: list[dict[str, Any]]) -> str:
    return plain("\n".join(event.get("text", "") for event in events))


@pytest.fixture
async def customer(open_shop: OpenShop, http: aiohttp.ClientSession) -> Customer:
    """About to say yes to two blue mugs."""
    customer = await Customer.arrive(http, open_shop.url, "en")
    await customer.say("add two Brume mugs in blue to my cart")
    await customer.say("checkout")
    await customer.say("Anna Smith, 12 rue des Lilas, 75011 Paris, France, anna@example.com")
    shown = await customer.press("Standard delivery", "Standard delivery")
    assert "2 × Brume stoneware mug (Blue)" in text_of(shown)
    return customer


async def test_a_yes_to_another_cart_of_the_same_sum_places_nothing(
    open_shop: OpenShop, customer: Customer
) -> None:
    await customer.set_line(MUG, new_sku=OTHER)

    assert "so I have not placed it" in text_of(await customer.say("yes"))

    placed = 'SELECT 1 FROM "order" WHERE conversation_id = ?'
    assert open_shop.query(placed, customer.conversation_id) == []
    assert "2 × Brume stoneware mug (Cream)" in text_of(await customer.press("Go to checkout"))
    assert "€36.90" in text_of(await customer.say("yes"))


async def test_the_link_that_a_change_closes_is_told_and_a_new_one_is_for_the_new_cart(
    customer: Customer,
) -> None:
    await customer.say("yes")
    closed = customer.link("payment")

    await customer.set_line(MUG, quantity=3)
    told = await customer.hear()

    assert "Your cart has changed, so the payment link for order" in text_of(told)
    assert told[-1]["status"]["state"] == "expired"
    assert "3 × Brume stoneware mug (Blue)" in text_of(await customer.press("Go to checkout"))
    await customer.say("yes")
    assert customer.link("payment") != closed
    assert "Payment received" in text_of(await customer.pay("4242424242424242"))
