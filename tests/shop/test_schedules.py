"""A few random schedules of payments; `python -m benchmarks.payments` runs thousands."""

import asyncio
from pathlib import Path

import pytest

from tests.shop.conftest import opened
from tests.shop.generated import AMPLE
from tests.shop.schedules import fill_shelves, run_schedules

pytestmark = pytest.mark.timeout(300)


async def test_whatever_happens_in_whatever_order_an_order_is_paid_once(
    tmp_path: Path, database_url: str
) -> None:
    async with opened(tmp_path, database_url, **AMPLE) as shop:
        await fill_shelves(shop)
        run = await asyncio.to_thread(run_schedules, shop, asyncio.get_running_loop(), 12)
    assert run >= 12
