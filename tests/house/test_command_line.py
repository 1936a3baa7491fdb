"""The command line answers in one line what it cannot do."""

import contextlib
import getpass
import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest

from backend.cli import commands

SHOP = Path(__file__).parents[1] / "catalogue" / "shop"


@pytest.fixture(autouse=True)
def _own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def comptoir(*arguments: str) -> tuple[int, str]:
    done = click.testing.CliRunner().invoke(commands, arguments, catch_exceptions=False)
    return done.exit_code, done.output


def test_a_wrong_port_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_PORT", "eighty")

    assert comptoir("run") == (1, "Error: COMPTOIR_PORT is 'eighty': give a port between 1 and 65535.\n")


def test_a_busy_port_is_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken_port: int
) -> None:
    monkeypatch.setenv("COMPTOIR_PORT", str(taken_port))

    message = f"port {taken_port} is in use: stop what uses it, or choose another with COMPTOIR_PORT"
    assert comptoir("run") == (1, f"Error: {message}\n")
    assert not (tmp_path / "comptoir.db").exists()


def test_a_live_key_outside_production_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_x")

    code, output = comptoir("reconcile")

    assert code == 1
    assert output.startswith("Error: STRIPE_API_KEY is a live key")
    assert output.count("\n") == 1


@pytest.mark.usefixtures("bundle")
def test_the_tag_for_a_website_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", "https://shop.example")

    code, output = comptoir("widget-snippet")

    assert code == 0
    assert re.fullmatch(
        r'<script async src="https://shop\.example/widget/comptoir-[0-9a-f]{16}\.js" '
        r'integrity="sha384-[\w+/]{64}" crossorigin="anonymous"></script>\n',
        output,
    )


def test_a_database_that_was_not_migrated_is_not_served() -> None:
    assert comptoir("reconcile") == (
        1,
        "Error: The database is of another version: run `comptoir migrate`.\n",
    )
    assert comptoir("serve") == (1, "Error: The database is of another version: run `comptoir migrate`.\n")


def test_a_migrated_database_is_well() -> None:
    assert comptoir("migrate") == (0, "")
    assert comptoir("reconcile") == (0, "All is well.\n")


def test_what_stock_and_ledger_do_not_agree_on_is_printed(tmp_path: Path) -> None:
    comptoir("migrate")
    comptoir("import", "own", "demo")
    with contextlib.closing(sqlite3.connect(tmp_path / "comptoir.db", isolation_level=None)) as database:
        database.execute("UPDATE stock_item SET on_hand = on_hand + 1 WHERE on_hand = 0 AND reserved = 0")
        changed = database.execute("SELECT changes()").fetchone()[0]

    code, output = comptoir("reconcile")

    assert code == 1
    assert output.count(": 1 on hand and 0 reserved, but its ledger sums up to 0 and 0.\n") == changed > 0
    assert output.endswith(f"\nError: Differences found: {changed}.\n")


def test_the_ledger_names_who_imported(tmp_path: Path) -> None:
    comptoir("migrate")
    comptoir("import", "own", str(SHOP))
    with contextlib.closing(sqlite3.connect(tmp_path / "comptoir.db")) as database:
        moved = database.execute("SELECT DISTINCT reason, actor FROM stock_movement").fetchall()
    assert moved == [("counted", f"command: {getpass.getuser()}")]


def test_what_is_kept_back_and_what_is_low_is_said() -> None:
    comptoir("migrate")
    comptoir("import", "own", str(SHOP))

    kept = comptoir("stock", "set", "MUG-BLU", "--at", "lyon", "--threshold", "2", "--notify-below", "9")

    assert comptoir("stock", "low") == kept
    assert comptoir("stock", "set", "NOTHING", "--threshold", "1") == (
        1,
        "Error: No variant has the SKU 'NOTHING'.\n",
    )


def test_a_database_that_does_not_answer_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COMPTOIR_DATABASE_URL", f"postgresql+asyncpg://nobody@/shop?host={tmp_path}")

    code, output = comptoir("reconcile")

    assert code == 1
    assert output.startswith("Error: ")
    assert output.count("\n") == 1


def test_an_export_overwrites_only_when_it_is_told_to(tmp_path: Path) -> None:
    comptoir("migrate")
    directory = tmp_path / "files"
    written = f"0 products written to {directory}.\n"
    assert comptoir("export", "own", str(directory)) == (0, written)
    (directory / "mug.svg").write_text("a mug")

    message = f"{directory} is not empty: choose another directory, or say --force."
    assert comptoir("export", "own", str(directory)) == (1, f"Error: {message}\n")
    assert comptoir("export", "own", str(directory), "--force") == (0, written)
    assert (directory / "mug.svg").read_text() == "a mug"


