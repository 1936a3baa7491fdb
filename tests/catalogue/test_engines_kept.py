"""What was read of a catalogue outlives the process that read it."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.keeping import Keeping
from backend.catalogue.opensearch import OpenSearchIndex
from backend.config import ROOT
from backend.db import Database
from tests.catalogue.opensearch_double import opensearch
from tests.catalogue.test_engines_shared import bulks
from tests.catalogue.test_following import (
    QUASAR,
    CountingIndex,
    databases,
    found,
    imported,
    operator,
    product,
    shop,
)

__all__ = ["databases", "operator", "shop"]

KILLS = 2
READS_AGAIN_AND_AGAIN = """
import asyncio, sys
from pathlib import Path
from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.keeping import Keeping
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events

async def read():
    database = Database(Settings.from_environment({"COMPTOIR_DATA_DIR": sys.argv[1]}), Clock(), Events())
    keeping = Keeping(Path(sys.argv[1]) / "index")
    index = ShopIndex(engine=TantivyIndex(keeping), keeping=keeping)
    print("reading", flush=True)
    while True:
        async with database.snapshot() as session:
            await index.rebuild(session)

asyncio.run(read())
"""


@asynccontextmanager
async def started(database: Database, folder: Path) -> AsyncIterator[tuple[ShopIndex, CountingIndex]]:
    keeping = Keeping(folder)
    engine = CountingIndex(keeping)
    index = ShopIndex(engine=engine, keeping=keeping)
    async with database.snapshot() as session:
        await index.start(session)
    yield index, engine
    index.close()


@contextmanager
def claimed(folder: Path) -> Iterator[Keeping]:
    keeping = Keeping(folder)
    yield keeping
    keeping.close()


async def plates(database: Database, count: int = 120) -> None:
    await imported(database, *(product(number, f"Plate number{number}") for number in range(count)))


async def test_the_next_start_reads_only_what_changed(shop: Database, tmp_path: Path) -> None:
    await plates(shop)
    async with started(shop, tmp_path / "index") as (index, engine):
        assert (engine.upserts, await found(shop, index, "number7")) == (120, ["product-7"])
    await imported(shop, product(5, "Zebrawood bowl"))

    async with started(shop, tmp_path / "index") as (index, engine):
        assert engine.upserts == 1
        assert await found(shop, index, "zebrawod") == ["product-5"]
        assert await found(shop, index, "number7") == ["product-7"]
        assert await found(shop, index, "number5") == []


async def test_a_category_renamed_meanwhile_is_read(shop: Database, tmp_path: Path) -> None:
    await imported(shop, product(1, "Mug", category="quasar"), categories=[QUASAR])
    async with started(shop, tmp_path / "index"):
        pass
    await imported(shop, categories=[type(QUASAR)("quasar", None, 0, {"en": "Nebula"})])

    async with started(shop, tmp_path / "index") as (index, _):
        assert await found(shop, index, "nebula") == ["product-1"]


async def test_two_processes_keep_what_they_read_apart(shop: Database, tmp_path: Path) -> None:
    await plates(shop)
    async with (
        started(shop, tmp_path / "index") as (first, _),
        started(shop, tmp_path / "index") as (second, _),
    ):
        assert await found(shop, first, "number7") == await found(shop, second, "number7") == ["product-7"]
    assert sorted(path.name for path in (tmp_path / "index").iterdir()) == ["1", "2"]


@pytest.mark.parametrize("damaged", ["version", "vocabulary", "fingerprint"])
async def test_what_is_damaged_is_read_anew(shop: Database, tmp_path: Path, damaged: str) -> None:
    await plates(shop)
    async with started(shop, tmp_path / "index"):
        pass
    (tmp_path / "index" / "1" / damaged).write_bytes(b"\x80\x05 half")

    async with started(shop, tmp_path / "index") as (index, engine):
        assert await found(shop, index, "number7") == ["product-7"]
        assert engine.health().documents == 120


async def test_what_another_version_of_the_shop_has_kept_is_not_used(shop: Database, tmp_path: Path) -> None:
    with claimed(tmp_path / "index") as keeping:
        keeping.write("vocabulary", "of yesterday")
        keeping.write("fingerprint", "of yesterday")
    with claimed(tmp_path / "index") as keeping:
        assert keeping.read("vocabulary") is None


async def test_what_was_read_of_another_database_is_not_used(
    shop: Database, tmp_path: Path, empty_shop_url: str
) -> None:
    async with started(shop, tmp_path / "index"):
        pass
    with claimed(tmp_path / "index") as keeping:
        elsewhere = TantivyIndex(keeping)
        version = elsewhere.version()
        assert version is not None
        elsewhere.refresh(version._replace(catalogue="elsewhere"))
        elsewhere.close()
    await plates(shop)

    async with started(shop, tmp_path / "index") as (index, engine):
        assert (engine.upserts, await found(shop, index, "number7")) == (120, ["product-7"])


async def test_a_start_beside_a_written_opensearch_writes_nothing(shop: Database, tmp_path: Path) -> None:
    await plates(shop)
    with opensearch() as (server, url):
        for _ in range(2):
            with claimed(tmp_path / "index") as keeping:
                index = ShopIndex(engine=OpenSearchIndex(url, "shop"), keeping=keeping)
                async with shop.snapshot() as session:
                    await index.start(session)
                assert await found(shop, index, "number7") == ["product-7"]
                index.engine.close()
        assert bulks(server) == 2


@pytest.mark.slow
@pytest.mark.parametrize("empty_shop_url", ["sqlite"], indirect=True)
async def test_killed_at_any_moment_the_next_start_is_whole(
    shop: Database, tmp_path: Path, empty_shop_url: str
) -> None:
    await plates(shop)
    chance = random.Random(5)
    for _ in range(KILLS):
        reading = subprocess.Popen(  # noqa: ASYNC220 - nothing else is going on
            [sys.executable, "-c", READS_AGAIN_AND_AGAIN, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert reading.stdout is not None
        assert reading.stdout.readline() == "reading\n"
        await asyncio.sleep(chance.random())
        reading.send_signal(signal.SIGKILL)
        reading.communicate()

        async with started(shop, tmp_path / "index") as (index, engine):
            assert engine.health().documents == 120
            assert await found(shop, index, "number119") == ["product-119"]
    assert [path.name for path in (tmp_path / "index").iterdir()] == ["1"]
