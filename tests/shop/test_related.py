"""What goes with a product, over the API: only what can be had now."""

from typing import Any

import pytest
from sqlalchemy import select, update

from backend.catalogue.models import Product, ProductLink
from backend.inventory.models import StockItem
from tests.shop.conftest import Shop

PATH = "/api/products/mug/related"


@pytest.fixture(autouse=True)
async def _links(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        ids = dict((await session.execute(select(Product.handle, Product.id))).all())
        for kind in ("related", "complementary"):
            session.add(ProductLink(product_id=ids["mug"], linked_id=ids["lamp"], kind=kind, position=0))


async def get(shop: Shop, path: str) -> tuple[int, Any]:
    async with shop.http.get(shop.settings.public_url + path) as response:
        return response.status, await response.json()


async def test_a_kind_is_told_with_what_is_in_stock(shop: Shop) -> None:
    status, found = await get(shop, f"{PATH}?kind=complementary&language=fr")
    assert (status, [(offer["id"], offer["name"], offer["available"]) for offer in found]) == (
        200,
        [("lamp", "Lampe de table", 40)],
    )
    assert await get(shop, f"{PATH}?kind=up_sell") == (200, [])
    assert len((await get(shop, PATH))[1]) == 1


async def test_what_is_sold_out_is_not_told(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await session.execute(update(StockItem).values(on_hand=0))
    assert await get(shop, PATH) == (200, [])


async def test_an_unknown_kind_or_product_is_refused(shop: Shop) -> None:
    assert (await get(shop, f"{PATH}?kind=similar"))[0] == 422
    assert (await get(shop, "/api/products/spoon/related"))[0] == 404
