"""Transactions that share a commit on SQLite are still each its own: whole or not there, and kept once it is said."""

import asyncio
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from backend.clock import Clock
from backend.config import ROOT, Settings
from backend.db import Database, after_commit
from backend.errors import Conflict
from backend.events import Events
from backend.inventory.models import StockMovement
from backend.jobs import Job, enqueue
from backend.models import Base
from tests.databases import connected

ROUNDS, AT_ONCE = 5, 24
FOR_EVER = """
import asyncio, pathlib, sys
from tests.house.test_writing import write_for_ever
asyncio.run(write_for_ever(pathlib.Path(sys.argv[1])))
"""
KINDS = ("kept", "refused", "canceled")


class Refused(Conflict):
    code = "refused"


@asynccontextmanager
async def opened(folder: Path, url: str | None = None) -> AsyncIterator[Database]:
    environment = {"COMPTOIR_DATA_DIR": str(folder)} | ({"COMPTOIR_DATABASE_URL": url} if url else {})
    database = Database(Settings.from_environment(environment), Clock(), Events())
    yield database
    await database.close()


async def prepare(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


async def names(database: Database) -> set[str]:
    async with database.reading() as session:
        return {key for key in await session.scalars(select(Job.key)) if key}


async def write(database: Database, name: str, *, is_refused: bool = False) -> None:
    """Two rows, with a moment in which others could come between."""
    async with database.transaction() as session:
        await enqueue(session, "nothing", {}, key=f"{name}, first")
        await asyncio.sleep(0)
        await enqueue(session, "nothing", {}, key=f"{name}, second")
        if is_refused:
            raise Refused


async def break_the_commit(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("PRAGMA defer_foreign_keys = ON"))
        line = {"stock_item_id": "nowhere", "reason": "counted", "at": Clock().now()}
        await session.execute(insert(StockMovement).values(line))


async def undo_everything(database: Database) -> None:
    """As SQLite does by itself when the disk is full or broken."""
    async with database.transaction() as session:
        await session.execute(text("INSERT OR ROLLBACK INTO job SELECT * FROM job"))


async def write_for_ever(folder: Path) -> None:
    """Says on its output what it was told to be kept, until it is killed."""

    async def one(worker: int, kind: str) -> None:
        for number in range(1_000_000):
            name = f"{kind} {worker} {number}"
            writing = asyncio.create_task(write(database, name, is_refused=kind == "refused"))
            if kind == "canceled":
                await asyncio.sleep(random.random() / 50)
                writing.cancel()
            await asyncio.wait([writing])
            if not writing.cancelled() and not writing.exception():
                print(name, flush=True)

    async with opened(folder) as database:
        await asyncio.gather(*(one(worker, KINDS[worker % len(KINDS)]) for worker in range(AT_ONCE)))


@pytest.mark.slow
async def test_what_was_said_to_be_kept_outlives_the_process(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        await prepare(database)
    for _ in range(ROUNDS):
        with closing(sqlite3.connect(tmp_path / "comptoir.db")) as books, books:
            books.execute("DELETE FROM job")
        writing = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "ignore",
            "-c",
            FOR_EVER,
            str(tmp_path),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert writing.stdout
        said = [(await writing.stdout.readline()).decode() for _ in range(random.randint(1, 150))]
        writing.send_signal(signal.SIGKILL)
        said += (await writing.stdout.read()).decode().splitlines(keepends=True)
        assert await writing.wait() == -signal.SIGKILL
        acknowledged = {line.strip() for line in said if line.endswith("\n")}
        async with opened(tmp_path) as database:
            found = await names(database)
        first, second = (
            {name.removesuffix(end) for name in found if name.endswith(end)}
            for end in (", first", ", second")
        )
        assert first == second
        assert acknowledged <= first
        assert acknowledged
        assert not [name for name in first if name.startswith("refused")]


async def test_a_refusal_undoes_its_own_and_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        await prepare(database)
        ended = await asyncio.gather(
            *(write(database, f"{n}", is_refused=n % 3 == 0) for n in range(30)), return_exceptions=True
        )
        assert [type(end) for end in ended] == [Refused, type(None), type(None)] * 10
        kept = {f"{n}, {which}" for n in range(30) if n % 3 for which in ("first", "second")}
        assert await names(database) == kept


@pytest.mark.parametrize("spoil", [break_the_commit, undo_everything])
async def test_what_spoils_a_commit_fails_for_all_that_share_it(
    tmp_path: Path, spoil: Callable[[Database], Awaitable[None]]
) -> None:
    told: list[str] = []

    async def write_and_hear(name: int) -> None:
        async with database.transaction() as session:
            await enqueue(session, "nothing", {}, key=f"{name}")
            after_commit(session, lambda: told.append(f"{name}"))

    async with opened(tmp_path) as database:
        await prepare(database)
        await write(database, "before")
        works = (spoil(database) if n % 7 == 6 else write_and_hear(n) for n in range(50))
        ended = await asyncio.gather(*works, return_exceptions=True)
        failed = [n for n in range(50) if isinstance(ended[n], DBAPIError)]
        assert len(failed) > 7  # those that broke it, and others
        assert sorted(told) == sorted(f"{n}" for n in range(50) if n not in failed)
        assert await names(database) == {*told, "before, first", "before, second"}
        await write(database, "afterwards")
        assert "afterwards, second" in await names(database)


@pytest.mark.parametrize("steps", range(12))
async def test_who_gives_up_holds_nobody_up(tmp_path: Path, steps: int) -> None:
    async with opened(tmp_path) as database:
        await prepare(database)
        some = [asyncio.create_task(write(database, f"{n}")) for n in range(6)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for gone in some[::2]:
            gone.cancel()
        async with asyncio.timeout(10):
            ended = await asyncio.gather(*some, write(database, "last"), return_exceptions=True)
        assert ended[1::2] == [None] * 3
        assert ended[-1] is None
        assert {"1, second", "3, second", "5, second", "last, second"} <= await names(database)


async def test_a_transaction_finds_another_connection_when_the_server_has_hung_up(
    fresh_postgres: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, fresh_postgres) as database:
        await prepare(database)
        await asyncio.gather(*(write(database, f"{n}") for n in range(8)))
        async with connected(fresh_postgres) as server:
            await hang_up(server)
        await asyncio.gather(*(write(database, f"again {n}") for n in range(8)))
        assert len(await names(database)) == 32


async def hang_up(server: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Returns when the processes are gone, and what they held open with them."""
    await server.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
