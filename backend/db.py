"""The database: SQLite by default, PostgreSQL by setting.

On SQLite one connection writes (`backend.writing`; a pool of writers starves) and a few read; on PostgreSQL one pool
does both.
A request is one transaction, opened at the edge: returning commits, raising rolls back.
"""

import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from sqlalchemy import JSON, CursorResult, DateTime, Delete, MetaData, String, Update, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from backend.clock import Clock
from backend.config import InvalidSetting, Settings
from backend.events import Events
from backend.writing import SqliteConnection, Writer, connect

SAFE_SQLITE = (3, 51, 3)
"""The first release without the WAL-reset corruption (sqlite.org, release notes of 3.51.3)."""


IDLE_SECONDS = 1.0

PRIVATE: dict[str, Any] = {"hide_parameters": True}
"""Errors are logged, and what customers wrote must not be in them."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware and in UTC on both engines; SQLite keeps no zone by itself."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


Key = Annotated[str, mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))]
Document = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: Document, list[Any]: Document}  # noqa: RUF012

    shop: Mapped[str] = mapped_column(String(40), default="comptoir")
    """Every row carries its shop, so that a sharded database can spread them."""


class Database:
    def __init__(self, settings: Settings, clock: Clock, events: Events) -> None:
        self.clock = clock
        self.info: dict[str, Any] = {"clock": clock, "events": events}
        """What every session carries; `backend.app` adds the wake-ups."""
        self._engines = _engines(settings)
        writer, reader = self._engines[0], self._engines[-1]
        self._writer = Writer(writer) if settings.is_sqlite else None
        self._writing = async_sessionmaker(
            expire_on_commit=False, join_transaction_mode="create_savepoint", info=self.info
        )
        self._reading = async_sessionmaker(reader, expire_on_commit=False, info=self.info)

    @property
    def engine(self) -> AsyncEngine:
        return self._engines[0]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block ends, rolls back when it raises; then runs what waited for the commit."""
        waiting: list[Callable[[], None]] = []
        async with (
            self._writer.turn() if self._writer else nullcontext(self.engine) as bind,
            self._writing(bind=bind) as session,
        ):
            session.info["after_commit"] = waiting
            async with session.begin():
                yield session
        for callback in waiting:
            callback()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For reads only; on SQLite a write through it is refused."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """Reads of one moment, whatever others write meanwhile; on SQLite every transaction is that."""
        async with self._reading() as session:
            if session.get_bind().dialect.name == "postgresql":
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def close(self) -> None:
        if self._writer:
            await self._writer.idle()
        for engine in self._engines:
            await engine.dispose()


def now(session: AsyncSession) -> datetime:
    clock: Clock = session.info["clock"]
    return clock.now()


def actor(session: AsyncSession) -> str:
    """Who is at work, for what is written down of it: `visitor`, the assistant's `action`, `staff: NAME`, a command
    by its user of the operating system as `command: NAME`, or the `shop` itself in its jobs."""
    return str(session.info.get("actor", "shop"))


def after_commit(session: AsyncSession, callback: Callable[[], None]) -> None:
    """Wake-ups only: what must not be lost is a row of the same transaction."""
    session.info["after_commit"].append(callback)


@asynccontextmanager
async def undone_by_refusal(session: AsyncSession) -> AsyncIterator[None]:
    """What is written within is undone when the block raises, and nothing waits for its commit then."""
    waiting: list[Callable[[], None]] = session.info["after_commit"]
    before = len(waiting)
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        del waiting[before:]
        raise


async def alone(session: AsyncSession, task: str) -> None:
    """Waits until no other process is at this task, and keeps it until the transaction ends. SQLite has one."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(task))))


async def rows_changed(
    session: AsyncSession, statement: Update | Delete, values: dict[str, Any] | None = None
) -> int:
    """What a guarded statement is written for: did it find a row that it could change?"""
    return cast(CursorResult[Any], await session.execute(statement, values)).rowcount


def insert_into(session: AsyncSession, table: type[Base]) -> Any:
    """An INSERT that can say ON CONFLICT; both engines can, each through its own construct."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def _engines(settings: Settings) -> tuple[AsyncEngine, ...]:
    if not settings.is_sqlite:
        pool = create_async_engine(settings.database_url, pool_size=10, max_overflow=10, **PRIVATE)
        _replace_lost(pool)
        return (pool,)
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        raise InvalidSetting(
            f"SQLite {sqlite3.sqlite_version} can corrupt its write-ahead log: install `pysqlite3`, "
            "or set COMPTOIR_DATABASE_URL to a PostgreSQL database."
        )
    inline = {"async_creator_fn": connect}
    writer = create_async_engine(
        settings.database_url, pool_size=1, max_overflow=0, connect_args=inline, **PRIVATE
    )
    reader = create_async_engine(settings.database_url, pool_size=4, max_overflow=0, **PRIVATE)
    _prepare_sqlite(writer, begin=lambda connection: connection.connection.run_async(SqliteConnection.begin))
    _prepare_sqlite(
        reader, begin=lambda connection: connection.exec_driver_sql("BEGIN"), pragmas=("query_only = ON",)
    )
    return writer, reader


def _replace_lost(pool: AsyncEngine) -> None:
    """Instead of `pool_pre_ping`, which asks the server three times before each transaction: the driver knows when
    the server has hung up, and only a connection that nobody used for a while may be dead without that."""

    @event.listens_for(pool.sync_engine, "checkin")
    def given_back(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(pool.sync_engine, "checkout")
    def taken(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        now = time.monotonic()
        try:
            if connection.driver_connection.is_closed():
                raise DisconnectionError
            if now - record.info.get("used_at", now) > IDLE_SECONDS:
                connection.ping()
        except connection.dbapi.Error as error:
            raise DisconnectionError from error


def _prepare_sqlite(
    engine: AsyncEngine, begin: Callable[[Any], object], pragmas: tuple[str, ...] = ()
) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy says when a transaction begins, not the driver
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "busy_timeout = 5000",
            *pragmas,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "begin", begin)
