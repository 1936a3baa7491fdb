"""An import that is killed and run again ends with the shop of one that nobody killed."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from backend import migrations
from backend.clock import Clock
from backend.config import ROOT, Settings
from backend.db import Database
from backend.events import Events
from backend.exporting import export_own
from backend.inventory import reconciling
from backend.inventory.models import Source
from tests.catalogue.test_exporting import contents

PRODUCTS = 400
HEADER = "Title,URL handle,Product category,Option1 name,Option1 value,SKU,Price,Inventory quantity\n"
SECONDS = 60


def start(shop: Path, file: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "COMPTOIR_DATA_DIR": str(shop)}
    command = [sys.executable, "-m", "backend", "import", "shopify", str(file)]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def count(shop: Path) -> int:
    with closing(sqlite3.connect(f"file:{shop}/comptoir.db?mode=ro", uri=True)) as database:
        found: int = database.execute("SELECT count(*) FROM product").fetchone()[0]
        return found


def empty(directory: Path) -> Path:
    async def prepare() -> None:
        settings = Settings.from_environment({"COMPTOIR_DATA_DIR": str(directory)})
        await migrations.upgrade(settings)
        database = Database(settings, Clock(), Events())
        async with database.transaction() as session:
            session.add(Source(code="lyon", kind="store", name="Lyon"))
        await database.close()

    directory.mkdir()
    asyncio.run(prepare())
    return directory


def exported(shop: Path) -> dict[str, bytes]:
    async def export() -> None:
        database = Database(Settings.from_environment({"COMPTOIR_DATA_DIR": str(shop)}), Clock(), Events())
        await export_own(database, shop / "out")
        async with database.reading() as session:
            assert [difference async for difference in reconciling.differences(session)] == []
        await database.close()

    asyncio.run(export())
    return contents(shop / "out")


@pytest.mark.slow
def test_a_killed_import_goes_on_when_it_is_run_again(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(
        HEADER
        + "".join(
            f"Mug {n},mug-{n},Home > Mugs {n % 7},Colour,Red,MUG-{n}-R,{n}.50,{n}\n"
            f",mug-{n},,,Blue,MUG-{n}-B,{n}.95,1\n"
            for n in range(PRODUCTS)
        )
    )
    killed, whole = empty(tmp_path / "killed"), empty(tmp_path / "whole")

    running = start(killed, file)
    given_up = time.monotonic() + SECONDS
    while count(killed) == 0 and time.monotonic() < given_up:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.communicate() == ("", "")
    assert running.returncode == -signal.SIGKILL
    done = count(killed)
    assert 0 < done < PRODUCTS

    said, errors = start(killed, file).communicate(timeout=SECONDS)
    assert (said, errors) == (
        f"{PRODUCTS - done} products created, 0 updated, {done} unchanged, 0 failed.\n",
        "",
    )

    said, errors = start(whole, file).communicate(timeout=SECONDS)
    assert (said, errors) == (f"{PRODUCTS} products created, 0 updated, 0 unchanged, 0 failed.\n", "")
    assert exported(killed) == exported(whole)
