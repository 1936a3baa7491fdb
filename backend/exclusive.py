"""What only one process may do at a time, for longer than a transaction."""

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Text, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.db import Database

SINCE = text(
    """
    SELECT query_start FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = hashtext(:task)
    """
).bindparams(bindparam("task", type_=Text))
"""The lock was the last that its connection asked for. Empty when it has just been given back."""


class Occupied(Exception):
    """Somebody else is at it, `since` then where that is known."""

    def __init__(self, since: datetime | None) -> None:
        super().__init__(since)
        self.since = since


def exclusive(database: Database, task: str) -> AbstractAsyncContextManager[None]:
    """Held by the server or the operating system, so that a process which dies leaves nothing behind. Raises
    Occupied."""
    url = database.engine.url
    if database.engine.dialect.name == "postgresql":
        return _on_the_server(database, task)
    return _beside_the_file(Path(f"{url.database}.{task}.lock"))


@asynccontextmanager
async def _on_the_server(database: Database, task: str) -> AsyncIterator[None]:
    async with database.engine.connect() as opened:
        connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        if not await connection.scalar(select(func.pg_try_advisory_lock(func.hashtext(task)))):
            raise Occupied(await _since(connection, task))
        try:
            yield
        finally:
            await connection.execute(select(func.pg_advisory_unlock(func.hashtext(task))))


async def _since(connection: AsyncConnection, task: str) -> datetime | None:
    since: datetime | None = await connection.scalar(SINCE, {"task": task})
    return since


@asynccontextmanager
async def _beside_the_file(path: Path) -> AsyncIterator[None]:
    """The file says since when by its own time."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)) from None
        os.utime(file.fileno())
        yield
