"""The five price rules of Adobe's sample shop: what they take off, as Adobe counts it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession

from backend.db import Database
from backend.importing import import_adobe
from tests.databases import Copies
from tests.shop.conftest import Customer, Shop, opened

LUMA = Path(os.environ.get("COMPTOIR_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "luma"
pytestmark = [
    pytest.mark.skipif(not LUMA.exists(), reason=f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED)."),
    pytest.mark.timeout(300),
]
TEE, OTHER_TEE, PANTS, BOTTLE = "WS12-XS-Orange", "MS01-XS-Brown", "WP01-28-Black", "24-UG06"
"""22, 24, 39 before the rule of the catalogue, and 7 dollars."""
WATCH, ON_SALE, BAG = "24-MG04", "24-UG07", "24-MB02"
"""45, 12 and 59 dollars; no discount is for the first two."""


async def luma(database: Database) -> None:
    await import_adobe(database, LUMA, currency="USD")


@pytest.fixture
async def shop(copies: Copies, tmp_path: Path) -> AsyncIterator[Shop]:
    async with (
        copies.of(luma, "sqlite", tmp_path) as url,
        opened(tmp_path, url, COMPTOIR_SHOP_FILE=str(dollars(tmp_path))) as shop,
    ):
        yield shop


def dollars(folder: Path) -> Path:
    path = folder / "shop.yml"
    demo = yaml.safe_load((Path(__file__).parents[2] / "demo" / "shop.yml").read_text("utf-8"))
    rates = str(LUMA / "Tax" / "tax_rate.csv")
    taxes = {"home": {"country": "US"}, "included": {"USD": False}, "tables": [rates]}
    path.write_text(yaml.safe_dump(demo | {"currencies": ["USD"], "taxes": taxes}), "utf-8")
    return path


async def bought(shop: Shop, *wanted: tuple[str, int], coupon: str = "") -> Any:
    customer = await visit(shop.http, shop)
    for sku, quantity in wanted:
        status, answer = await customer.add(sku, quantity)
        assert status == 201, (sku, answer)
    if coupon:
        status, answer = await customer.call("POST", "/api/cart/coupons", {"code": coupon})
        assert status == 200, answer
    _, cart = await customer.call("GET", "/api/cart")
    _, options = await customer.call("GET", "/api/delivery-options")
    return cart | {"delivery": options[0]["price"]["amount"]}


async def visit(http: ClientSession, shop: Shop) -> Customer:
    url = shop.settings.public_url
    body = {"language": "en", "currency": "USD"}
    async with http.post(f"{url}/api/conversations", json=body) as response:
        started = await response.json()
    return Customer(http, url, started["id"], started["token"])


def sums(cart: Any) -> tuple[int, int, int]:
    assert {cart[name]["currency"] for name in ("subtotal", "discount", "total")} == {"USD"}
    return cart["subtotal"]["amount"], cart["discount"]["amount"], cart["total"]["amount"]


async def test_the_fourth_tee_is_free(shop: Shop) -> None:
    assert sums(await bought(shop, (TEE, 3))) == (6600, 0, 6600)
    assert sums(await bought(shop, (TEE, 4))) == (8800, 2200, 6600)
    assert sums(await bought(shop, (TEE, 8))) == (17_600, 4400, 13_200)
    assert sums(await bought(shop, (TEE, 3), (OTHER_TEE, 1))) == (9000, 0, 9000)
    assert sums(await bought(shop, (BAG, 1), (BOTTLE, 4))) == (8700, 0, 8700)


async def test_from_fifty_dollars_on_delivery_is_free(shop: Shop) -> None:
    assert (await bought(shop, (WATCH, 1)))["delivery"] == 590
    assert (await bought(shop, (WATCH, 1), (BOTTLE, 1)))["delivery"] == 0


async def test_from_two_hundred_dollars_on_a_fifth_is_off_but_for_watches_and_sales(shop: Shop) -> None:
    assert sums(await bought(shop, (BAG, 3))) == (17_700, 0, 17_700)
    assert sums(await bought(shop, (BAG, 4))) == (23_600, 4720, 18_880)
    assert sums(await bought(shop, (WATCH, 3), (ON_SALE, 1), (BAG, 1))) == (20_600, 1180, 19_420)


async def test_the_bottle_costs_seventy_percent_less_with_its_code(shop: Shop) -> None:
    assert sums(await bought(shop, (BOTTLE, 1))) == (700, 0, 700)
    assert sums(await bought(shop, (BOTTLE, 1), (BAG, 1), coupon="h20")) == (6600, 490, 6110)


async def test_pants_cost_a_fifth_less_everywhere(shop: Shop) -> None:
    cart = await bought(shop, (PANTS, 1))
    assert sums(cart) == (3120, 0, 3120)
    assert cart["lines"][0]["list_price"]["amount"] == 3900
    async with shop.http.get(
        f"{shop.settings.public_url}/api/products?category=pants-women&currency=USD"
    ) as got:
        pants = (await got.json())["products"]
    assert pants
    assert all(one["price"]["amount"] * 10 == one["list_price"]["amount"] * 8 for one in pants)


async def test_rules_come_one_after_the_other(shop: Shop) -> None:
    """Four tees and three bags: the free tee first, then a fifth of what is left."""
    assert sums(await bought(shop, (TEE, 4), (BAG, 3))) == (26_500, 2200 + 4860, 19_440)


async def test_michigan_is_taxed_on_top_as_the_export_says_and_nowhere_else(shop: Shop) -> None:
    """All of its products are in the one class that its one rule taxes. 5.90 of delivery bear the tax, too."""
    michigan = "Veronica Costello, 6146 Honey Bluff Parkway, Calder, MI 49628, USA, roni@example.com"
    assert await taxed(shop, michigan, (TEE, 1), (BOTTLE, 1)) == (2900 + 590, 288, 3778)
    assert await taxed(shop, michigan.replace("MI 49628", "OH 44101"), (TEE, 1)) == (2200 + 590, 0, 2790)


async def taxed(shop: Shop, address: str, *wanted: tuple[str, int]) -> tuple[int, int, int]:
    """The cart with its delivery, the tax, and what is to be paid."""
    customer = await visit(shop.http, shop)
    for sku, quantity in wanted:
        await customer.add(sku, quantity)
    await customer.call("POST", "/api/checkout/tell", {"text": address})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    assert (checkout["missing"], checkout["tax"]["is_included"]) == ([], False)
    goods = checkout["cart"]["total"]["amount"] + checkout["delivery"]["price"]["amount"]
    status, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    assert (status, order["tax"]) == (201, checkout["tax"]["amount"])
    return goods, order["tax"]["amount"], order["total"]["amount"]


async def test_the_same_export_again_changes_nothing(shop: Shop) -> None:
    report = await import_adobe(shop.database, LUMA, currency="USD")
    assert (report.promotions, report.price_lists, report.updated) == (0, 0, 0)
