"""Two operators, or one who is impatient: a shop is imported by one process at a time."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest
from sqlalchemy import select

from backend import migrations
from backend.catalogue.models import Product
from backend.clock import Clock
from backend.config import ROOT, Settings
from backend.db import Database
from backend.events import Events
from backend.inventory.models import Source
from tests.catalogue.test_killed_import import HEADER
from tests.shop.conftest import until

MANY = 5_000
RUNNING = (
    r"Error: Another import is running since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: "
    r"wait until it has ended, or end it\.\n"
)


def mug(number: int) -> str:
    return f"Mug {number},mug-{number},Home > Mugs,Colour,Red,MUG-{number},9.50,1\n"


async def importing(shop: dict[str, str], file: Path) -> Process:
    command = [sys.executable, "-m", "backend", "import", "shopify", str(file)]
    return await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **shop}, cwd=ROOT, stdout=PIPE, stderr=PIPE
    )


async def said(process: Process) -> tuple[str, str]:
    out, errors = await process.communicate()
    return out.decode(), errors.decode()


@pytest.mark.slow
async def test_a_second_import_waits_for_the_first_and_not_for_one_that_was_killed(
    database_url: str, tmp_path: Path
) -> None:
    shop = {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_DATABASE_URL": database_url}
    settings = Settings.from_environment(shop)
    await migrations.upgrade(settings)
    database = Database(settings, Clock(), Events())
    async with database.transaction() as session:
        session.add(Source(code="lyon", kind="store", name="Lyon"))
    many, few = tmp_path / "many.csv", tmp_path / "few.csv"
    many.write_text(HEADER + "".join(map(mug, range(MANY))))
    few.write_text(HEADER + mug(0) + mug(MANY))

    async def has_begun() -> bool:
        async with database.reading() as session:
            return await session.scalar(select(Product.id).limit(1)) is not None

    first = await importing(shop, many)
    await until(has_begun, 60)
    out, error = await said(await importing(shop, few))
    assert out == ""
    assert re.fullmatch(RUNNING, error)

    assert first.returncode is None
    first.kill()
    await said(first)
    out = "1 products created, 0 updated, 1 unchanged, 0 failed.\n"
    assert await said(await importing(shop, few)) == (out, "")
    await database.close()
