"""Whatever a customer types wrong has a code, a status and words in three languages, and changes nothing."""

import asyncio
import html
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend import tokens
from bot.wording import Wording
from tests.shop.conftest import ADDRESS, Customer, Shop
from tests.shop.test_gift_cards import issued
from tests.shop.test_payments import paid
from tests.shop.test_promotions import give, promoted

WORDING = Wording.load(Path(__file__).resolve().parents[2] / "data" / "responses")
LANGUAGES = ("en", "fr", "es")
NEW = "/api/cart/lines"
LINE = "/api/cart/lines/MUG-BLUE"
FORM = {
    "name": "Camille Durand",
    "line1": "12 rue des Lilas",
    "postcode": "75011",
    "city": "Paris",
    "country": "France",
    "email": "camille@example.com",
}


def plain(words: str) -> str:
    """French writes a space that does not break before its signs."""
    return words.replace("\xa0", " ").replace("\u202f", " ")


def said(refusal: Any) -> list[str]:
    """What the chat says to it."""
    return [
        plain(WORDING.render(f"utter_{refusal['error']}", language, refusal["details"], "turn")["text"])
        for language in LANGUAGES
    ]


def hears(refusal: Any, *words: str) -> bool:
    return all(word in each for word, each in zip(words, said(refusal), strict=True))


@pytest.mark.parametrize(
    ("method", "path", "quantity", "code"),
    [
        ("POST", NEW, -1, "invalid_input"),
        ("POST", NEW, 0, "invalid_input"),
        ("POST", NEW, 1.5, "invalid_input"),
        ("POST", NEW, "two", "invalid_input"),
        ("POST", NEW, 10**30, "invalid_input"),
        ("POST", NEW, 100, "too_many_of_one"),
        ("POST", NEW, 99_999, "too_many_of_one"),
        ("POST", NEW, 9, "insufficient_stock"),
        ("PUT", LINE, -1, "invalid_input"),
        ("PUT", LINE, 2.5, "invalid_input"),
        ("PUT", LINE, 99_999, "too_many_of_one"),
        ("PUT", LINE, 9, "insufficient_stock"),
    ],
)
async def test_a_quantity_that_cannot_be_leaves_the_cart_as_it_is(
    shop: Shop, method: str, path: str, quantity: Any, code: str
) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE", 2)
    body = {"quantity": quantity} | ({"sku": "MUG-BLUE"} if method == "POST" else {})
    status, refusal = await customer.call(method, path, body)
    assert (status, refusal["error"]) == ({"insufficient_stock": 409}.get(code, 422), code)
    words = {
        "invalid_input": ("another way", "autrement", "otra forma"),
        "too_many_of_one": ("at most 99", "maximum est de 99", "máximo es 99"),
        "insufficient_stock": ("only 8", "que 8", "quedan 8"),
    }
    assert hears(refusal, *words[code])
    assert "$.quantity" in refusal["message"] or code != "invalid_input"
    _, cart = await customer.call("GET", "/api/cart")
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-BLUE", 2)]


