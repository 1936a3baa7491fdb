"""The website that shows the chat says who its customer is, by a token that only its server can sign."""

import time
from typing import Any

import jwt
import pytest

from backend.config import InvalidSetting, Settings
from backend.conversations.staff import StaffDesk
from tests.shop.conftest import ADDRESS, IDENTITY_SECRET, Customer, Shop


def identity(number: str, secret: str = IDENTITY_SECRET, **claims: Any) -> str:
    return jwt.encode({"sub": number, "exp": time.time() + 86_400} | claims, secret, algorithm="HS256")


async def introduce(customer: Customer, token: str | None) -> tuple[int, Any]:
    return await customer.call("PUT", f"/api/conversations/{customer.id}/customer", {"identity": token})


async def checkout_of(customer: Customer) -> Any:
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": "?", "is_answer": False})
    return told["checkout"]


async def test_who_is_signed_in_need_not_say_name_and_address_again(shop: Shop) -> None:
    customer = await shop.visit()
    status, known = await introduce(customer, identity("42", name="Ada Byron", email="ada@example.com"))
    assert (status, known) == (200, {"name": "Ada Byron", "email": "ada@example.com"})
    await customer.add("MUG-BLUE")
    checkout = await checkout_of(customer)
    assert (checkout["recipient"], checkout["email"]) == ("Ada Byron", "ada@example.com")
    assert checkout["missing"] == ["address", "delivery_method"]
    await customer.call("POST", "/api/checkout/tell", {"text": "12 rue des Lilas, 75011 Paris"})
    checkout = await checkout_of(customer)
    assert checkout["missing"] == ["delivery_method"]
    assert checkout["recipient"] == "Ada Byron"


async def test_what_the_customer_said_stays(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    before = await checkout_of(customer)
    await introduce(customer, identity("42", name="Ada Byron", email="ada@example.com"))
    assert await checkout_of(customer) == before


async def test_a_conversation_begins_with_who_it_is(shop: Shop) -> None:
    url = f"{shop.settings.public_url}/api/conversations"
    body = {"language": "en", "identity": identity("42", email="ada@example.com")}
    async with shop.http.post(url, json=body) as response:
        assert response.status == 201
        started = await response.json()
    customer = Customer(shop.http, shop.settings.public_url, started["id"], started["token"])
    assert (await checkout_of(customer))["email"] == "ada@example.com"


async def test_a_token_that_is_over_keeps_nobody_from_talking(shop: Shop) -> None:
    url = f"{shop.settings.public_url}/api/conversations"
    body = {"identity": identity("42", email="ada@example.com", exp=time.time() - 3600)}
    async with shop.http.post(url, json=body) as response:
        assert response.status == 201
        started = await response.json()
    customer = Customer(shop.http, shop.settings.public_url, started["id"], started["token"])
    assert (await customer.say("hello"))[0] == 201
    assert (await checkout_of(customer))["email"] is None


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (identity("42", secret="x" * 32), "Signature"),
        (identity("42", exp=time.time() - 3600), "expired"),
        (jwt.encode({"sub": "42"}, IDENTITY_SECRET, algorithm="HS256"), "exp"),
        (jwt.encode({"exp": time.time() + 86_400}, IDENTITY_SECRET, algorithm="HS256"), "sub"),
        (jwt.encode({"sub": "42", "exp": time.time() + 86_400}, None, algorithm="none"), "alg"),
        (identity(""), "sub"),
        (identity("4" * 121), "sub"),
        (identity("42", email="ada at example"), "email"),
        (identity("42", name=["Ada"]), "name"),
        ("", "segments"),
    ],
    ids=range(10),
)
async def test_what_the_website_did_not_sign_is_refused(shop: Shop, token: str, reason: str) -> None:
    customer = await shop.visit()
    status, refused = await introduce(customer, token)
    assert (status, refused["error"]) == (422, "invalid_identity")
    assert reason in refused["details"]["reason"]
    checkout = await checkout_of(customer)
    assert (checkout["email"], checkout["recipient"]) == (None, "")


async def test_nobody_reads_on_where_another_customer_of_the_website_stopped(shop: Shop) -> None:
    customer = await shop.visit()
    await introduce(customer, identity("42", name="Ada Byron"))
    assert (await introduce(customer, identity("42", name="Ada Lovelace")))[0] == 200
    for other in (identity("43", name="Bob"), None):
        status, refused = await introduce(customer, other)
        assert (status, refused["error"]) == (409, "another_customer")
    anonymous = await shop.visit()
    assert (await introduce(anonymous, None))[0] == 200


async def test_the_staff_see_who_it_is(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.say("bonjour")
    await introduce(customer, identity("42", name="Ada Byron", email="ada@example.com"))
    lines = await StaffDesk(shop.settings, shop.database).show(customer.id)
    assert lines[0] == "Signed in at the website: Ada Byron · ada@example.com · 42"


def test_a_secret_that_could_be_guessed_is_refused_at_start(tmp_path: Any) -> None:
    with pytest.raises(InvalidSetting, match="COMPTOIR_IDENTITY_SECRET"):
        Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_IDENTITY_SECRET": "hunter2"})
