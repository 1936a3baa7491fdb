"""What may be ordered before it is there, by file and by command."""

import shutil
from pathlib import Path

import pytest

from tests.house.test_command_line import SHOP, comptoir

ROWS = "sku,kind,limit,ships_on,lead_days"


@pytest.fixture(autouse=True)
def _own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path / "data"))
    comptoir("migrate")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    shutil.copytree(SHOP, tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def sku(files: Path) -> str:
    header, first, *_ = (files / "products.csv").read_text("utf-8").splitlines()
    return first.split(",")[header.split(",").index("sku")]


def test_a_file_is_imported_exported_and_changes_nothing_again(files: Path, tmp_path: Path, sku: str) -> None:
    (files / "backorders.csv").write_text(f"{ROWS}\n{sku},preorder,20,2027-03-01,\n")
    assert comptoir("import", "own", str(files), "--dry-run")[0] == 0
    code, output = comptoir("import", "own", str(files))
    assert (code, "What may be ordered before it is there changed for 1 SKUs." in output) == (0, True)
    assert "before it is there" not in comptoir("import", "own", str(files))[1]

    assert comptoir("export", "own", str(tmp_path / "out"))[0] == 0
    written = (tmp_path / "out" / "backorders.csv").read_text().splitlines()
    assert written == [ROWS, f"{sku},preorder,20,2027-03-01,"]
    assert comptoir("import", "own", str(tmp_path / "out"))[0] == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{sku},later,20,2027-03-01,", "kind: 'later' is not a kind: choose among backorder, preorder."),
        ("{sku},backorder,many,2027-03-01,", "limit: 'many' is not a whole number."),
        ("{sku},backorder,5,tomorrow,", "ships_on: 'tomorrow' is not a day: write 2027-01-15."),
        ("{sku},preorder,5,,9", "ships_on: A preorder needs the day on which it comes out; "),
        ("{sku},backorder,5,,", "ships_on: A preorder needs the day on which it comes out; "),
        ("NOTHING,backorder,5,,9", "sku: No variant has the SKU 'NOTHING'."),
        (",backorder,5,,9", "sku: The row has no SKU."),
        ("{sku},backorder,5,,9\n{sku},backorder,6,,9", "sku: '{sku}' stands in two rows."),
    ],
)
def test_a_wrong_row_is_named(files: Path, sku: str, row: str, message: str) -> None:
    (files / "backorders.csv").write_text(f"{ROWS}\n{row.format(sku=sku)}\n")
    code, output = comptoir("import", "own", str(files))
    assert code == 1
    assert f" {message.format(sku=sku)}" in output
    assert "1 lines could not be used." in output


def test_a_command_sets_the_terms_and_says_where_it_lies(files: Path, sku: str) -> None:
    comptoir("import", "own", str(files))

    code, output = comptoir("stock", "backorder", sku, "--limit", "7", "--ships-on", "2027-05-01")
    assert code == 0
    assert f"{sku} as backorder: 0 of 7 promised, ships on 2027-05-01" in output.splitlines()
    code, output = comptoir("stock", "where", sku, "--to", "fr", "--postcode", "69001")
    assert (code, "Sources by priority, the fewest parcels first:" in output) == (0, True)
    assert "sends 1 of" in output
    assert comptoir("stock", "backorder", "NOTHING", "--limit", "7", "--lead-days", "5") == (
        1,
        "Error: No variant has the SKU 'NOTHING'.\n",
    )
    assert comptoir("reconcile") == (0, "All is well.\n")


@pytest.mark.parametrize("cell", ["91", "north", "nan"])
def test_degrees_that_are_none_are_refused(files: Path, cell: str) -> None:
    header, *rows = (files / "sources.csv").read_text("utf-8").splitlines()
    (files / "sources.csv").write_text(f"{header},latitude\n" + "".join(f"{row},{cell}\n" for row in rows))
    code, output = comptoir("import", "own", str(files))
    assert code == 1
    assert f"sources.csv:2 latitude: '{cell}' is not -90 to 90 degrees." in output
