"""Calls that nobody thought of, generated from the API document by Schemathesis: none of them is answered otherwise
than the document says."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.shop.conftest import Customer, Shop

pytestmark = pytest.mark.timeout(300)
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "negative_data_rejection",
)
SEED = "20261127"
CONFIG = """
headers = {{ Authorization = "Bearer {token}" }}

[parameters]
"path.id" = "{conversation}"
"path.sku" = "LAMP"
"path.product" = "lamp"
"path.handle" = "lamp"
"query.wait" = 0
"""


async def generated(
    shop: Shop, customer: Customer, folder: Path, examples: int, *options: str
) -> tuple[int, str, str]:
    """Schemathesis' exit status, and what it says."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(token=customer.token, conversation=customer.id))
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "schemathesis",
        "--no-color",
        f"--config-file={config}",
        "run",
        f"{shop.settings.public_url}/api/openapi.json",
        f"--seed={SEED}",
        f"--max-examples={examples}",
        f"--checks={','.join(CHECKS)}",
        *options,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_generated_calls_are_answered_as_the_document_says(shop: Shop, tmp_path: Path) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")
    status, said = await generated(shop, customer, tmp_path, 5, "--phases=examples,coverage,fuzzing")
    assert status == 0, said
