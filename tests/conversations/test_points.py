"""Points in the conversation: asked for, shown to whoever proves who they are, and turned into credit after a yes."""

import sqlite3
import time
from contextlib import closing

import aiohttp
import jwt
import pytest

from tests.conversations.customer import Customer, said
from tests.conversations.opening import IDENTITY_SECRET, OpenShop, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

EMAIL = {"en": "rose@example.com", "fr": "rosine@example.com", "es": "rosa@example.com"}
WANTED = {
    "en": "two green Luciole lamps by express to Rose Hill, 12 Baker Street, London NW1 6XE, UK, rose@example.com",
    "fr": "deux lampes Luciole vertes en express pour Rosine Mont, 12 rue des Lilas, 75011 Paris, rosine@example.com",
    "es": "dos lámparas Luciole verdes en envío exprés para Rosa Gil, calle Mayor 5, 28013 Madrid, rosa@example.com",
}
YES = {"en": "yes", "fr": "oui", "es": "sí"}
ASKED = {
    "en": "how many points do I have?",
    "fr": "j'ai combien de points de fidélité ?",
    "es": "¿cuántos puntos tengo?",
}
NO_POINTS = {"en": "no points yet", "fr": "pas encore de points", "es": "no tienes puntos"}
WHO = {"en": "Which e-mail address", "fr": "quelle adresse e-mail", "es": "correo electrónico"}
USE = {"en": "use my points", "fr": "je veux utiliser mes points", "es": "quiero usar mis puntos"}
POINTS, WORTH = "125", ("6.25", "6,25")  # twice 58.00, and 9.90 for the delivery


def let_a_month_pass(shop: OpenShop, email: str) -> None:
    """For what is earned by then."""
    with closing(sqlite3.connect(shop.data_dir / "comptoir.db", timeout=30)) as books, books:
        books.execute("UPDATE job SET run_at = (SELECT min(run_at) FROM job) WHERE kind = 'earn_points'")
    earned = "SELECT points FROM loyalty_account WHERE email = ?"
    assert wait_until(lambda: shop.query(earned, email) == [(int(POINTS),)], 30)


async def bought(open_shop: OpenShop, http: aiohttp.ClientSession, language: str) -> Customer:
    customer = await Customer.arrive(http, open_shop.url, language)
    await customer.say(WANTED[language])
    await customer.say(YES[language])
    await customer.pay("4242424242424242")
    return customer


async def sign_in(open_shop: OpenShop, http: aiohttp.ClientSession, customer: Customer) -> None:
    """As the website does it that shows the chat."""
    claims = {"sub": EMAIL[customer.language], "email": EMAIL[customer.language], "exp": time.time() + 3600}
    signed = {"identity": jwt.encode(claims, IDENTITY_SECRET, algorithm="HS256")}
    url = f"{open_shop.url}/api/conversations/{customer.conversation_id}/customer"
    async with http.put(url, json=signed, headers=customer.headers) as response:
        assert response.status == 200, await response.text()


@pytest.mark.parametrize("language", ASKED)
async def test_points_are_told_to_their_customer_and_used_after_a_yes(
    open_shop: OpenShop, http: aiohttp.ClientSession, language: str
) -> None:
    customer = await bought(open_shop, http, language)
    assert WHO[language] in said(await customer.say(ASKED[language]))
    await sign_in(open_shop, http, customer)
    assert NO_POINTS[language] in said(await customer.say(ASKED[language]))
    let_a_month_pass(open_shop, EMAIL[language])
    told = said(await customer.say(USE[language]))
    assert POINTS in told
    assert any(worth in told for worth in WORTH)
    used = said(await customer.say(YES[language]))
    assert any(worth in used for worth in WORTH)
    assert NO_POINTS[language] in said(await customer.say(ASKED[language]))


async def test_a_code_that_was_asked_for_points_tells_them(
    open_shop: OpenShop, http: aiohttp.ClientSession
) -> None:
    """In one language: codes are few for one address."""
    customer = await bought(open_shop, http, "en")
    await customer.say("how many points do I have?")
    await customer.say(EMAIL["en"])
    told = said(await customer.say(await customer.code_sent_to(EMAIL["en"])))
    assert "points" in told
    assert "parcel" not in told
