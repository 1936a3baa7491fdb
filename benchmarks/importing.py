"""How long a large catalogue takes, and in how much memory: `python -m benchmarks.importing` (from the root).

Writes a product CSV of Shopify with two variants and two pictures per product, imports it on SQLite with the command
line's own program, and imports it again. Prints JSON lines; the memory is the highest that the program ever had.
`--products` says how many; the same number always gives the same file.
"""

import argparse
import asyncio
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from backend import migrations
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events
from backend.inventory.models import Source

KINDS = ("mug", "bowl", "lamp", "cushion", "vase", "notebook", "tray", "blanket")
WORDS = ("soft", "hand", "made", "small", "series", "washed", "linen", "stoneware", "every", "day", "year")
COLOURS = ("Red", "Blue", "Sage", "Navy", "Cream")
SOURCE = "lyon"


def rows(count: int) -> Iterator[dict[str, str]]:
    random = Random(2026)
    for number in range(count):
        kind = random.choice(KINDS)
        price = f"{random.randint(3, 300)}.{random.choice(('00', '50', '95'))}"
        for place, colour in enumerate(random.sample(COLOURS, 2), start=1):
            yield {
                "URL handle": f"{kind}-{number}",
                "Option1 value": colour,
                "SKU": f"{kind.upper()}-{number}-{place}",
                "Price": price,
                "Inventory quantity": str(random.randint(0, 50)),
                "Weight value (grams)": str(random.randint(50, 3000)),
                "Product image URL": f"https://cdn.example/files/{kind}-{number}-{place}.jpg",
                **(once(random, kind, number) if place == 1 else {}),
            }


def once(random: Random, kind: str, number: int) -> dict[str, str]:
    return {
        "Title": f"{kind.title()} {number}",
        "Description": f"<p>{' '.join(random.choices(WORDS, k=60))}.</p>",
        "Vendor": f"Maker {random.randint(1, 200)}",
        "Product category": f"Home > {kind.title()}s",
        "Tags": ", ".join(random.sample(WORDS, 3)),
        "Option1 name": "Colour",
        "Status": "active",
    }


def write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, next(rows(1)))
        table.writeheader()
        table.writerows(rows(count))


async def prepare(settings: Settings) -> None:
    await migrations.upgrade(settings)
    database = Database(settings, Clock(), Events())
    async with database.transaction() as session:
        session.add(Source(code=SOURCE, kind="warehouse", name="Lyon"))
    await database.close()


def run(path: Path, environment: dict[str, str]) -> dict[str, float]:
    started = time.perf_counter()
    command = [sys.executable, "-m", "backend", "import", "shopify", str(path), "--source", SOURCE]
    child = os.posix_spawn(sys.executable, command, environment)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"The import ended with {os.waitstatus_to_exitcode(status)}.")
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "processor seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak MiB": usage.ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=100_000)
    count = parser.parse_args().products
    with tempfile.TemporaryDirectory(prefix="comptoir-import-") as folder:
        environment = {**os.environ, "COMPTOIR_DATA_DIR": folder}
        environment.pop("COMPTOIR_DATABASE_URL", None)
        asyncio.run(prepare(Settings.from_environment(environment)))
        path = Path(folder) / "products.csv"
        write(path, count)
        for what in ("new", "unchanged"):
            figures = run(path, environment)
            figures["products a second"] = round(count / figures["seconds"])
            print(json.dumps({"products": count, "all": what} | figures), flush=True)


if __name__ == "__main__":
    main()
