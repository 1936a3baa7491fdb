"""Addresses that may be wrong are asked about once, and taken when the customer stands by them."""

import pytest

from tests.shop.conftest import Customer, Shop


@pytest.fixture
async def customer(shop: Shop) -> Customer:
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    return customer


async def told(customer: Customer, text: str) -> list[str]:
    _, answer = await customer.call("POST", "/api/checkout/tell", {"text": text})
    return list(answer["checkout"]["missing"])


async def filled(customer: Customer, **fields: str) -> list[str]:
    form = {"name": "Camille Durand", "country": "France", "email": "camille@example.com"} | fields
    _, checkout = await customer.call("PUT", "/api/checkout/address", form)
    return list(checkout["missing"])


@pytest.mark.parametrize(
    ("country", "postcode", "city", "region"),
    [
        ("France", "69001", "Paris", ""),
        ("Espagne", "28013", "Barcelona", ""),
        ("États-Unis", "62704", "Springfield", "CA"),
    ],
)
async def test_a_postcode_that_does_not_fit_is_doubted_until_the_customer_stands_by_it(
    customer: Customer, country: str, postcode: str, city: str, region: str
) -> None:
    place = {
        "line1": "12 rue des Lilas",
        "country": country,
        "postcode": postcode,
        "city": city,
        "region": region,
    }
    assert await filled(customer, **place) == ["postcode_fit", "delivery_method"]
    _, checkout = await customer.call("PUT", "/api/checkout/address/accepted")
    assert checkout["missing"] == ["delivery_method"]


async def test_another_postcode_ends_the_doubt(customer: Customer) -> None:
    assert await told(customer, "Camille Durand, 12 rue des Lilas, 69001 Paris, c@example.com") == [
        "postcode_fit",
        "delivery_method",
    ]
    assert await told(customer, "75011") == ["delivery_method"]
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["address_lines"][2] == "75011 Paris"


async def test_what_was_accepted_of_one_address_is_not_accepted_of_another(customer: Customer) -> None:
    await filled(customer, line1="12 rue des Lilas", postcode="69001", city="Paris")
    await customer.call("PUT", "/api/checkout/address/accepted")
    assert (await filled(customer, line1="12 rue des Lilas", postcode="13001", city="Paris"))[
        0
    ] == "postcode_fit"


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("12 bis", "12 bis rue des Lilas"),
        ("c'est le numéro 7", "7 rue des Lilas"),
        ("il n'y a pas de numéro", "rue des Lilas"),
    ],
)
async def test_a_street_without_a_number_is_asked_about_once(
    customer: Customer, text: str, street: str
) -> None:
    missing = await filled(customer, line1="rue des Lilas", postcode="75011", city="Paris")
    assert missing == ["house_number", "delivery_method"]
    assert await told(customer, text) == ["delivery_method"]
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["address"]["line1"] == street


@pytest.mark.parametrize(
    "address",
    [
        {"line1": "Тверская улица, 7", "postcode": "125009", "city": "Москва", "country": "Russie"},
        {
            "line1": "東京都千代田区丸の内1-9-1",
            "postcode": "100-0005",
            "city": "千代田区",
            "region": "東京都",
            "country": "JP",
        },
        {"line1": "Ερμού 15", "postcode": "105 63", "city": "Αθήνα", "country": "Grèce"},
    ],
)
async def test_an_address_in_another_alphabet_is_kept_as_it_is_written(
    customer: Customer, address: dict[str, str]
) -> None:
    assert await filled(customer, **address) == ["delivery_method"]
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["address"]["line1"] == address["line1"]
    assert checkout["address"]["city"] == address["city"]
