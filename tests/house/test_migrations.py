"""The migrations make the tables that the models describe, on both engines, and can be undone."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    func,
    select,
    text,
)
from sqlalchemy.ext.asyncio import create_async_engine

from backend import migrations
from backend.config import Settings


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    environment = {"COMPTOIR_DATABASE_URL": database_url, "COMPTOIR_DATA_DIR": str(tmp_path)}
    return Settings.from_environment(environment)


async def test_the_migrations_make_what_the_models_describe(settings: Settings) -> None:
    await migrations.upgrade(settings)

    assert await migrations.differences(settings) == []


async def test_a_database_goes_up_down_and_up_again(settings: Settings) -> None:
    await migrations.upgrade(settings)
    await migrations.downgrade(settings, "base")
    assert not await migrations.is_current(settings)

    await migrations.upgrade(settings)

    assert await migrations.is_current(settings)


async def test_what_a_shop_has_stored_outlives_every_step_up_and_down(settings: Settings) -> None:
    steps = migrations.revisions()
    for revision in steps:
        await migrations.upgrade(settings, revision)
        assert await in_the_database(settings, with_a_row_in_each_table)
    for revision in reversed(steps[:-1]):
        await migrations.downgrade(settings, revision)
        assert await in_the_database(settings, is_a_row_in_each_table)


async def in_the_database(settings: Settings, do: Any) -> Any:
    engine = create_async_engine(settings.database_url)
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET session_replication_role = replica"))  # no foreign keys
        result = await connection.run_sync(do)
    await engine.dispose()
    return result


def with_a_row_in_each_table(connection: Connection) -> bool:
    tables = tables_of(connection)
    for table in tables.sorted_tables:
        if not connection.scalar(select(func.count()).select_from(table)):
            row = {column.name: anything(column) for column in table.columns if not column.nullable}
            connection.execute(table.insert().values(row))
    return bool(tables.tables)


def is_a_row_in_each_table(connection: Connection) -> bool:
    counted = (select(func.count()).select_from(table) for table in tables_of(connection).sorted_tables)
    return all(connection.scalar(count) == 1 for count in counted)


def tables_of(connection: Connection) -> MetaData:
    tables = MetaData()
    tables.reflect(connection)
    tables.remove(tables.tables["alembic_version"])
    return tables


def anything(column: Column[Any]) -> Any:
    """What fits the column, and all checks of our tables."""
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer):
        return 1
    if isinstance(column.type, DateTime):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if isinstance(column.type, Date):
        return date(2026, 1, 1)
    if isinstance(column.type, JSON):
        return []
    return column.name[: column.type.length]
