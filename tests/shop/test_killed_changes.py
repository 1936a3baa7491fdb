"""A program that is killed in the middle of a claim or a return leaves all of it done, or nothing."""

import asyncio
import contextlib
import os
import subprocess
import sys

import pytest

from backend.changes import settling
from backend.config import ROOT
from tests.shop.conftest import Shop
from tests.shop.test_claims import ONE_BROKEN, for_a_person, returns_of
from tests.shop.test_refunds import stands
from tests.shop.test_returns import ONE_BACK, returned, step

MOMENTS = (0.4, 0.8, 1.2, 1.6, 2.0, 2.4)
"""Seconds after its start: before, within and after its transaction, on slow machines and fast ones."""

pytestmark = pytest.mark.slow


async def killed(shop: Shop, number: str, after_seconds: float) -> None:
    environment = os.environ | {
        "COMPTOIR_DATA_DIR": str(shop.settings.data_dir),
        "COMPTOIR_DATABASE_URL": shop.settings.database_url,
    }
    command = [sys.executable, "-m", "backend", "returns", "accept", number]
    program = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await asyncio.sleep(after_seconds)
    with contextlib.suppress(ProcessLookupError):  # it may have been faster
        program.kill()
    await program.wait()


async def settled_in_spite_of_kills(shop: Shop, number: str) -> None:
    for moment in MOMENTS:
        await killed(shop, number, moment)
        assert await shop.differences() == []


async def test_a_return_is_paid_back_once_however_often_staff_are_interrupted(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    await step(shop, order, settling.receive)
    await settled_in_spite_of_kills(shop, order["number"])
    await asyncio.gather(step(shop, order, settling.accept), return_exceptions=True)
    await stands(shop, customer, order, "paid", 1290)
    assert await shop.stock("MUG-BLUE") == (7, 0)


async def test_a_claim_is_made_good_once_however_often_staff_are_interrupted(shop: Shop) -> None:
    customer, order = await for_a_person(shop, ONE_BROKEN)
    await settled_in_spite_of_kills(shop, order["number"])
    await asyncio.gather(step(shop, order, settling.accept), return_exceptions=True)
    assert [back["status"] for back in await returns_of(customer, order)] == ["replaced"]
    assert len((await customer.current(order))["parcels"]) == 2
    assert await shop.stock("MUG-BLUE") == (5, 0)
    assert await shop.differences() == []
