"""A program that is killed while it forgets somebody has done a step or nothing of it, and the next goes on."""

import asyncio
import os
import sys

import pytest

from backend.config import ROOT
from backend.jobs import enqueue
from backend.privacy.erasing import ASKED, ERASE
from backend.privacy.models import Erasure
from tests.shop.conftest import Shop, until
from tests.shop.test_erasing import EMAIL, forgotten, found, found_files, lived, quiet, states

FORGET = """
import asyncio, sys, time
from backend.cli.base import opened, surrounding_settings
from backend.conversations.files import Files
from backend.conversations.wakeups import Wakeups
from backend.privacy.erasing import erase

class Halting:
    def say(self, *_):
        if sys.argv[2] == "tables":
            self.halt()
        return "done"

    async def forget(self, _):
        self.halt()

    def halt(self):
        print("reached", flush=True)
        time.sleep(600)

async def forget(settings):
    async with opened(settings) as database:
        database.info["wakeups"] = Wakeups()
        await erase(database, Files(settings), Halting(), Halting(), sys.argv[1])

asyncio.run(forget(surrounding_settings()))
"""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("killed_at", "state"), [("tables", "asked"), ("memory", "emptied")])
async def test_it_is_gone_on_with(shop: Shop, killed_at: str, state: str) -> None:
    customer, _ = await lived(shop)
    await until(lambda: quiet(shop))
    async with shop.database.transaction() as session:
        erasure = Erasure(
            email=EMAIL,
            conversation_id=customer.id,
            conversations=[],
            state=ASKED,
            made_at=shop.clock.now(),
        )
        session.add(erasure)
    await killed(shop, erasure.id, killed_at)
    assert await states(shop) == {state}
    async with shop.database.transaction() as session:
        await enqueue(session, ERASE, {"erasure": erasure.id})
    await until(lambda: forgotten(shop), 30)
    assert (await found(shop), await found_files(shop)) == ({}, 0)
    assert await shop.differences() == []


async def killed(shop: Shop, erasure_id: str, where: str) -> None:
    environment = os.environ | {
        "COMPTOIR_DATA_DIR": str(shop.settings.data_dir),
        "COMPTOIR_DATABASE_URL": shop.settings.database_url,
    }
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FORGET, erasure_id, where,
        env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout
    assert await program.stdout.readline() == b"reached\n"
    program.kill()
    await program.wait()
