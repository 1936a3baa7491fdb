"""Reservations a second, beside bare guarded updates: `python -m benchmarks.stock.speed` (from the root).

So many customers at once, each reserving one unit after the other in a transaction of its own, first over many SKUs,
then all the same one. A bare update is the one guarded statement in a transaction, through the same driver without
SQLAlchemy. Prints one JSON line for each measurement, and a table.
"""

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from backend.catalogue.models import Variant
from backend.db import Database
from backend.inventory.models import StockItem
from backend.inventory.service import Wanted, reserve
from benchmarks.stock.shelves import environment_of, fill, opened

ENGINES = ("sqlite", "postgresql")
SKUS = 200
PLENTY = 1_000_000
POOL = 20
"""Connections, as many as a backend has on PostgreSQL."""
GUARDED = "UPDATE stock_item SET reserved = reserved + 1 WHERE id = {} AND reserved + 1 <= on_hand"

COLUMNS = ["engine", "on", "what", "a second", "p50 ms", "p99 ms", "processor ms each", "ratio"]

Once = Callable[[str], Awaitable[object]]
"""Takes one unit of a stock item."""


async def measure(take: Once, items: Iterator[str], rivals: int, seconds: float) -> dict[str, float]:
    """How often a second, after how many milliseconds, and for how many of this process."""
    took: list[float] = []
    ends = time.perf_counter() + seconds
    worked = time.process_time()

    async def rival() -> None:
        while (begun := time.perf_counter()) < ends:
            await take(next(items))
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(rival() for _ in range(rivals)))
    took.sort()
    return {
        "a second": round(len(took) / seconds),
        "p50 ms": round(took[len(took) // 2] * 1000, 1),
        "p99 ms": round(took[len(took) * 99 // 100] * 1000, 1),
        "processor ms each": round((time.process_time() - worked) / len(took) * 1000, 2),
    }


def reserving(database: Database, wanted: dict[str, Wanted]) -> Once:
    numbers = itertools.count()

    async def take(item_id: str) -> None:
        async with database.transaction() as session:
            await reserve(session, f"order {next(numbers)}", [wanted[item_id]], "a conversation")

    return take


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[Once]:
    if url.startswith("sqlite"):
        async with aiosqlite.connect(make_url(url).database or "", isolation_level=None) as connection:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
                await connection.execute(f"PRAGMA {pragma}")
            yield _bare_sqlite(connection)
    else:
        async with asyncpg.create_pool(url.replace("+asyncpg", ""), min_size=POOL, max_size=POOL) as pool:
            yield _bare_postgresql(pool)


def _bare_sqlite(connection: aiosqlite.Connection) -> Once:
    one_writer = asyncio.Lock()

    async def take(item_id: str) -> None:
        async with one_writer:
            await connection.execute("BEGIN IMMEDIATE")
            await connection.execute(GUARDED.format("?"), (item_id,))
            await connection.execute("COMMIT")

    return take


def _bare_postgresql(pool: Any) -> Once:
    async def take(item_id: str) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(GUARDED.format("$1"), item_id)

    return take


async def run(engine: str, rivals: int, seconds: float) -> list[dict[str, Any]]:
    measured = []
    with environment_of(engine) as environment:
        await fill(environment, [f"MUG-{number}" for number in range(SKUS)], PLENTY)
        async with opened(environment) as database:
            async with database.reading() as session:
                rows = await session.execute(
                    select(StockItem.id, Variant.id, Variant.sku).join(
                        Variant, Variant.id == StockItem.variant_id
                    )
                )
                wanted = {item_id: Wanted(variant, sku, 1, {variant: 1}) for item_id, variant, sku in rows}
            url = database.engine.url.render_as_string(hide_password=False)
            async with bare(url) as update:
                for name, items in (("many SKUs", list(wanted)), ("one hot SKU", list(wanted)[:1])):
                    plain = await measure(update, itertools.cycle(items), rivals, seconds)
                    ours = await measure(reserving(database, wanted), itertools.cycle(items), rivals, seconds)
                    ratio = round(ours["a second"] / plain["a second"], 2)
                    measured.append({"engine": engine, "on": name, "what": "bare guarded update", **plain})
                    measured.append(
                        {"engine": engine, "on": name, "what": "reservation", **ours, "ratio": ratio}
                    )
    return measured


def table(lines: list[dict[str, Any]]) -> str:
    rows = [COLUMNS, *([str(line.get(column, "")) for column in COLUMNS] for line in lines)]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rivals", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    options = parser.parse_args()
    lines = []
    for engine in options.engine or ENGINES:
        for line in asyncio.run(run(engine, options.rivals, options.seconds)):
            print(json.dumps(line), flush=True)
            lines.append(line)
    print(table(lines))


if __name__ == "__main__":
    main()
