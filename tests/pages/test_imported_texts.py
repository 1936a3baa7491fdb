"""Whatever a file says, a page shows it as text."""

from pathlib import Path

import pytest
from aiohttp import web

from backend.catalogue.importing import import_catalogue
from backend.edge import DATABASE
from tests.catalogue.test_bad_files import FORMATS
from tests.pages.conftest import Read

SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(2)> & "quotes"'


@pytest.mark.parametrize("name", FORMATS)
async def test_markup_in_a_file_is_never_markup_on_a_page(
    app: web.Application, read: Read, tmp_path: Path, name: str
) -> None:
    (files := tmp_path / "files").mkdir()
    FORMATS[name].write(files, name=SCRIPT, description=f"Nice {SCRIPT}")
    await import_catalogue(app[DATABASE], FORMATS[name].read(files))

    page = await read("/products/mug")

    assert page.status == 200
    assert "<script>alert" not in page.source
    assert "<img src=x" not in page.source
    assert '<script>alert(1)</script><img src=x onerror=alert(2)> & "quotes"' in page.text
