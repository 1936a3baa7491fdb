"""A program that is killed after it has written all that a step of a return or claim means, but before that counts,
leaves no trace."""

import asyncio
import os
import sys

import pytest

from backend.changes import settling
from backend.config import ROOT
from tests.shop.conftest import Shop
from tests.shop.test_claims import ONE_BROKEN, for_a_person, returns_of
from tests.shop.test_refunds import stands
from tests.shop.test_returns import ONE_BACK, returned, step

ACCEPT = """
import asyncio, sys
from backend.changes import settling
from backend.cli.base import opened, surrounding_settings
from backend.shop import Shop

async def accept(settings):
    async with opened(settings) as database:
        database.info["shop"] = Shop.load(settings.shop_file)
        async with database.transaction() as session:
            await settling.accept(session, sys.argv[1])
            print("written", flush=True)
            await asyncio.sleep(600)

asyncio.run(accept(surrounding_settings()))
"""

pytestmark = pytest.mark.slow


async def killed(shop: Shop, number: str) -> None:
    environment = os.environ | {
        "COMPTOIR_DATA_DIR": str(shop.settings.data_dir),
        "COMPTOIR_DATABASE_URL": shop.settings.database_url,
    }
    command = [sys.executable, "-c", ACCEPT, number]
    program = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout
    assert await program.stdout.readline() == b"written\n"
    program.kill()
    await program.wait()
    assert await shop.differences() == []


async def test_a_return_is_paid_back_once_though_staff_were_interrupted(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    await step(shop, order, settling.receive)
    await killed(shop, order["number"])
    assert [back["status"] for back in await returns_of(customer, order)] == ["received"]
    await step(shop, order, settling.accept)
    await stands(shop, customer, order, "paid", 1290)
    assert await shop.stock("MUG-BLUE") == (7, 0)


async def test_a_claim_is_made_good_once_though_staff_were_interrupted(shop: Shop) -> None:
    customer, order = await for_a_person(shop, ONE_BROKEN)
    await killed(shop, order["number"])
    assert [back["status"] for back in await returns_of(customer, order)] == ["claimed"]
    await step(shop, order, settling.accept)
    assert [back["status"] for back in await returns_of(customer, order)] == ["replaced"]
    assert len((await customer.current(order))["parcels"]) == 2
    assert await shop.stock("MUG-BLUE") == (5, 0)
    assert await shop.differences() == []
