"""The tables of the database, from one version of the shop to the next."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events
from backend.models import Base

COMPARED: dict[str, Any] = {"compare_type": True, "compare_server_default": True}


async def upgrade(settings: Settings, to: str = "head") -> None:
    await _run(settings, command.upgrade, to)


async def downgrade(settings: Settings, to: str) -> None:
    await _run(settings, command.downgrade, to)


def revisions() -> list[str]:
    """All, the first one first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


async def write(settings: Settings, message: str) -> None:
    """Writes the next migration: what the models have and this database, which is up to date, has not."""
    await _run(settings, command.revision, message, autogenerate=True)


async def is_current(settings: Settings) -> bool:
    async with _opened(settings) as connection:
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


async def differences(settings: Settings) -> list[Any]:
    """What the models have and the database has not, and the reverse."""
    async with _opened(settings) as connection:
        return await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts=COMPARED), Base.metadata)
        )


async def _run(settings: Settings, do: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    def run(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        do(config, *arguments, **options)

    async with _opened(settings) as connection:
        await connection.run_sync(run)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """One transaction for the whole step: both engines can undo changes of tables."""
    database = Database(settings, Clock(), Events())
    if settings.is_sqlite:
        event.listen(database.engine.sync_engine, "connect", _let_tables_be_rebuilt)
    try:
        async with database.engine.begin() as connection:
            yield connection
    finally:
        await database.close()


def _let_tables_be_rebuilt(connection: Any, _: Any) -> None:
    """SQLite changes a table by copying and dropping it, which must not count as deleting its rows."""
    connection.execute("PRAGMA foreign_keys = OFF")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config
