"""What delivery costs where the carrier says it: asked, kept for a while, and done without when nobody answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update

from backend.catalogue.models import Variant
from backend.config import InvalidSetting
from backend.shop import Shop as ShopFile
from tests.servers import OrderlyServer, open_door, url_of
from tests.shop.conftest import Customer, Shop, opened

SHOP = """
name: Comptoir
email: hello@comptoir.example
currencies: [EUR]
delivery_methods:
- code: freight
  kind: carrier
  name: {en: Freight, fr: Messagerie, es: Paquetería}
  promise_days: [3, 6]
  price: {EUR: 1500}
  free_from: {EUR: 20000}
"""
LYON = "Camille Durand, 12 rue des Lilas, 69003 Lyon, camille@example.com"
MADRID = "Lucía Gómez, calle Mayor 12, 28013 Madrid, España, lucia@example.com"
LONDON = "Anna Smith, 12 Baker Street, London NW1 6XE, UK, anna@example.com"


@dataclass
class Carrier:
    """Answers as the test says, and remembers what it was asked."""

    answer: Any = field(default_factory=lambda: {"price": 700, "currency": "EUR"})
    status: int = 200
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Any] = field(default_factory=list)
    meanwhile: Any = None

    async def rate(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        await self.goes_on.wait()
        if self.meanwhile:
            await self.meanwhile()
        return web.json_response(self.answer, status=self.status)


@contextlib.asynccontextmanager
async def selling(folder: Path, database_url: str, **environment: str) -> AsyncIterator[Shop]:
    file = folder / "shop.yml"
    file.write_text(SHOP)
    async with opened(folder, database_url, COMPTOIR_SHOP_FILE=str(file), **environment) as shop:
        yield shop


@pytest.fixture
def carrier() -> Carrier:
    carrier = Carrier()
    carrier.goes_on.set()
    return carrier


@pytest.fixture
async def served(tmp_path: Path, database_url: str, carrier: Carrier) -> AsyncIterator[Shop]:
    door = open_door()
    app = web.Application()
    app.router.add_post("/carrier/rates", carrier.rate)
    server = OrderlyServer(app, door)
    await server.start_server()
    async with selling(tmp_path, database_url, COMPTOIR_CARRIER_URL=url_of(door)) as shop:
        yield shop
    await server.close()


@pytest.fixture
async def customer(served: Shop) -> Customer:
    customer = await served.visit()
    await customer.add("MUG-BLUE")
    return customer


async def price(customer: Customer) -> int | None:
    _, options = await customer.call("GET", "/api/delivery-options")
    return next((each["price"]["amount"] for each in options), None)


async def chosen(customer: Customer, address: str = LYON) -> int:
    """The sum that is shown for a yes."""
    await customer.call("POST", "/api/checkout/tell", {"text": address})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "freight"})
    return checkout["total"]["amount"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("address", "grams", "asked"), [(LYON, 400, 890), (LYON, 2500, 960), (MADRID, 1500, 2560)]
)
async def test_the_demo_carrier_asks_by_weight_and_zone(
    tmp_path: Path, database_url: str, address: str, grams: int, asked: int
) -> None:
    async with selling(tmp_path, database_url) as shop:
        async with shop.database.transaction() as session:
            await session.execute(update(Variant).where(Variant.sku == "MUG-BLUE").values(weight_grams=grams))
        customer = await shop.visit()
        await customer.add("MUG-BLUE")
        total = await chosen(customer, address)
        status, order = await customer.call("POST", "/api/orders", {"total": total})
        assert (status, total, order["delivery"]["amount"]) == (201, 1290 + asked, asked)


async def test_where_the_carrier_does_not_go_is_said(tmp_path: Path, database_url: str) -> None:
    async with selling(tmp_path, database_url) as shop:
        customer = await shop.visit()
        await customer.add("MUG-BLUE")
        status, refusal = await customer.call("POST", "/api/checkout/tell", {"text": LONDON})
        assert (status, refusal["error"]) == (409, "not_delivered_there")


async def test_before_the_address_is_known_the_stated_price_is_an_estimate(
    customer: Customer, carrier: Carrier
) -> None:
    _, (option,) = await customer.call("GET", "/api/delivery-options")
    assert (option["kind"], option["price"]["amount"], option["price_is_estimate"]) == ("carrier", 1500, True)
    assert await chosen(customer) == 1290 + 700
    _, (option,) = await customer.call("GET", "/api/delivery-options")
    assert (option["price"]["amount"], option["price_is_estimate"]) == (700, False)


async def test_the_order_costs_what_was_shown_whatever_the_carrier_asks_by_then(
    customer: Customer, carrier: Carrier
) -> None:
    total = await chosen(customer)
    carrier.answer["price"] = 2000
    status, order = await customer.call("POST", "/api/orders", {"total": total})
    assert (status, order["delivery"]["amount"], len(carrier.asked)) == (201, 700, 1)


async def test_after_its_time_the_carrier_is_asked_again_and_the_new_sum_needs_a_new_yes(
    served: Shop, customer: Customer, carrier: Carrier
) -> None:
    total = await chosen(customer)
    carrier.answer["price"] = 2000
    served.clock.advance(timedelta(minutes=31))
    status, refusal = await customer.call("POST", "/api/orders", {"total": total})
    assert (status, refusal["error"], refusal["details"]["total"]) == (409, "checkout_changed", 1290 + 2000)
    status, order = await customer.call("POST", "/api/orders", {"total": 1290 + 2000})
    assert (status, order["delivery"]["amount"], len(carrier.asked)) == (201, 2000, 2)


async def test_another_weight_or_address_is_asked_about_and_what_is_free_is_not(
    served: Shop, customer: Customer, carrier: Carrier
) -> None:
    async with served.database.transaction() as session:
        await session.execute(update(Variant).where(Variant.sku == "MUG-BLUE").values(weight_grams=400))
    await chosen(customer)
    await customer.call("PUT", "/api/cart/lines/MUG-BLUE", {"quantity": 2})
    await price(customer)
    await chosen(customer, MADRID)
    asked = [(each["weight_grams"], each["destination"]["country"]) for each in carrier.asked]
    assert asked == [(400, "FR"), (800, "FR"), (800, "ES")]
    await customer.add("LAMP", 4)
    assert (await price(customer), len(carrier.asked)) == (0, 3)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({}, 500),
        ({"price": -1, "currency": "EUR"}, 200),
        ({"price": 7.5, "currency": "EUR"}, 200),
        ({"price": 700, "currency": "USD"}, 200),
        ({"price": 10**12, "currency": "EUR"}, 200),
        ("7 euros", 200),
    ],
    ids=["failing", "negative", "fractional", "other money", "beyond measure", "words"],
)
async def test_without_a_sound_answer_the_stated_price_holds(
    customer: Customer, carrier: Carrier, answer: Any, status: int
) -> None:
    carrier.answer, carrier.status = answer, status
    await pays_the_stated_price(customer, carrier)


async def test_nobody_waits_for_a_carrier_that_does_not_answer(customer: Customer, carrier: Carrier) -> None:
    carrier.goes_on.clear()
    await pays_the_stated_price(customer, carrier)
    assert len(carrier.asked) == 1
    carrier.goes_on.set()


async def pays_the_stated_price(customer: Customer, carrier: Carrier) -> None:
    total = await chosen(customer)
    carrier.answer, carrier.status = {"price": 700, "currency": "EUR"}, 200
    placed, order = await customer.call("POST", "/api/orders", {"total": total})
    assert (placed, order["delivery"]["amount"]) == (201, 1500)


async def test_others_buy_while_the_carrier_is_asked(
    served: Shop, customer: Customer, carrier: Carrier
) -> None:
    """Had a transaction been open, SQLite's one writer would have kept the other customer waiting beyond the time."""
    other = await served.visit()

    async def buys() -> None:
        assert (await other.add("LAMP"))[0] == 201

    carrier.meanwhile = buys
    assert await chosen(customer) == 1290 + 700


