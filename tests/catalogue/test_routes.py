from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from backend.catalogue.indexing import ShopIndex
from backend.catalogue.routes import SHOP_INDEX, operations
from backend.config import ROOT
from backend.db import Database
from backend.edge import DATABASE, refusals
from backend.importing import import_shopify
from backend.shop import Shop

Get = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def get(shop: Database, index: ShopIndex, aiohttp_client: Any) -> Get:
    app = web.Application(middlewares=[refusals])
    shop.info["shop"] = Shop.load(ROOT / "demo" / "shop.yml")
    app[DATABASE] = shop
    app[SHOP_INDEX] = index
    operations.add_to(app)
    client = await aiohttp_client(app)

    async def get(path: str, **headers: str) -> tuple[int, Any]:
        async with client.get(path, headers=headers) as response:
            return response.status, await response.json()

    return get


async def test_products_are_searched_in_the_callers_language(get: Get) -> None:
    status, page = await get("/api/products?q=une+tasse+bleue&language=fr&currency=USD&limit=3")
    assert status == 200
    (mug,) = page["products"]
    assert mug["name"] == "Tasse en grès Lune"
    assert mug["price"] == {"amount": 1800, "currency": "USD"}
    assert mug["variants"][0] == {
        "sku": "MUG-BLU",
        "options": {"colour": "blue"},
        "name": "Bleu",
        "price": {"amount": 1800, "currency": "USD"},
        "image": "/pictures/mug-blu.svg",
        "kind": "stocked",
        "parts": [],
        "list_price": None,
        "quantity_prices": [],
    }


async def test_without_words_the_shop_is_paged_through(get: Get) -> None:
    _, page = await get("/api/products?limit=10")
    _, rest = await get(f"/api/products?limit=10&cursor={page['cursor']}")
    assert [len(page["products"]), len(rest["products"]), rest["cursor"]] == [10, 4, None]


async def test_a_search_is_paged_and_counts_what_there_is(get: Get) -> None:
    _, page = await get("/api/products?q=tasses&language=fr&limit=2")
    _, rest = await get(f"/api/products?q=tasses&language=fr&limit=2&cursor={page['cursor']}")
    found = {product["id"] for product in page["products"] + rest["products"]}
    assert found == {"lune-mug", "rive-espresso-cups", "route-travel-mug"}
    assert (page["total"], rest["cursor"]) == (3, None)
    (colour,) = [facet for facet in page["facets"] if facet["code"] == "colour"]
    assert colour["name"] == "Couleur"
    assert {"code": "blue", "name": "Bleu", "count": 1, "is_chosen": False} in colour["values"]


async def test_a_misspelt_search_says_how_it_was_read(get: Get) -> None:
    _, page = await get("/api/products?q=une+tassse+bleue&language=fr")
    assert page["corrected"] == "tasse"
    assert [product["id"] for product in page["products"]] == ["lune-mug"]


async def test_given_bounds_are_never_left(get: Get) -> None:
    _, page = await get("/api/products?q=lamps&language=en&price_max=100")
    assert (page["products"], page["total"]) == ([], 0)


async def test_prices_are_in_order(get: Get) -> None:
    _, page = await get("/api/products?sort=price&price_min=2000&language=en&limit=50")
    amounts = [product["price"]["amount"] for product in page["products"]]
    assert amounts == sorted(amounts)
    assert amounts[0] >= 2000


async def test_one_product_follows_the_language_of_the_browser(get: Get) -> None:
    _, product = await get("/api/products/lune-mug", **{"Accept-Language": "es-MX,es;q=0.9"})
    assert product["name"] == "Taza de gres Lune"


async def test_an_unknown_product_is_refused(get: Get) -> None:
    status, refusal = await get("/api/products/lune-mugs")
    assert (status, refusal["error"], refusal["details"]) == (
        404,
        "product_not_found",
        {"product": "lune-mugs"},
    )


async def test_an_unknown_language_is_refused(get: Get) -> None:
    status, refusal = await get("/api/products?language=de")
    assert (status, refusal["error"]) == (422, "invalid_input")


async def test_the_categories_are_told(get: Get) -> None:
    _, categories = await get("/api/categories?language=fr")
    assert [category["name"] for category in categories] == ["Maison", "Cuisine", "Vêtements"]


async def test_a_listing_counts_categories_brands_and_values(get: Get) -> None:
    _, page = await get("/api/products?limit=2&language=fr")
    assert page["total"] == 14
    facets = {facet["code"]: facet for facet in page["facets"]}
    assert facets["category"]["name"] == "Catégorie"
    assert {"code": "kitchen", "name": "Cuisine", "count": 4, "is_chosen": False} in facets["category"][
        "values"
    ]
    _, kitchen = await get("/api/products?limit=2&category=kitchen")
    assert kitchen["total"] == 4


async def test_of_more_than_are_looked_at_the_cheapest_come_first(
    get: Get, shop: Database, index: ShopIndex, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    rows = [f"Box {number},BOX-{number},{1000 - number}" for number in range(300)]
    file.write_text("\n".join(["Title,SKU,Price", *rows]))
    await import_shopify(shop, file, language="en", currency="USD")
    async with shop.reading() as session:
        await index.rebuild(session)

    _, page = await get("/api/products?sort=price&price_min=60000&currency=USD&limit=50")
    assert [product["price"]["amount"] for product in page["products"]][:3] == [70100, 70200, 70300]
    assert page["total"] == 300
    shown = {product["id"] for product in page["products"]}
    while page["cursor"]:
        _, page = await get(
            f"/api/products?sort=price&price_min=60000&currency=USD&limit=50&cursor={page['cursor']}"
        )
        shown |= {product["id"] for product in page["products"]}
    assert len(shown) == 300
