"""What is installed is pinned, and comes from wherever the machine's owner says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"[\w.-]+==\S+( ; .+)? \\")

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))

locks = pytest.mark.parametrize("lock", LOCKS, ids=[lock.stem for lock in LOCKS])


@locks
def test_a_lock_file_names_no_address(lock: Path) -> None:
    assert re.findall(r"\w+://\S+|--\w*index\S*|--find-links", lock.read_text()) == []


@locks
def test_a_lock_file_pins_every_package_with_its_hashes(lock: Path) -> None:
    packages = re.findall(r"^\w.*\n(?: +--hash=sha256:\w{64}.*\n)+", lock.read_text(), re.MULTILINE)

    assert len(packages) == len(re.findall(r"^\w", lock.read_text(), re.MULTILINE)) > 0
    assert [package for package in packages if not PINNED.match(package)] == []


@pytest.mark.parametrize("folder", ["web", "tests/sandbox/cli"])
def test_a_lock_file_of_npm_names_no_address(folder: str) -> None:
    assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text()


def test_tests_run_on_the_versions_that_the_application_runs_on() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\w\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    assert pins("app.lock") <= pins("test.lock")
