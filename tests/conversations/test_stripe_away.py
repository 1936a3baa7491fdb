"""Stripe is slow, cut off or failing while a customer orders: quick and truthful answers, and the link afterwards."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from backend.run import free_port
from tests.conversations.customer import Customer, said
from tests.conversations.opening import OpenShop, opened
from tests.stripe_line import StripeLine, Trouble, listening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BACK_WITHIN_SECONDS = 60
ORDERING = (
    "add the Ravn chef's knife to my cart",
    "checkout",
    "Anna Smith, 12 Baker Street, London NW1 6XE, UK",
    "anna@example.com",
    "standard",
)


@dataclass
class Away:
    """An open shop whose line to Stripe is ours."""

    shop: OpenShop
    line: StripeLine


@asynccontextmanager
async def opened_away(data_dir: Path) -> AsyncIterator[Away]:
    port = free_port()
    line = StripeLine(lambda: int(json.loads((data_dir / "ports.json").read_text())["sandbox"]))
    async with listening(line, port):
        with opened(data_dir, STRIPE_API_BASE=f"http://127.0.0.1:{port}") as shop:
            yield Away(shop, line)


@pytest.fixture
async def away(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Away]:
    async with opened_away(tmp_path_factory.mktemp("away")) as away:
        yield away


async def test_nobody_waits_for_stripe_in_the_chat_and_the_link_comes_when_it_is_back(
    away: Away, http: aiohttp.ClientSession
) -> None:
    for trouble in ("slow", "cut", "failing"):
        await orders_while(away, http, trouble)


async def orders_while(away: Away, http: aiohttp.ClientSession, trouble: Trouble) -> None:
    customer = await Customer.arrive(http, away.shop.url, "en")
    for words in ORDERING:
        await customer.say(words)
    await away.line.get(trouble)

    assert "€79.00" in said(await customer.say("yes"))
    async with http.get(customer.link("payment")) as page:
        text = await page.text()
    assert "payments=unavailable" in str(page.url)
    assert "Nothing was charged. You will be told in the chat as soon as it answers" in text
    assert "kept" in said(await customer.say("the payment doesn't work"))

    await away.line.get("well")

    assert "The payment page answers again" in said(await customer.hear(BACK_WITHIN_SECONDS))
    assert "Payment received" in said(await customer.pay("4242424242424242"))
