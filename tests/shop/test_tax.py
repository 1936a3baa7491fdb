"""Tax in the checkout, on the order and on Stripe's page: in the prices, or on top of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from backend.catalogue.models import Category, Product
from backend.orders import refunding
from backend.orders.refunding import Asked
from tests.shop.conftest import Customer, Shop, opened, until

SHOP = """
name: Comptoir
email: hello@comptoir.example
currencies: [EUR]
taxes:
  home: {country: FR}
  included: {EUR: %s}
  classes: {lighting: [lamps]}
  rates:
  - {countries: [FR], rate: "20"}
  - {countries: [FR], rate: "5.5", tax_class: lighting}
  - {countries: [ES], rate: "21"}
delivery_methods:
- code: standard
  name: {en: Standard delivery, fr: Livraison standard, es: Envío estándar}
  promise_days: [2, 4]
  price: {EUR: 490}
"""
PARIS = "Camille Durand, 12 rue des Lilas, 75011 Paris, camille@example.com"
MADRID = "Lucía Gómez, calle Mayor 12, 28013 Madrid, España, lucia@example.com"


@pytest.fixture(params=["true", "false"])
def is_included(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "true")


@pytest.fixture
async def taxed(tmp_path: Path, database_url: str, is_included: bool) -> AsyncIterator[Shop]:
    file = tmp_path / "shop.yml"
    file.write_text(SHOP % str(is_included).lower())
    async with opened(tmp_path, database_url, COMPTOIR_SHOP_FILE=str(file)) as shop:
        async with shop.database.transaction() as session:
            light = Category(code="lamps", name={"en": "Lamps"})
            session.add(light)
            await session.flush()
            table = Category(code="table-lamps", name={"en": "Table lamps"}, parent_id=light.id)
            session.add(table)
            await session.flush()
            await session.execute(
                update(Product).where(Product.handle == "lamp").values(category_id=table.id)
            )
        yield shop


async def checkout_of(customer: Customer, address: str) -> Any:
    await customer.call("POST", "/api/checkout/tell", {"text": address})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    return checkout


async def test_the_checkout_says_the_tax(taxed: Shop, is_included: bool) -> None:
    customer = await taxed.visit()
    await customer.add("MUG-BLUE", 2)
    await customer.add("LAMP")
    _, begun = await customer.call("POST", "/api/checkout")
    assert (begun["tax"]["is_estimate"], begun["tax"]["is_included"]) == (True, is_included)
    checkout = await checkout_of(customer, PARIS)
    # 30.70 at 20 %, 59.00 at 5.5 %
    tax = {True: 512 + 308, False: 614 + 325}[is_included]
    assert checkout["tax"]["amount"]["amount"] == tax
    assert (checkout["tax"]["name"], checkout["tax"]["is_estimate"]) == ("TVA", False)
    assert checkout["total"]["amount"] == 8970 + {True: 0, False: tax}[is_included]


async def test_another_country_has_another_rate(taxed: Shop, is_included: bool) -> None:
    customer = await taxed.visit()
    await customer.add("MUG-BLUE", 2)
    checkout = await checkout_of(customer, MADRID)
    assert checkout["tax"]["amount"]["amount"] == {True: 533, False: 645}[is_included]


async def test_what_is_paid_is_what_was_said(taxed: Shop, is_included: bool) -> None:
    customer = await taxed.visit()
    await customer.add("MUG-BLUE", 2)
    await customer.add("LAMP")
    checkout = await checkout_of(customer, PARIS)
    status, refusal = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"] + 1})
    assert (status, refusal["error"]) == (409, "checkout_changed")
    _, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    assert (order["tax"], order["is_tax_included"]) == (checkout["tax"]["amount"], is_included)
    on_top = 0 if is_included else order["tax"]["amount"]
    assert order["goods"]["amount"] + order["delivery"]["amount"] + on_top == order["total"]["amount"]
    await customer.pay(order)

    async def is_paid() -> bool:
        return bool((await customer.current(order))["payment_status"] == "paid")

    await until(is_paid)
    assert await taxed.differences() == []


async def test_the_lines_paid_back_one_by_one_are_the_whole(taxed: Shop, is_included: bool) -> None:
    customer = await taxed.visit()
    await customer.add("MUG-BLUE", 3)
    checkout = await checkout_of(customer, PARIS)
    _, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    await customer.pay(order)

    async def is_paid() -> bool:
        return bool((await customer.current(order))["payment_status"] == "paid")

    await until(is_paid)
    back = []
    for number in range(3):
        async with taxed.database.transaction() as session:
            asked = Asked(None, {"MUG-BLUE": 1})
            back.append((await refunding.refund_order(session, order["number"], asked, f"r{number}")).amount)
    assert sum(back) == {True: 3870, False: 3870 + 774}[is_included]
    assert max(back) - min(back) <= 1