def test_an_export_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    comptoir("migrate")
    (tmp_path / "file").touch()

    code, output = comptoir("export", "own", str(tmp_path / "file" / "below"))

    assert code == 1
    assert output.startswith("Error: ")
    assert output.count("\n") == 1


def test_a_dry_run_keeps_nothing_not_even_where_the_stock_lies(tmp_path: Path) -> None:
    comptoir("migrate")

    code, output = comptoir("import", "own", "demo", "--dry-run")
    assert (code, "141 products created" in output) == (0, True)
    message = "No source has the code 'lyon': there is none yet, so leave it out or import a sources.csv."
    assert comptoir("import", "adobe", str(tmp_path), "--source", "lyon") == (1, f"Error: {message}\n")


def test_what_names_no_place_lies_at_the_first_and_a_new_shop_gets_one(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("Title,SKU,Price,Inventory quantity\nMug,MUG,12.50,3\n")
    comptoir("migrate")

    code, output = comptoir("import", "shopify", str(file), "--dry-run")
    assert (code, "1 products created" in output) == (0, True)
    assert comptoir("import", "shopify", str(file))[0] == 0
    assert comptoir("export", "own", str(tmp_path / "out"))[0] == 0
    assert (tmp_path / "out" / "sources.csv").read_text().splitlines()[1].startswith("warehouse,warehouse,")
    assert comptoir("export", "shopify", str(tmp_path / "shopify"))[0] == 0
    assert ",3," in (tmp_path / "shopify" / "products.csv").read_text()


def test_a_parcel_needs_an_order() -> None:
    comptoir("migrate")

    message = "No such order has a parcel with the carrier."
    assert comptoir("parcel", "advance", "C-1") == (1, f"Error: {message}\n")


def test_a_shop_comes_from_shopify_and_goes_back(tmp_path: Path) -> None:
    (files := tmp_path / "files").mkdir()
    (files / "shopify.csv").write_text(
        "Title,SKU,Price,Inventory quantity\nMug,MUG,12.50,3\nBowl,BOWL,free,1\n"
    )
    comptoir("migrate")
    comptoir("import", "own", str(SHOP))

    code, output = comptoir("import", "shopify", str(files / "shopify.csv"), "--currency", "EUR")
    assert (code, output) == (
        1,
        "shopify.csv:3 Price: 'free' is not a price: write 12.50.\n"
        "1 products created, 0 updated, 0 unchanged, 1 failed.\n"
        "Error: 1 lines could not be used.\n",
    )

    out = str(tmp_path / "out")
    assert comptoir("export", "shopify", out, "--currency", "EUR") == (
        0,
        f"15 products written to {out}, 0 of them as drafts.\n",
    )
    code, output = comptoir("import", "shopify", f"{out}/products.csv", "--currency", "EUR", "--dry-run")
    assert (code, output.split(", ")[-1]) == (0, "0 failed.\n")


def test_a_file_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "shopify.csv").write_text("Tit\xe9", encoding="latin-1")
    comptoir("migrate")
    comptoir("import", "own", str(SHOP))

    code, output = comptoir("import", "shopify", str(tmp_path / "shopify.csv"))

    assert code == 1
    assert output.startswith("Error: shopify.csv:1: this is not UTF-8, it seems to be WINDOWS-1252: ")
    assert output.count("\n") == 1


def test_an_import_tells_the_assistant_the_words_of_what_came(tmp_path: Path) -> None:
    comptoir("migrate")
    comptoir("import", "own", str(SHOP))
    words = (tmp_path / "shop_words.txt").read_text("utf-8").split()
    assert {"mug", "tasse", "taza"} <= set(words)

    (tmp_path / "shop_words.txt").unlink()
    assert comptoir("learn-words") == (0, f"{len(words)} words.\n")
    assert (tmp_path / "shop_words.txt").read_text("utf-8").split() == words


def test_of_what_was_missed_a_labelling_file_is_made_and_read_back(tmp_path: Path) -> None:
    comptoir("migrate")
    assert comptoir("missed") == (0, "")

    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"text": "gimme the thingy", "language": "en", "intent": "gimme"}\n', "utf-8")
    assert comptoir("learn-missed", str(labels)) == (
        1,
        f"Error: {labels}, line 1: no example has the intent “gimme”; those of data/nlu have one\n"
        "Nothing was learned.\n",
    )
    labels.write_text('{"text": "gimme the thingy", "language": "en", "intent": ""}\n', "utf-8")
    assert comptoir("learn-missed", str(labels)) == (0, "Nothing new.\n")
