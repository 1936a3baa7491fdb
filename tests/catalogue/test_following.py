"""A shop that is open reads what changed, and nothing else."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from backend.catalogue.changes import MOST_CHANGES
from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.importing import CatalogueReader, ImportReport, ParsedProduct, import_catalogue
from backend.catalogue.importing.parsed import ParsedCategory, ParsedVariant, Visibility
from backend.catalogue.index import Document, Version
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.keeping import Keeping
from backend.catalogue.models import CatalogueVersion, Price, Product, Variant
from backend.catalogue.search import search_products
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.views import Shopper
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events

MANY = 3_000
NOTHING: dict[str, Any] = {"keywords": {}, "options": [], "attributes": [], "pictures": []}
QUASAR = ParsedCategory("quasar", None, 0, {"en": "Quasar"})


class CountingIndex(TantivyIndex):
    """The embedded engine, and how much was written to it."""

    def __init__(self, keeping: Keeping | None = None) -> None:
        super().__init__(keeping)
        self.upserts = 0

    def upsert(self, documents: Iterable[Document]) -> None:
        documents = list(documents)
        self.upserts += len(documents)
        super().upsert(documents)


@pytest.fixture
async def databases(tmp_path: Path, empty_shop_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """The open shop's connections and those of another process."""
    environment = {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_DATABASE_URL": empty_shop_url}
    settings = Settings.from_environment(environment)
    shop, operator = (Database(settings, Clock(), Events()) for _ in range(2))
    yield shop, operator
    await shop.close()
    await operator.close()


@pytest.fixture
def shop(databases: tuple[Database, Database]) -> Database:
    return databases[0]


@pytest.fixture
def operator(databases: tuple[Database, Database]) -> Database:
    return databases[1]


@pytest.fixture
def engine() -> CountingIndex:
    return CountingIndex()


@pytest.fixture
async def index(shop: Database, engine: CountingIndex) -> ShopIndex:
    index = ShopIndex(engine=engine)
    async with shop.snapshot() as session:
        await index.rebuild(session)
    return index


@pytest.fixture
async def following(shop: Database, index: ShopIndex) -> AsyncIterator[None]:
    task = asyncio.create_task(index.follow(shop))
    yield
    task.cancel()
    await asyncio.wait([task])


def product(number: int, name: str, amount: int = 900, **changes: Any) -> ParsedProduct:
    handle = f"product-{number}"
    parsed = ParsedProduct(
        file="products.csv",
        row=number,
        handle=handle,
        category=None,
        brand="",
        name={"en": name},
        description={"en": ""},
        position=number,
        variants=[ParsedVariant(number, handle, {}, {"EUR": amount}, {})],
        **NOTHING,
    )
    return msgspec.structs.replace(parsed, **changes)


async def imported(
    database: Database, *products: ParsedProduct, categories: Iterable[ParsedCategory] = ()
) -> ImportReport:
    return await import_catalogue(database, CatalogueReader(list(categories), [], iter(products)))


async def found(database: Database, index: ShopIndex, words: str) -> list[str]:
    async with database.reading() as session:
        shelves = ShopShelves(session, Shopper("en", "EUR"))
        return [product.id for product in (await search_products(shelves, index, words)).products]


async def caught_up(database: Database, index: ShopIndex) -> None:
    is_behind = True
    while is_behind:
        async with database.snapshot() as session:
            is_behind = await index.catch_up(session)


async def stocked(database: Database, count: int, per_version: int) -> None:
    """Products as imports have left them, so many at each version of the catalogue."""
    names = [f"Plate number{number}" for number in range(count)]
    ids = [str(uuid.uuid4()) for _ in names]
    products = [
        {
            "id": id,
            "handle": f"product-{n}",
            "name": {"en": name},
            "description": {"en": ""},
            "catalogue_version": n // per_version + 1,
            **NOTHING,
        }
        for n, (id, name) in enumerate(zip(ids, names, strict=True))
    ]
    variants = [
        {"id": id, "product_id": id, "sku": f"product-{n}", "options": {}, "position": 0}
        for n, id in enumerate(ids)
    ]
    prices = [{"variant_id": id, "currency": "EUR", "amount": 900} for id in ids]
    async with database.transaction() as session:
        await session.execute(insert(Product), products)
        await session.execute(insert(Variant), variants)
        await session.execute(insert(Price), prices)
        session.add(CatalogueVersion(number=(count - 1) // per_version + 1))


async def test_what_another_process_imports_is_found_at_once_and_alone(
    shop: Database, operator: Database, engine: CountingIndex
) -> None:
    await stocked(operator, MANY, MANY)
    index = ShopIndex(engine=engine)
    async with shop.snapshot() as session:
        await index.rebuild(session)
    assert (await found(shop, index, "number1500"), engine.upserts) == (["product-1500"], MANY)
    following = asyncio.create_task(index.follow(shop))

    await imported(operator, product(1500, "Zebrawood bowl"))

    async with asyncio.timeout(20):
        while await found(shop, index, "zebrawood") != ["product-1500"]:  # noqa: ASYNC110 - it asks a database
            await asyncio.sleep(0.02)
    assert await found(shop, index, "number1500") == []
    assert await found(shop, index, "number1501") == ["product-1501"]
    assert engine.upserts == MANY + 1
    following.cancel()
    await asyncio.wait([following])


async def test_what_was_taken_out_of_the_shop_leaves_the_engine_and_comes_back(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex
) -> None:
    mug = product(1, "Mug")
    await imported(operator, mug, product(2, "Lamp"))
    await caught_up(shop, index)
    assert (await found(shop, index, "mug"), engine.health().documents) == (["product-1"], 2)

    await imported(operator, msgspec.structs.replace(mug, visibility=Visibility(is_visible=False)))
    await caught_up(shop, index)
    assert (await found(shop, index, "mug"), engine.health().documents) == ([], 1)

    await imported(operator, mug)
    await caught_up(shop, index)
    assert (await found(shop, index, "mug"), engine.health().documents) == (["product-1"], 2)


async def test_a_price_alone_is_a_change(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex
) -> None:
    await imported(operator, product(1, "Mug"), product(2, "Mug", 1_900))
    await caught_up(shop, index)
    before = engine.upserts

    await imported(operator, product(1, "Mug", 2_900), product(2, "Mug", 1_900))
    assert await found(shop, index, "mug under 20 euros") == ["product-2"]
    await caught_up(shop, index)

    assert engine.upserts == before + 1


async def test_only_a_renamed_category_makes_the_shop_read_everything(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex
) -> None:
    mug = product(1, "Mug", category="quasar")
    await imported(operator, product(2, "Lamp"))
    await caught_up(shop, index)
    await imported(operator, mug, categories=[QUASAR])
    await caught_up(shop, index)
    assert (await found(shop, index, "quasar"), engine.upserts) == (["product-1"], 2)

    renamed = msgspec.structs.replace(QUASAR, name={"en": "Cutlery"})
    await imported(operator, categories=[renamed])
    await caught_up(shop, index)

    assert (await found(shop, index, "cutlery"), engine.upserts) == (["product-1"], 4)
    assert await found(shop, index, "quasar") == []


async def test_an_import_of_many_is_followed_in_steps(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex
) -> None:
    count = MOST_CHANGES + 70
    await stocked(operator, count, 50)

    async with shop.snapshot() as session:
        assert await index.catch_up(session)
    assert MOST_CHANGES <= engine.health().documents < count
    await caught_up(shop, index)
    assert (engine.health().documents, engine.upserts) == (count, count)


async def test_imports_at_the_same_time_lose_nothing(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex, following: None
) -> None:
    def plates(start: int) -> list[ParsedProduct]:
        return [product(number, f"Plate number{number}") for number in range(start, start + 60)]

    reports = await asyncio.gather(*(imported(operator, *plates(start)) for start in (0, 60, 120)))

    assert sum(report.created for report in reports) == 180
    async with asyncio.timeout(20):
        while engine.health().documents < 180:  # noqa: ASYNC110 - it asks an engine
            await asyncio.sleep(0.02)
    await caught_up(shop, index)
    assert await found(shop, index, "number119") == ["product-119"]


async def test_of_an_import_that_breaks_off_the_shop_knows_what_was_stored(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex
) -> None:
    def broken() -> Iterator[ParsedProduct]:
        yield from (product(number, f"Plate number{number}") for number in range(75))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await import_catalogue(operator, CatalogueReader([], [], broken()))

    await caught_up(shop, index)
    assert engine.health().documents == 50
    assert await found(shop, index, "number49") == ["product-49"]


async def test_a_trial_run_changes_nothing(
    shop: Database, operator: Database, index: ShopIndex, engine: CountingIndex
) -> None:
    reader = CatalogueReader([QUASAR], [], iter([product(1, "Mug", category="quasar")]))
    assert (await import_catalogue(operator, reader, dry_run=True)).created == 1
    await caught_up(shop, index)
    assert engine.upserts == 0


async def test_a_word_that_is_new_is_no_typing_error_any_more(
    shop: Database, operator: Database, index: ShopIndex
) -> None:
    await imported(operator, product(1, "Ceramic bowls"))
    await caught_up(shop, index)
    assert await found(shop, index, "ceramik bowl") == ["product-1"]

    await imported(operator, product(2, "Keramik bowls"), product(3, "Ceramik bowls"))
    await caught_up(shop, index)

    assert (await found(shop, index, "ceramik bowl"))[0] == "product-3"


async def test_an_older_database_put_back_is_read_anew(
    shop: Database, operator: Database, engine: CountingIndex
) -> None:
    engine.refresh(Version("spring", 7))
    index = ShopIndex(engine=engine)
    await imported(operator, product(1, "Mug"))
    await caught_up(shop, index)
    assert await found(shop, index, "mug") == ["product-1"]
