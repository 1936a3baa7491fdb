"""The migrations make the tables that the models describe, on both engines, and can be undone."""

from pathlib import Path

import pytest

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
