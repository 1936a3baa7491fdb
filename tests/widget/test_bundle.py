import subprocess
from pathlib import Path

import pytest

from tests.widget.door import NODE, WEB

pytestmark = pytest.mark.usefixtures("bundle")


def test_the_widget_weighs_no_more_than_its_limit() -> None:
    assert subprocess.run([NODE, "size.js"], cwd=WEB).returncode == 0


def test_the_transport_passes_its_own_tests() -> None:
    assert subprocess.run([NODE, "--test", Path(__file__).with_name("core.test.mjs")]).returncode == 0