async def test_who_never_comes_to_an_end_with_the_carrier_is_told_when_to_try_again(
    served: Shop, customer: Customer, carrier: Carrier
) -> None:
    """The parcel weighs more each time that the carrier has answered."""

    async def grows() -> None:
        async with served.database.transaction() as session:
            await session.execute(update(Variant).values(weight_grams=100 * len(carrier.asked)))

    carrier.meanwhile = grows
    status, refusal = await customer.call("POST", "/api/checkout/tell", {"text": LYON})
    assert (status, refusal["error"], refusal["details"]) == (
        503,
        "carrier_unavailable",
        {"retry_after_seconds": 1},
    )
    carrier.meanwhile = None
    assert await chosen(customer) == 1290 + 700


@pytest.mark.parametrize(
    ("was", "becomes", "wrong"),
    [
        ("  price: {EUR: 1500}\n", "", "needs a `price`"),
        ("price: {EUR: 1500}", "price: {EUR: 0}", "a `price` above 0 alone"),
        ("  price:", "  rates: [{price: {EUR: 5}}]\n  price:", "a `price` above 0 alone"),
        ("  promise_days: [3, 6]\n", "", "needs `promise_days`"),
    ],
)
def test_a_mistake_in_the_shops_file_is_told(tmp_path: Path, was: str, becomes: str, wrong: str) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(SHOP)
    assert ShopFile.load(file).delivery_methods[0].kind == "carrier"
    file.write_text(SHOP.replace(was, becomes))
    with pytest.raises(InvalidSetting, match=wrong) as refused:
        ShopFile.load(file)
    assert "at `$.delivery_methods[0]`" in str(refused.value)
