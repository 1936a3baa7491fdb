"""How SQLite is written to: on one connection, one transaction after the other, and several to a commit.

A commit waits for the disk, so those who wait for their turn meanwhile share the next one. To hand a statement to
another thread and wait for it takes longer than nearly all statements, so they run where they are asked for.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MOST_TOGETHER = 64
LONGEST_SECONDS = 0.02
"""So many transactions, in so much time, to a commit: those that have ended wait for it."""
PATIENCE_SECONDS = 30
"""Who waits longer for a turn fails: a shop that hangs is worse."""


class Writer:
    """Lets one transaction in after the other, in the order in which they came."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False
        self._group: _Group | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[AsyncConnection]:
        """A connection that nobody else uses meanwhile, with a transaction to set a savepoint in.

        Raises TimeoutError. Ends when the disk has what was kept, for who was refused as well: the refusal may rest
        on what others of the group wrote. A commit that fails fails for all of them.
        """
        await self._called()
        group = self._group or self._begun()
        try:
            yield await asyncio.shield(group.connection)
        finally:
            if not group.end.done():
                self._pass_on(group)
            await asyncio.shield(group.end)

    async def idle(self) -> None:
        """Returns when the disk has what was kept, also of those who gave up waiting for it."""
        if self._group:
            await asyncio.wait([self._group.end])

    async def _called(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await turn
        except (asyncio.CancelledError, TimeoutError):
            if not turn.cancelled():  # it gave up after it was called
                self._pass_on(self._group)
            raise

    def _call_next(self) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False

    def _begun(self) -> "_Group":
        self._group = _Group(self._engine)
        self._group.end.add_done_callback(self._ended)
        return self._group

    def _pass_on(self, group: "_Group | None") -> None:
        """To the next in this group, or in another after its end."""
        if group is None:
            self._is_taken = self._call_next()
        elif not (group.may_grow() and self._call_next()):
            group.is_complete.set()

    def _ended(self, _: object) -> None:
        self._group = None
        self._pass_on(None)


class _Group:
    """Transactions that are committed together. A task of its own, because any of them may be cancelled."""

    def __init__(self, engine: AsyncEngine) -> None:
        loop = asyncio.get_running_loop()
        self.connection: asyncio.Future[AsyncConnection] = loop.create_future()
        self.is_complete = asyncio.Event()
        self.end = loop.create_task(self._run(engine))
        self._size = 0
        self._closes_at = loop.time() + LONGEST_SECONDS

    async def _run(self, engine: AsyncEngine) -> None:
        try:
            async with engine.begin() as connection:
                self._driver = await driver_of(connection)
                self.connection.set_result(connection)
                await self.is_complete.wait()
        finally:
            self.connection.cancel()

    def may_grow(self) -> bool:
        """Not when SQLite has undone it, as it does when the disk is full: the commit will say so to all."""
        self._size += 1
        is_early = self._size < MOST_TOGETHER and asyncio.get_running_loop().time() < self._closes_at
        return is_early and self.connection.done() and self._driver.in_transaction


class SqliteConnection(aiosqlite.Connection):
    """Only what waits for the disk or for another process is handed to the thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, *arguments, **options), iter_chunk_size=64)
        self._thread.daemon = True

    async def begin(self) -> None:
        await self.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Raises when there is nothing to commit any more."""
        await self.execute("COMMIT")

    def cursor(self) -> "_Cursor":  # type: ignore[override]
        return _Cursor(self._conn.cursor())


class _Cursor:
    """What SQLAlchemy uses of aiosqlite's."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        self._cursor.execute(statement, parameters)

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._cursor.executemany(statement, parameters)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


async def connect(*arguments: Any, **options: Any) -> SqliteConnection:
    connection = SqliteConnection(*arguments, **options)
    await connection
    return connection


async def driver_of(connection: AsyncConnection) -> SqliteConnection:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, SqliteConnection)
    return driver
