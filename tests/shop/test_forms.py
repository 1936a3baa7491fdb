"""A form that the assistant offers is filled in, sent, and kept as it was meant."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from tests.shop.conftest import Customer, Shop, until

FORM = {
    "kind": "address",
    "submit": "Utiliser cette adresse",
    "fields": [
        {"name": name, "label": name, "autocomplete": "off"}
        for name in ("name", "line1", "line2", "postcode", "city", "country", "email")
    ],
}
FILLED = {
    "name": "Camille Durand",
    "line1": " 12 rue des\tLilas ",
    "postcode": "75011",
    "city": "Paris",
    "country": "France",
    "email": "camille@example.com",
}


async def offered(shop: Shop) -> Customer:
    shop.assistant.answers = [{"text": "Où l'envoyer ?", "form": FORM}]
    customer = await shop.visit()
    await customer.say("je voudrais commander")
    (question,) = await customer.events(after=1, wait=10)
    assert question["form"] == FORM
    return customer


async def fill(customer: Customer, filled: Any, id: str | None = None) -> tuple[int, Any]:
    body = {"id": id or str(uuid.uuid4()), "form": filled}
    return await customer.call("POST", f"/api/conversations/{customer.id}/messages", body)


async def test_the_log_has_the_form_as_lines_and_the_assistant_gets_its_values(shop: Shop) -> None:
    customer = await offered(shop)
    same = str(uuid.uuid4())
    sent = await asyncio.gather(*(fill(customer, FILLED, same) for _ in range(4)))
    assert sorted(status for status, _ in sent) == [200, 200, 200, 201]
    assert sent[0][1]["text"] == "Camille Durand\n12 rue des Lilas\n75011 Paris\nFrance\ncamille@example.com"

    async def heard() -> bool:
        return len(shop.assistant.turns) == 2

    await until(heard)
    intent, _, values = shop.assistant.turns[1]["payload"].partition("{")
    assert (intent, json.loads("{" + values)) == ("/address_given", {**FILLED, "line1": "12 rue des Lilas"})


@pytest.mark.parametrize(
    "filled",
    [{}, {"name": "  "}, {"name": "x" * 121}, {"iban": "FR76"}],
    ids=["nothing", "only spaces", "too long", "an unknown field"],
)
async def test_a_form_that_cannot_be_is_refused(shop: Shop, filled: Any) -> None:
    customer = await offered(shop)
    status, refusal = await fill(customer, filled)
    assert (status, refusal["error"]) == (422, "invalid_form")


async def test_without_a_form_there_is_nothing_to_fill_in(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await fill(customer, FILLED)
    assert (status, refusal["error"]) == (422, "form_not_found")


async def test_a_card_number_in_a_field_is_kept_by_nobody(shop: Shop) -> None:
    customer = await offered(shop)
    _, event = await fill(customer, {**FILLED, "line2": "4242 4242 4242 4242"})
    assert "4242 4242" not in event["text"]

    async def heard() -> bool:
        return len(shop.assistant.turns) == 2

    await until(heard)
    assert shop.assistant.turns[1]["payload"] == "/card_number_typed"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"country": "Narnia"}, "unknown_country"),
        ({"postcode": "7501"}, "invalid_postcode"),
        ({"email": "camille@"}, "invalid_email"),
        ({"line2": "4242424242424242"}, "card_number_typed"),
    ],
)
async def test_what_cannot_be_sent_to_is_refused_and_nothing_of_it_is_kept(
    shop: Shop, wrong: Any, code: str
) -> None:
    customer = await shop.visit()
    await customer.call("PUT", "/api/checkout/address", FILLED)
    _, before = await customer.call("POST", "/api/checkout")
    status, refusal = await customer.call("PUT", "/api/checkout/address", {**FILLED, "city": "Lyon", **wrong})
    assert (status, refusal["error"]) == (422, code)
    assert (await customer.call("POST", "/api/checkout"))[1] == before


async def test_an_address_may_name_its_country_in_any_language_or_by_its_code(shop: Shop) -> None:
    customer = await shop.visit()
    for named in ("Deutschland", "Allemagne", "alemania", "de"):
        status, checkout = await customer.call("PUT", "/api/checkout/address", {"country": named})
        if named == "Deutschland":
            assert status == 422
        else:
            assert checkout["address"]["country"] == "Allemagne"


async def test_a_form_without_an_email_leaves_the_one_that_is_known(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.call("PUT", "/api/checkout/address", FILLED)
    moved = {**FILLED, "email": "", "city": "Lyon", "postcode": "69001"}
    _, checkout = await customer.call("PUT", "/api/checkout/address", moved)
    assert (checkout["email"], checkout["address"]["city"]) == ("camille@example.com", "Lyon")
    assert checkout["missing"] == ["delivery_method"]
