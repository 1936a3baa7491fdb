"""What is not there is ordered with a yes to its day, and told when it has come."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from babel.dates import format_skeleton

from tests.conversations.customer import Customer, said
from tests.conversations.opening import OpenShop
from tests.conversations.scenario import foreign

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SKU = "BREAD-RAVN"
DAY = datetime.now(ZoneInfo("Europe/Paris")).date() + timedelta(days=20)
SAID: dict[str, dict[str, Any]] = {
    "en": {
        "asked": "is the Ravn bread knife in stock?",
        "wish": "add two Ravn bread knives to my cart",
        "no": "no thanks",
        "yes": "yes, that's fine",
        "checkout": "checkout",
        "who": "Anna Smith, 12 Baker Street, London NW1 6XE, UK, anna@example.com",
        "standard": "standard",
        "confirm": "yes",
        "where": "where is my order?",
        "told": "has arrived",
    },
    "fr": {
        "asked": "le couteau à pain Ravn est-il en stock ?",
        "wish": "ajoutez deux couteaux à pain Ravn au panier",
        "no": "non merci",
        "yes": "oui, ça me va",
        "checkout": "passer commande",
        "who": "Camille Durand, 12 rue des Lilas, 75011 Paris, camille@example.com",
        "standard": "standard",
        "confirm": "oui",
        "where": "où en est ma commande ?",
        "told": "est arrivé",
    },
    "es": {
        "asked": "¿hay stock del cuchillo de pan Ravn?",
        "wish": "añade dos cuchillos de pan Ravn al carrito",
        "no": "no, gracias",
        "yes": "sí, de acuerdo",
        "checkout": "finalizar compra",
        "who": "Ana Gil, calle Mayor 1, 28013 Madrid, ana@example.com",
        "standard": "estándar",
        "confirm": "sí",
        "where": "¿dónde está mi pedido?",
        "told": "ha llegado",
    },
}
Staff = Callable[..., None]


@pytest.fixture
def staff(open_shop: OpenShop) -> Iterator[Staff]:
    """Somebody at the terminal; the shelf is as it was afterwards."""
    environment = {**os.environ, "COMPTOIR_DATA_DIR": str(open_shop.data_dir)}

    def stock(*words: str) -> None:
        subprocess.run([sys.executable, "-m", "backend", "stock", *words], env=environment, check=True)

    yield stock
    stock("backorder", SKU, "--limit", "0")
    stock("set", SKU, "--threshold", "0")


@pytest.mark.parametrize("language", list(SAID))
async def test_what_is_not_there_is_ordered_after_a_yes_and_told_when_it_comes(
    open_shop: OpenShop, http: aiohttp.ClientSession, staff: Staff, language: str
) -> None:
    words, day = SAID[language], format_skeleton("MMMMd", DAY, locale=language)
    staff("set", SKU, "--threshold", "1000")
    staff("backorder", SKU, "--limit", "9", "--ships-on", DAY.isoformat())
    customer = await Customer.arrive(http, open_shop.url, language)

    assert day in said(await customer.say(words["asked"]))
    await customer.say(words["no"])
    assert (await customer.ask("cart"))["count"] == 0
    assert day in said(await customer.say(words["wish"]))
    assert (await customer.ask("cart"))["count"] == 0
    assert day in said(await customer.say(words["yes"]))
    (line,) = (await customer.ask("cart"))["lines"]
    assert (line["sku"], line["quantity"], line["later"], line["is_agreed"]) == (SKU, 2, 2, True)

    await customer.say(words["checkout"])
    await customer.say(words["who"])
    assert day in said(await customer.say(words["standard"]))
    await customer.say(words["confirm"])
    await customer.pay("4242424242424242")
    assert day in said(await customer.say(words["where"]))

    staff("set", SKU, "--threshold", "0")

    assert words["told"] in said(await customer.hear())
    assert not list(foreign([event for event in customer.seen if event["sender"] == "assistant"], language))