async def test_a_session_that_is_over_is_told_so_and_goes_on_where_it_was(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE", 2)
    monkeypatch.setitem(tokens.SECONDS, "visitor", -1)
    status, refusal = await customer.add("MUG-BLUE")
    assert (status, refusal["error"]) == (401, "not_authenticated")
    assert hears(refusal, "reload the page", "Rechargez la page", "Recarga la página")
    monkeypatch.undo()
    _, renewed = await customer.call("POST", f"/api/conversations/{customer.id}/token")
    customer.token = renewed["token"]
    _, cart = await customer.call("GET", "/api/cart")
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-BLUE", 2)]


async def test_what_has_no_price_in_the_customers_money_is_not_sold_to_them(shop: Shop) -> None:
    body = {"language": "fr", "currency": "USD"}
    async with shop.http.post(f"{shop.settings.public_url}/api/conversations", json=body) as response:
        started = await response.json()
    customer = Customer(shop.http, shop.settings.public_url, started["id"], started["token"])
    status, refusal = await customer.add("MUG-BLUE")
    assert (status, refusal["error"]) == (404, "variant_not_found")
    assert hears(refusal, "can't find", "ne retrouve", "no encuentro")
    _, cart = await customer.call("GET", "/api/cart")
    assert (cart["lines"], cart["total"]) == ([], {"amount": 0, "currency": "USD"})


async def test_two_tabs_that_order_at_once_order_once(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("LAMP")
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    _, shown = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    yes = {"total": shown["total"]["amount"]}
    answers = await asyncio.gather(*(customer.call("POST", "/api/orders", yes) for _ in range(2)))
    assert {status for status, _ in answers} == {201}
    numbers = {order["number"] for _, order in answers}
    states = sorted([(await customer.current({"number": number}))["payment_status"] for number in numbers])
    assert states.count("waiting") == 1
    assert await shop.stock("LAMP") == (40, 1)
    assert await shop.differences() == []


async def test_two_tabs_that_change_the_cart_at_once_lose_neither_change(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("LAMP")
    changes = [customer.add("MUG-BLUE", 2), customer.call("PUT", "/api/cart/lines/LAMP", {"quantity": 3})]
    assert {status for status, _ in await asyncio.gather(*changes)} <= {200, 201}
    _, cart = await customer.call("GET", "/api/cart")
    assert {line["sku"]: line["quantity"] for line in cart["lines"]} == {"LAMP": 3, "MUG-BLUE": 2}


@pytest.mark.parametrize(
    ("coupon", "status", "code", "words"),
    [
        ("NOSUCH", 404, "unknown_coupon", ("don't know", "ne connais pas", "No conozco")),
        ("OVER", 409, "coupon_expired", ("has expired", "a expiré", "ha caducado")),
        ("FULL", 409, "coupon_exhausted", ("used up", "épuisé", "agotado")),
        ("DOLLARS", 409, "coupon_wrong_currency", ("in USD; your cart", "en USD ; votre", "en USD; tu")),
        ("'; DROP TABLE coupon; --", 404, "unknown_coupon", ("don't know", "ne connais pas", "No conozco")),
    ],
)
async def test_a_coupon_that_does_not_count_takes_nothing_off(
    shop: Shop, coupon: str, status: int, code: str, words: tuple[str, ...]
) -> None:
    ten = "percent", {"percent": "10"}
    await promoted(shop, "over", *ten, "OVER", _ends_at=datetime.now(UTC) - timedelta(days=1))
    await promoted(shop, "full", *ten, "FULL", _limit_in_all=1, _used=1)
    await promoted(shop, "dollars", "amount_off", {"amounts": {"USD": 500}}, "DOLLARS")
    customer = await shop.visit()
    await customer.add("LAMP")
    refused, refusal = await give(customer, coupon)
    assert (refused, refusal["error"]) == (status, code)
    assert hears(refusal, *words)
    _, cart = await customer.call("GET", "/api/cart")
    assert (cart["coupons"], cart["total"]["amount"]) == ([], 5900)


async def test_a_gift_card_in_other_money_pays_nothing(shop: Shop) -> None:
    code = await issued(shop, 5000, currency="USD")
    customer = await shop.visit()
    await customer.add("LAMP")
    status, refusal = await customer.call("POST", "/api/checkout/gift-cards", {"code": code})
    assert (status, refusal["error"]) == (409, "gift_card_of_another_currency")
    assert hears(refusal, "USD", "USD", "USD")
    assert (await customer.call("POST", "/api/checkout"))[1]["credit"] == []


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"line2": "4242 4242 4242 4242"}, "card_number_typed", ("card number", "carte", "tarjeta")),
        ({"country": "Narnia"}, "unknown_country", ("Narnia", "Narnia", "Narnia")),
        ({"postcode": "7501"}, "invalid_postcode", ("7501", "7501", "7501")),
        ({"email": "camille@"}, "invalid_email", ("camille@", "camille@", "camille@")),
    ],
)
async def test_an_address_that_cannot_be_is_not_kept(
    shop: Shop, wrong: dict[str, str], code: str, words: tuple[str, ...]
) -> None:
    customer = await shop.visit()
    await customer.add("LAMP")
    status, refusal = await customer.call("PUT", "/api/checkout/address", FORM | wrong)
    assert (status, refusal["error"]) == (422, code)
    assert hears(refusal, *words)
    assert (await customer.call("POST", "/api/checkout"))[1]["address_lines"] == []


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ({"line1": "rue des Lilas"}, ["house_number", "delivery_method"]),
        ({"postcode": "69001"}, ["postcode_fit", "delivery_method"]),
        ({"name": "Мария Иванова", "line1": "ул. Ленина, 5", "city": "Париж"}, ["delivery_method"]),
        ({"name": "王小明", "line1": "丁香街 12号"}, ["delivery_method"]),
        ({"name": "ليلى حداد"}, ["delivery_method"]),
    ],
)
async def test_an_address_that_is_only_unusual_is_asked_about_at_most(
    shop: Shop, address: dict[str, str], missing: list[str]
) -> None:
    customer = await shop.visit()
    await customer.add("LAMP")
    status, checkout = await customer.call("PUT", "/api/checkout/address", FORM | address)
    assert (status, checkout["missing"]) == (200, missing)
    assert all(value in " ".join(checkout["address_lines"]) for value in address.values())
    for question in missing[:-1]:
        doubted = {"line1": "rue des Lilas", "postcode": "69001", "city": "Paris", "region": None}
        asked = [WORDING.render(f"utter_ask_{question}", each, doubted, "turn")["text"] for each in LANGUAGES]
        assert len(set(asked)) == len(LANGUAGES)


async def test_a_yes_in_one_tab_to_what_another_tab_has_changed_orders_nothing(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("LAMP")
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    _, shown = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    await customer.add("LAMP")
    status, refusal = await customer.call("POST", "/api/orders", {"total": shown["total"]["amount"]})
    assert (status, refusal["error"]) == (409, "checkout_changed")
    assert hears(refusal, "has changed", "a changé", "ha cambiado")
    assert await shop.stock("LAMP") == (40, 0)


async def page_of(customer: Customer, order: Any, language: str) -> str:
    """Where the payment link leads to, read in that language."""
    leads_to = await customer.open_payment(order)
    async with customer.http.get(f"{customer.url}{leads_to}?lang={language}") as response:
        assert response.status == 200
        return plain(html.unescape(await response.text()))


OVER = (
    "This payment link is over",
    "Ce lien de paiement n'est plus valable",
    "Este enlace de pago ya no es válido",
)
PAID = ("Paid. Thank you!", "Payée. Merci !", "Pagado. ¡Gracias!")


async def test_an_old_link_says_that_it_is_over_and_takes_no_money(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.add("MUG-BLUE")
    for language, words in zip(LANGUAGES, OVER, strict=True):
        assert words in await page_of(customer, order, language)
    assert (await customer.current(order))["payment_status"] == "canceled"


async def test_the_link_of_what_is_paid_says_so_and_takes_no_more(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.pay(order)
    await paid(customer, order)
    for language, words in zip(LANGUAGES, PAID, strict=True):
        assert words in await page_of(customer, order, language)
    assert (await customer.current(order))["total"]["amount"] == order["total"]["amount"]
