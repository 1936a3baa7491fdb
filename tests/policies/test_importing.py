"""The texts are kept together or not at all, on either database."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend import migrations
from backend.clock import Clock
from backend.config import ROOT, Settings
from backend.db import Database
from backend.events import Events
from backend.importing import import_policies
from backend.policies.checking import Problem
from backend.policies.service import Kept
from backend.policies.shelf import stored, version_of
from backend.shop import Shop
from tests.house.test_command_line import comptoir

SHOP = Shop.load(ROOT / "demo" / "shop.yml")
DEMO = ROOT / "demo" / "policies"


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    settings = Settings.from_environment(
        {"COMPTOIR_DATABASE_URL": database_url, "COMPTOIR_DATA_DIR": str(tmp_path)}
    )
    await migrations.upgrade(settings)
    database = Database(settings, Clock(), Events())
    yield database
    await database.close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "policies"))


async def imported(database: Database, files: Path) -> tuple[Kept | None, list[Problem]]:
    return await import_policies(database, files, SHOP, hold_minutes=60)


async def version(database: Database) -> int:
    async with database.reading() as session:
        return await version_of(session)


async def test_the_same_texts_again_change_nothing(database: Database, files: Path) -> None:
    assert await imported(database, files) == (Kept(created=33), [])
    assert await imported(database, files) == (Kept(unchanged=33), [])
    assert await version(database) == 1


async def test_a_text_that_changed_is_changed_and_one_that_is_gone_is_gone(
    database: Database, files: Path
) -> None:
    await imported(database, files)
    changed = files / "cookies.en.md"
    changed.write_text(changed.read_text().replace("set no cookie", "set not a single cookie"))
    (files / "cookies.es.md").unlink()

    kept, problems = await imported(database, files)

    assert kept == Kept(updated=1, unchanged=31, removed=1)
    assert [(problem.file, problem.is_refused) for problem in problems] == [("cookies.es.md", False)]
    assert await version(database) == 2


async def test_one_text_that_is_refused_keeps_all_as_they_were(database: Database, files: Path) -> None:
    await imported(database, files)
    (files / "cookies.en.md").write_text("---\ntitle: Cookies\n---\n<b>None</b>\n")
    (files / "about.en.md").write_text("---\ntitle: Us\n---\nWe are nobody.\n")

    kept, problems = await imported(database, files)

    assert kept is None
    assert "cookies.en.md:4 HTML is not allowed: <b>" in map(str, problems)
    async with database.reading() as session:
        assert (await stored(session))["about", "en"] == (DEMO / "about.en.md").read_text()


def test_the_command_line_imports_checks_and_refuses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: Path
) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    comptoir("migrate")

    assert comptoir("import", "policies", str(files)) == (
        0,
        "33 texts created, 0 updated, 0 unchanged, 0 removed.\n",
    )
    assert comptoir("policies", "check") == (0, "All is well with 33 texts.\n")

    (files / "about.fr.md").unlink()
    warning = (
        "about.fr.md:1 The topic is missing in this language; customers get the English text. (a warning)\n"
    )
    assert comptoir("policies", "check", str(files)) == (1, warning + "Error: 1 things are wrong.\n")

    (files / "about.en.md").write_text("---\ntitle: Us\n---\n")
    code, output = comptoir("import", "policies", str(files))
    assert code == 1
    assert "about.en.md:4 There is no text after the front matter.\n" in output
    assert output.endswith("Error: Nothing was imported: repair what is refused.\n")
