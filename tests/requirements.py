"""What a test needs of the machine: skipped where it is missing, failed on a build machine, which must have it."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


def require_the_assistant() -> None:
    require(RASA_PYTHON.exists(), "needs .venv-rasa, the Python 3.10 environment of Rasa: `make run`")


def require_chromium() -> str:
    """The browser's program."""
    found = (
        os.environ.get("COMPTOIR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    require(found is not None, "needs Chromium: install it, or name it with COMPTOIR_CHROMIUM")
    return str(found)


def require(is_there: bool, reason: str) -> None:
    if is_there:
        return
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
