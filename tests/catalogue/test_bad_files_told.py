"""What the command line says of operators' files, in each format."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from backend import migrations
from backend.cli import commands
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events
from backend.inventory.models import Source
from tests.catalogue.test_bad_files import FORMATS, TEXTS, Format

Import = Callable[[str, Path], tuple[int, str]]
TERMS = ("--currency", "EUR", "--source", "lyon", "--dry-run")
SOURCES = "code,kind,name,priority,street,postcode,city,country\nlyon,store,Lyon,1,,,Lyon,FR\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one source; a dry run leaves it as it is."""

    async def prepare() -> None:
        settings = Settings.from_environment({"COMPTOIR_DATA_DIR": str(directory)})
        await migrations.upgrade(settings)
        database = Database(settings, Clock(), Events())
        async with database.transaction() as session:
            session.add(Source(code="lyon", kind="store", name="Lyon"))
        await database.close()

    directory = tmp_path_factory.mktemp("shop")
    asyncio.run(prepare())
    return directory


@pytest.fixture
def dry_run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(shop))

    def run(name: str, directory: Path) -> tuple[int, str]:
        (directory / "sources.csv").write_text(SOURCES)
        arguments = {
            "own": (str(directory), "--dry-run"),
            "adobe": (str(directory), *TERMS),
            "shopify": (str(directory / "shopify.csv"), *TERMS),
        }
        command = ["import", name, *arguments[name]]
        done = click.testing.CliRunner().invoke(commands, command, catch_exceptions=False)
        return done.exit_code, done.output

    return run


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def kind(name: str) -> Format:
    return FORMATS[name]


@pytest.mark.parametrize(
    ("field", "cell", "message"),
    [
        ("price", "12,5 €", "'12,5 €' is not a price: write 12.50."),
        ("picture", "../a.jpg", "'../a.jpg' leads out of the folder of pictures: name a file within it."),
        ("description", "x" * 2_000_000, "The text has 2,000,000 characters: shorten it to at most 100,000."),
    ],
    ids=["price", "picture", "description"],
)
def test_the_place_of_what_is_wrong_is_told_and_what_was_kept(
    dry_run: Import, name: str, kind: Format, tmp_path: Path, field: str, cell: str, message: str
) -> None:
    kind.write(tmp_path, **{field: cell})

    file, row, column, _ = kind.error(field, message)
    assert dry_run(name, tmp_path) == (
        1,
        f"{file}:{row} {column}: {message}\n"
        "1 products created, 0 updated, 0 unchanged, 1 failed.\n"
        "Error: 1 lines could not be used.\n",
    )


def test_another_encoding_is_told_in_one_line(
    dry_run: Import, name: str, kind: Format, tmp_path: Path
) -> None:
    file = kind.write(tmp_path, "latin-1", name="Tasse d'été").name

    assert dry_run(name, tmp_path) == (
        1,
        f"Error: {file}:2: this is not UTF-8, it seems to be WINDOWS-1252: save the file as CSV in UTF-8, "
        "or convert it with `iconv -f WINDOWS-1252 -t UTF-8`.\n",
    )


def test_a_missing_column_is_told_in_one_line(
    dry_run: Import, name: str, kind: Format, tmp_path: Path
) -> None:
    path = kind.write(tmp_path)
    column = kind.places["name"][1]
    path.write_text(path.read_text().replace(column, "something", 1))

    code, output = dry_run(name, tmp_path)

    assert (code, output.count("\n")) == (1, 1)
    assert output.startswith(f"Error: {path.name}: the column ")
    assert f"'{column}'" in output


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_mark_semicolons_and_any_text_are_in_nobodys_way(
    dry_run: Import, name: str, kind: Format, tmp_path: Path, text: str
) -> None:
    kind.write(tmp_path, "utf-8-sig", ";", name=text, description=text)

    assert dry_run(name, tmp_path) == (0, "2 products created, 0 updated, 0 unchanged, 0 failed.\n")
