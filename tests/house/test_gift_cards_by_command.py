"""Gift cards from the command line: the code is printed once, and never shown again but by its key."""

import re
from pathlib import Path

import pytest

from tests.house.test_command_line import comptoir

CODE = re.compile(r"^GC(?:-[0-9A-Z]{4}){5}$")


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    comptoir("migrate")


def issued(*options: str) -> list[str]:
    code, output = comptoir("gift-cards", "issue", "25.50", "EUR", *options)
    assert code == 0, output
    return output.splitlines()


def test_a_card_is_given_out_shown_and_blocked() -> None:
    code, line, _ = issued("--expires", "2031-01-31")
    assert CODE.match(code)
    assert f"gift card ····{code[-4:]}: 25.50 EUR left, until 2031-01-31" in line
    _, output = comptoir("gift-cards", "show", code)
    assert "issued" in output
    assert code not in output
    _, output = comptoir("gift-cards", "block", code[-4:])
    assert output.endswith("blocked\n")
    _, output = comptoir("gift-cards", "block", "--undo", code[-4:])
    assert "blocked" not in output
    assert comptoir("reconcile") == (0, "All is well.\n")


def test_the_same_key_prints_the_same_card() -> None:
    assert issued("--key", "prize") == issued("--key", "prize")
    code, output = comptoir("gift-cards", "issue", "26", "EUR", "--key", "prize")
    assert (code, output) == (1, "Error: This key was used to issue something else.\n")


def test_store_credit_adds_up() -> None:
    comptoir("store-credit", "customer-7", "5", "EUR", "--key", "a")
    comptoir("store-credit", "customer-7", "5", "EUR", "--key", "a")
    _, output = comptoir("store-credit", "customer-7", "2.5", "EUR", "--key", "b")
    assert output.endswith("store credit of customer-7: 7.50 EUR left\n")
    assert comptoir("reconcile") == (0, "All is well.\n")


@pytest.mark.parametrize("amount", ["0", "-5", "1.234", "NaN", "x"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    code, _ = comptoir("gift-cards", "issue", "--", amount, "EUR")
    assert code == 2


def test_a_card_that_is_none_is_not_found() -> None:
    assert comptoir("gift-cards", "show", "ZZZZ")[0] == 1
