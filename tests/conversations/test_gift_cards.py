"""Gift cards in the conversation: told of in words, hidden at once, and paid with."""

import os
import subprocess
import sys
from collections.abc import Callable

import aiohttp
import pytest

from tests.conversations.customer import Customer, said
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

Issue = Callable[[str], str]
HAS = {"en": "I have a gift card", "fr": "j'ai une carte cadeau", "es": "tengo una tarjeta regalo"}
LEFT = {
    "en": "what's left on my card?",
    "fr": "combien reste-t-il sur ma carte cadeau ?",
    "es": "¿cuánto queda en mi tarjeta regalo?",
}
WANTED = {
    "en": "add a Pluie watering can, green, 1.5 l",
    "fr": "mettez-moi un arrosoir Pluie vert d'un litre et demi",
    "es": "ponme una regadera Pluie verde de litro y medio",
}
CHECKOUT = {"en": "checkout", "fr": "passer commande", "es": "finalizar compra"}
ADDRESS = {
    "en": "Tom Baker, 8 High Street, Oxford OX1 4DB, United Kingdom, tom@example.com",
    "fr": "Hugo Petit, 8 avenue Jean Jaurès, 69007 Lyon, hugo@example.com",
    "es": "Pablo Ruiz, avenida de la Paz 8, 41001 Sevilla, España, pablo@example.com",
}
STANDARD = {"en": "Standard delivery", "fr": "Livraison standard", "es": "Envío estándar"}
YES = {"en": "Yes, place the order", "fr": "Oui, je commande", "es": "Sí, haz el pedido"}
ASKED = {"en": "begins with GC", "fr": "commence par GC", "es": "empieza por GC"}
TO_PAY = {"en": "Left to pay", "fr": "Reste à payer", "es": "Queda por pagar"}
ALL_PAID = {"en": "nothing is left to pay", "fr": "il ne reste rien à payer", "es": "no queda nada por pagar"}
UNKNOWN = {"en": "can't find a gift card", "fr": "aucune carte cadeau", "es": "ninguna tarjeta regalo"}


@pytest.fixture
def issue(open_shop: OpenShop) -> Issue:
    """The code of a new card, as staff give it out."""
    environment = {**os.environ, "COMPTOIR_DATA_DIR": str(open_shop.data_dir)}

    def issued(amount: str) -> str:
        command = [sys.executable, "-m", "backend", "gift-cards", "issue", amount, "EUR"]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.splitlines()[0]

    return issued


@pytest.mark.parametrize("language", HAS)
async def test_a_gift_card_pays_a_part_of_an_order(
    open_shop: OpenShop, http: aiohttp.ClientSession, issue: Issue, language: str
) -> None:
    customer = await Customer.arrive(http, open_shop.url, language)
    assert ASKED[language] in said(await customer.say(HAS[language]))
    code = issue("25")
    assert code[-4:] in said(await customer.say(code))
    await customer.say(WANTED[language])
    left = said(await customer.say(LEFT[language]))
    assert "25" in left
    await customer.say(CHECKOUT[language])
    await customer.say(ADDRESS[language])
    assert TO_PAY[language] in said(await customer.press(STANDARD[language], STANDARD[language]))
    assert "13" in said(await customer.press(YES[language]))  # 34.00 and 4.90 without 25
    everything = str(open_shop.query("SELECT body FROM conversation_event")) + str(
        open_shop.query("SELECT payload, text FROM turn")
    )
    assert code not in everything
    assert code.replace("-", "") not in everything


@pytest.mark.parametrize("language", HAS)
async def test_a_gift_card_pays_all_of_an_order(
    open_shop: OpenShop, http: aiohttp.ClientSession, issue: Issue, language: str
) -> None:
    customer = await Customer.arrive(http, open_shop.url, language)
    await customer.say(WANTED[language])
    await customer.say(CHECKOUT[language])
    await customer.say(issue("100"))
    await customer.say(ADDRESS[language])
    await customer.press(STANDARD[language], STANDARD[language])
    assert ALL_PAID[language] in said(await customer.press(YES[language]))
    assert (await customer.ask("cart"))["lines"] == []


@pytest.mark.parametrize("language", HAS)
async def test_a_code_that_is_none_is_hidden_and_said_to_be_unknown(
    open_shop: OpenShop, http: aiohttp.ClientSession, language: str
) -> None:
    customer = await Customer.arrive(http, open_shop.url, language)
    assert UNKNOWN[language] in said(await customer.say("GC-7K3M-Q9XW-2PDF-8HJN-4T6R"))
