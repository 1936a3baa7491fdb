"""Calls made up from the API document by Schemathesis."""

import asyncio
import sys
from pathlib import Path

from tests.shop.conftest import Customer

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
AMPLE = {
    f"COMPTOIR_{name}": "1000000"
    for name in (
        "MESSAGES_PER_MINUTE",
        "MESSAGES_PER_ADDRESS_AND_MINUTE",
        "CONVERSATIONS_PER_ADDRESS_AND_HOUR",
        "FILES_PER_ADDRESS_AND_HOUR",
    )
}
"""All come from one address here."""
CONFIG = """
headers = {{ Authorization = "Bearer {token}" }}

[parameters]
"path.id" = "{conversation}"
"path.sku" = "LAMP"
"path.product" = "lamp"
"path.handle" = "lamp"
"query.wait" = 0
"""


async def call_generated(customer: Customer, folder: Path, examples: int, *options: str) -> tuple[int, str]:
    """Schemathesis' exit status, and what it says."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(token=customer.token, conversation=customer.id))
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "schemathesis",
        "--no-color",
        f"--config-file={config}",
        "run",
        f"{customer.url}/api/openapi.json",
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
