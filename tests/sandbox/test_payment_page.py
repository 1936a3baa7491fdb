from __future__ import annotations

import pytest


@pytest.fixture
def page(sandbox):
    async def page(session, accept: str = "en") -> str:
        async with sandbox.http.get(session.url, headers={"Accept-Language": accept}) as answer:
            assert answer.status == 200
            return await answer.text()

    return page


@pytest.mark.parametrize(
    ("locale", "accept", "title", "total"),
    [
        ("fr", "es", "Payer chez Comptoir", "52,49\xa0€"),
        ("es", "en", "Pagar a Comptoir", "52,49\xa0€"),
        ("en", "fr", "Pay Comptoir", "€52.49"),
        ("fr-CA", "en", "Payer chez Comptoir", "52,49\xa0€"),
        ("auto", "de, es-MX;q=0.9, en;q=0.5", "Pagar a Comptoir", "52,49\xa0€"),
        ("auto", "nonsense;q=x", "Pay Comptoir", "€52.49"),
    ],
)
async def test_the_page_speaks_the_customers_language(sandbox, order, page, locale, accept, title, total):
    session = await sandbox.client.v1.checkout.sessions.create_async(order | {"locale": locale})
    text = await page(session, accept)

    assert title in text
    assert total in text
    assert "Linen tea towel" in text


async def test_a_product_name_cannot_inject_markup(sandbox, order, page):
    order["line_items"][0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    session = await sandbox.client.v1.checkout.sessions.create_async(order)

    assert "<script>" not in await page(session)


async def test_the_page_leads_back_to_the_shop(shop, session, page):
    assert f'href="{shop.url}/cart"' in await page(session)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"card_number": "4111111111111111"}, "This is not one of the test cards"),
        ({"card_number": ""}, "Please type a card number or choose a test card"),
        ({"exp": "13/34"}, "Please type the expiry as month and year"),
        ({"exp": "01/20"}, "This card has expired"),
        ({"cvc": "12"}, "The security code has three digits"),
    ],
)
async def test_a_form_filled_in_wrongly_tries_no_payment(sandbox, session, form, text):
    status, _, page = await sandbox.pay(session.id, **{"card_number": "4242424242424242"} | form)

    intents = await sandbox.client.v1.payment_intents.list_async()
    assert (status, text in page) == (422, True)
    assert intents.data == []


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "There is not enough money on this card"),
        ("fr", "argent sur cette carte. Rien"),
        ("es", "No hay fondos suficientes en esta tarjeta"),
    ],
)
async def test_a_decline_is_explained_in_the_customers_language(sandbox, order, locale, text):
    session = await sandbox.client.v1.checkout.sessions.create_async(order | {"locale": locale})
    _, _, page = await sandbox.pay(session.id, "4000000000009995")

    assert text in page


async def test_a_test_cards_button_pays_without_anything_typed(sandbox, session):
    form = {
        "email": "leo@example.com",
        "card_number": "",
        "exp": "",
        "cvc": "",
        "test_card": "4242424242424242",
    }
    async with sandbox.http.post(session.url, data=form, allow_redirects=False) as answer:
        assert answer.status == 303

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)
    assert after.customer_details.email == "leo@example.com"


async def test_no_card_number_is_kept(sandbox, settings, paid):
    stored = b"".join(path.read_bytes() for path in settings.data_dir.iterdir())

    assert b'"last4": "4242"' in stored
    assert b"4242424242424242" not in stored


async def test_a_page_that_does_not_exist_says_so(sandbox):
    async with sandbox.http.get(f"{sandbox.url}/c/pay/cs_test_nowhere") as answer:
        assert answer.status == 404
        assert "There is no such payment page" in await answer.text()
