"""A small shop in three languages, imported from CSV as an operator would."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.catalogue.importing import import_catalogue, read_own
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching import Match, match
from backend.catalogue.query import Query
from backend.catalogue.search import Found, search_products
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.views import Shopper
from backend.clock import HeldClock
from backend.config import Settings
from backend.db import Database
from backend.events import Events
from tests.databases import Copies, nothing

SHOP = Path(__file__).with_name("shop")
MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)

Search = Callable[..., Awaitable[Found]]
Matching = Callable[..., Awaitable[Match]]


@pytest.fixture
async def database(request: pytest.FixtureRequest, copies: Copies, tmp_path: Path) -> AsyncIterator[Database]:
    """With the small shop where a test asks for it."""
    fill = _the_small_shop if "shop" in request.fixturenames else nothing
    async with copies.of(fill, "sqlite", tmp_path, HeldClock(MORNING)):
        settings = Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path)})
        database = Database(settings, HeldClock(MORNING), Events())
        yield database
        await database.close()


async def _the_small_shop(database: Database) -> None:
    report = await import_catalogue(database, read_own(SHOP))
    assert report.errors == []


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_shop_url(
    request: pytest.FixtureRequest, copies: Copies, tmp_path: Path
) -> AsyncIterator[str]:
    """Of a database with tables and no rows, beside the one of `database`, on each engine in turn."""
    (folder := tmp_path / "empty").mkdir()
    async with copies.of(nothing, request.param, folder) as url:
        yield url


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the shop's files, to be changed."""
    return Path(shutil.copytree(SHOP, tmp_path / "files"))


@pytest.fixture
def shop(database: Database) -> Database:
    return database


@pytest.fixture
async def index(shop: Database) -> ShopIndex:
    index = ShopIndex()
    async with shop.reading() as session:
        await index.rebuild(session)
    return index


@pytest.fixture
def search(shop: Database, index: ShopIndex) -> Search:
    async def search(
        words: str, language: str = "en", previous: Query | None = None, **options: Any
    ) -> Found:
        async with shop.reading() as session:
            shelves = ShopShelves(session, Shopper(language, "EUR"), options.pop("available", None))
            return await search_products(shelves, index, words, previous=previous, **options)

    return search


@pytest.fixture
def matching(shop: Database, index: ShopIndex) -> Matching:
    async def matching(words: str, language: str = "en", **scene: object) -> Match:
        async with shop.reading() as session:
            return await match(session, index, words, Shopper(language, "EUR"), **scene)

    return matching
