"""A shop that is open while its catalogue is imported."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.catalogue.importing import ImportReport
from backend.clock import Clock
from backend.db import Database
from backend.events import Events
from backend.importing import import_own
from tests.shop.conftest import Shop, until

FILES = Path(__file__).parents[1] / "catalogue" / "shop"


@pytest.fixture
async def operator(shop: Shop) -> AsyncIterator[Database]:
    """Another process has connections of its own."""
    database = Database(shop.settings, Clock(), Events())
    yield database
    await database.close()


async def found(shop: Shop, words: str) -> list[str]:
    url, query = f"{shop.settings.public_url}/api/products", {"q": words, "language": "en"}
    async with shop.http.get(url, params=query) as response:
        assert response.status == 200
        page: Any = await response.json()
    return [product["id"] for product in page["products"]]


async def test_an_open_shop_finds_what_is_imported(shop: Shop, operator: Database, tmp_path: Path) -> None:
    files = Path(shutil.copytree(FILES, tmp_path / "files"))
    assert await found(shop, "espresso") == []

    assert await import_own(operator, files) == ImportReport(created=14)

    async def finds_cups() -> bool:
        return await found(shop, "espresso") == ["rive-espresso-cups"]

    await until(finds_cups)

    products = files / "products.csv"
    products.write_text(products.read_text().replace("Rive espresso cups,", "Rive ristretto bowls,"))
    assert await import_own(operator, files) == ImportReport(updated=1, unchanged=13)

    async def finds_bowls() -> bool:
        return await found(shop, "ristretto") == ["rive-espresso-cups"]

    await until(finds_bowls)


async def test_a_renamed_category_is_found(shop: Shop, operator: Database, tmp_path: Path) -> None:
    files = Path(shutil.copytree(FILES, tmp_path / "files"))
    await import_own(operator, files)
    categories = files / "categories.csv"
    categories.write_text(categories.read_text().replace("Mugs & cups", "Crockery"))

    assert await import_own(operator, files) == ImportReport(unchanged=14)

    async def finds_crockery() -> bool:
        return "lune-mug" in await found(shop, "crockery")

    await until(finds_crockery)
