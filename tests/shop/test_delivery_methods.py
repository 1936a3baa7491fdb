"""Where the shop delivers, how, and what that costs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from backend.catalogue.models import Variant
from backend.config import InvalidSetting
from backend.shop import Shop as ShopFile
from tests.shop.conftest import Customer, Shop, opened

SHOP = """
name: Comptoir
email: hello@comptoir.example
currencies: [EUR]
zones:
  mainland: {countries: [FR], without: {countries: [FR], postcodes: ["20*", "97000-98999"]}}
  europe: {countries: [BE, DE, ES, FR]}
delivery_methods:
- code: standard
  name: {en: Standard delivery, fr: Livraison standard, es: Envío estándar}
  promise_days: [2, 4]
  zones: [europe]
  free_from: {EUR: 8000}
  rates:
  - {to: europe, price: {EUR: 990}}
  - {to: {countries: [FR]}, price: {EUR: 490}}
  - {to: {countries: [FR]}, from_grams: 2000, price: {EUR: 790}}
  - {to: {regions: [FR-2A, FR-2B]}, price: {EUR: 1290}}
- code: express
  name: {en: Express delivery, fr: Livraison express, es: Envío exprés}
  promise_days: [1, 1]
  zones: [mainland]
  price: {EUR: 1490}
"""
MAINLAND = "Camille Durand, 12 rue des Lilas, 69003 Lyon, camille@example.com"
AJACCIO = "Camille Durand, 12 cours Napoléon, 20000 Ajaccio, camille@example.com"
MADRID = "Lucía Gómez, calle Mayor 12, 28013 Madrid, España, lucia@example.com"
LONDON = "Anna Smith, 12 Baker Street, London NW1 6XE, UK, anna@example.com"


@pytest.fixture
async def zoned(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    file = tmp_path / "shop.yml"
    file.write_text(SHOP)
    async with opened(tmp_path, database_url, COMPTOIR_SHOP_FILE=str(file)) as shop:
        yield shop


@pytest.fixture
async def customer(zoned: Shop) -> Customer:
    customer = await zoned.visit()
    await customer.add("MUG-BLUE")
    return customer


async def offered(customer: Customer) -> list[tuple[str, int, bool]]:
    _, options = await customer.call("GET", "/api/delivery-options")
    return [(each["code"], each["price"]["amount"], each["price_is_lowest"]) for each in options]


async def test_before_the_address_is_known_the_lowest_price_is_said(customer: Customer) -> None:
    assert await offered(customer) == [("standard", 490, True), ("express", 1490, False)]


@pytest.mark.parametrize(
    ("address", "options"),
    [
        (MAINLAND, [("standard", 490, False), ("express", 1490, False)]),
        (AJACCIO, [("standard", 1290, False)]),
        (MADRID, [("standard", 990, False)]),
    ],
)
async def test_the_most_exact_zone_decides(customer: Customer, address: str, options: list[Any]) -> None:
    await customer.call("POST", "/api/checkout/tell", {"text": address})
    assert await offered(customer) == options


async def test_heavy_things_cost_more(zoned: Shop, customer: Customer) -> None:
    async with zoned.database.transaction() as session:
        await session.execute(update(Variant).where(Variant.sku == "MUG-BLUE").values(weight_grams=1000))
    await customer.call("POST", "/api/checkout/tell", {"text": MAINLAND})
    assert (await offered(customer))[0][1] == 490
    await customer.add("MUG-BLUE")
    assert (await offered(customer))[0][1] == 790


async def test_where_nothing_is_delivered_is_said_at_once_and_not_kept(customer: Customer) -> None:
    status, refusal = await customer.call("POST", "/api/checkout/tell", {"text": LONDON})
    assert (status, refusal["error"]) == (409, "not_delivered_there")
    assert refusal["details"] == {"place": "London, Royaume-Uni", "method": None}
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["missing"][0] == "address"


async def test_a_way_that_does_not_go_there_is_refused(customer: Customer) -> None:
    await customer.call("POST", "/api/checkout/tell", {"text": AJACCIO})
    status, refusal = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "express"})
    assert (status, refusal["error"]) == (409, "not_delivered_there")
    assert refusal["details"] == {"place": "Ajaccio, France", "method": "Livraison express"}


async def test_another_address_asks_for_another_way_when_the_chosen_one_does_not_go_there(
    customer: Customer,
) -> None:
    await customer.call("POST", "/api/checkout/tell", {"text": MAINLAND})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "express"})
    assert (checkout["missing"], checkout["total"]["amount"]) == ([], 2780)
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": AJACCIO})
    assert told["checkout"]["missing"] == ["delivery_method"]
    status, refusal = await customer.call("POST", "/api/orders", {"total": 2780})
    assert (status, refusal["error"]) == (409, "not_delivered_there")


async def test_the_order_costs_what_was_said(customer: Customer) -> None:
    await customer.call("POST", "/api/checkout/tell", {"text": AJACCIO})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    status, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    assert (status, order["delivery"]["amount"], order["total"]["amount"]) == (201, 1290, 2580)


async def test_what_is_missing_for_free_delivery_is_said_until_it_is_free(customer: Customer) -> None:
    _, cart = await customer.call("GET", "/api/cart")
    assert cart["free_delivery_missing"] == {"amount": 6710, "currency": "EUR"}
    _, cart = await customer.add("LAMP", 2)
    assert cart["free_delivery_missing"] is None
    await customer.call("POST", "/api/checkout/tell", {"text": AJACCIO})
    assert (await offered(customer))[0][1] == 0


@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        ("zones: [europe]", "zones: [eu]", "$.delivery_methods[0].zones[0]"),
        ("to: europe", "to: mars", "$.delivery_methods[0].rates[0].to"),
        ("code: express", "code: standard", "$.delivery_methods[1].code"),
        ("EUR: 490", "EUR: -1", "$.delivery_methods[0].rates[1].price[...]"),
        ("countries: [BE, DE", "countries: [Belgium, DE", "$.zones[...].countries[0]"),
        ("97000-98999", "98999-97000", "$.zones[...].without"),
        ("  price: {EUR: 1490}", "  tables: {EUR: nowhere.csv}", "$.delivery_methods[1].tables.EUR"),
    ],
)
def test_a_mistake_in_the_shops_file_is_told_with_its_place(
    tmp_path: Path, was: str, becomes: str, place: str
) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(SHOP)
    assert ShopFile.load(file).name == "Comptoir"
    assert was in SHOP
    file.write_text(SHOP.replace(was, becomes))
    with pytest.raises(InvalidSetting) as refused:
        ShopFile.load(file)
    assert str(file) in str(refused.value)
    assert f"at `{place}`" in str(refused.value)
