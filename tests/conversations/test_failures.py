"""Programs die in the middle of an answer. The customer gets the answer, late perhaps, and once."""

import asyncio
import uuid
from collections.abc import Iterator

import aiohttp
import pytest

from tests.conversations.customer import Customer, Event
from tests.conversations.opening import OpenShop, kill, wait_until
from tests.conversations.scenario import foreign

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LATEST_SECONDS = 60
HEALTHY_WITHIN_SECONDS = 60
AFTERWARDS_SECONDS = 4
"""How long it must stay quiet after the answer."""


@pytest.fixture
def shop(open_shop: OpenShop) -> Iterator[OpenShop]:
    """Healthy again after each test."""
    yield open_shop
    assert wait_until(open_shop.is_ready, HEALTHY_WITHIN_SECONDS)


async def answers_to(customer: Customer) -> list[Event]:
    """Everything that the assistant says until it is quiet; an apology of the front desk may come before."""
    answers: list[Event] = []
    while heard := await customer.hear(AFTERWARDS_SECONDS if answers else LATEST_SECONDS):
        answers += [event for event in heard if event["sender"] == "assistant"]
    return answers


@pytest.mark.parametrize("program", ["rasa", "actions"])
async def test_a_program_that_dies_between_question_and_answer_loses_and_doubles_nothing(
    shop: OpenShop, http: aiohttp.ClientSession, program: str
) -> None:
    customer = await Customer.arrive(http, shop.url, "fr")
    halted = shop.interrupt(program)
    await customer.post({"id": str(uuid.uuid4()), "text": "ajoutez deux tasses Brume bleues au panier"})
    await asyncio.sleep(0.5)
    kill(halted)
    (answer,) = await answers_to(customer)
    assert "2 × Tasse en grès Brume" in answer["text"]
    assert not list(foreign([answer], "fr"))
    cart = await customer.ask("cart")
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-BRUME-BLU", 2)]


@pytest.mark.parametrize("milliseconds", [5, 40, 120])
async def test_an_action_server_that_dies_at_work_adds_nothing_twice(
    shop: OpenShop, http: aiohttp.ClientSession, milliseconds: int
) -> None:
    customer = await Customer.arrive(http, shop.url, "en")
    pid = shop.pid("actions")
    await customer.post({"id": str(uuid.uuid4()), "text": "add two blue Brume mugs to my cart"})
    await asyncio.sleep(milliseconds / 1000)
    kill(pid)
    (answer,) = await answers_to(customer)
    assert "2 × Brume stoneware mug" in answer["text"]
    cart = await customer.ask("cart")
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-BRUME-BLU", 2)]


async def test_a_message_posted_five_times_at_once_is_answered_once(
    shop: OpenShop, http: aiohttp.ClientSession
) -> None:
    customer = await Customer.arrive(http, shop.url, "es")
    message = {"id": str(uuid.uuid4()), "text": "añade dos tazas Brume azules al carrito"}
    posted = await asyncio.gather(*[customer.post(message) for _ in range(5)])
    assert sorted(status for status, _ in posted) == [200, 200, 200, 200, 201]
    assert len({event["seq"] for _, event in posted}) == 1
    (answer,) = await answers_to(customer)
    assert "2 × Taza de gres Brume" in answer["text"]
    cart = await customer.ask("cart")
    assert cart["count"] == 2
