"""What the shop knows of a person, from the command line."""

import json
from pathlib import Path

import pytest

from tests.house.test_command_line import comptoir


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    comptoir("migrate")


def test_of_a_stranger_nothing_is_known() -> None:
    code, output = comptoir("customers", "export", "ada@example.com")
    assert code == 0
    told = json.loads(output)
    assert told.pop("email") == "ada@example.com"
    assert set(map(str, told.values())) == {"[]"}


def test_who_does_not_say_yes_erases_nothing() -> None:
    code, output = comptoir("customers", "erase", "ada@example.com")
    assert code == 1
    assert "being erased" not in output
    code, output = comptoir("customers", "erase", "ada@example.com", "--yes")
    assert (code, output.splitlines()[-1]) == (0, "It is being erased.")
