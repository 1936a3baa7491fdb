"""The retail benchmark's lists of actions, run over our HTTP API: does each end in the right state?

    .venv/bin/python -m benchmarks.retail db.json tasks.jsonl
    .venv/bin/python -m benchmarks.retail db.json tasks.jsonl --task 20 --task 21

Of each task: every action is answered as it should be (done, or refused), every order and customer that should have
changed reads as it should, in cents, and no row of any other order or customer is another than before. Exits with 1
when one is off. `--loaded` keeps what was loaded, for the next run.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from benchmarks.retail.data import Record, comparable
from benchmarks.retail.opened import copied, filled, opened, quiet
from benchmarks.retail.records import Rows, conversations_of, order_record, rows_of, user_record
from benchmarks.retail.tools import Refused, Shop

DATABASE = "comptoir.db"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("db", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--task", action="append", help="This one alone; may be repeated.")
    parser.add_argument("--loaded", type=Path, help="Where the loaded shop is, or shall be.")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    db = json.loads(asked.db.read_text("utf-8"))
    tasks = [json.loads(line) for line in asked.tasks.read_text("utf-8").splitlines() if line.strip()]
    chosen = [task for task in tasks if not asked.task or task["id"] in asked.task]
    with tempfile.TemporaryDirectory(prefix="retail-") as folder:
        sys.exit(asyncio.run(_run(db, chosen, Path(folder), asked.loaded or Path(folder) / "loaded")))


async def _run(db: Record, tasks: list[Record], folder: Path, loaded: Path) -> int:
    started = time.perf_counter()
    if not (loaded / DATABASE).exists():
        await filled(loaded, db)
        print(f"loaded in {time.perf_counter() - started:.0f} s")
    off = await _unlike_at_first(db, copied(loaded, folder / "first"))
    print(
        f"{len(db['orders'])} orders and {len(db['users'])} customers loaded, {len(off)} of them not as they were"
    )
    for each in off[:10]:
        print("  ", each)
    passed = 0
    for task in tasks:
        differences = await _differences(db, task, copied(loaded, folder / "task"))
        passed += not differences
        for difference in differences:
            print(f"task {task['id']}: {difference}")
    print(f"{passed} of {len(tasks)} tasks end in the right state, in {time.perf_counter() - started:.0f} s")
    return 0 if passed == len(tasks) and not off else 1


async def _unlike_at_first(db: Record, folder: Path) -> list[str]:
    conversations = conversations_of(folder / DATABASE)
    async with opened(folder) as (settings, http, _):
        shop = Shop(settings, http, conversations, _owners(db))
        found = []
        for order in db["orders"].values():
            found += _compared(order, await order_record(shop, order["order_id"], order["user_id"]))
        for user in db["users"].values():
            found += _compared(user, await user_record(shop, user["user_id"], user["orders"]))
        return found


async def _differences(db: Record, task: Record, folder: Path) -> list[str]:
    before = rows_of(folder / DATABASE)
    found = []
    conversations = conversations_of(folder / DATABASE)
    async with opened(folder) as (settings, http, database):
        shop = Shop(settings, http, conversations, _owners(db))
        for action, expected in zip(task["actions"], task["results"], strict=True):
            result = await _result(shop, action)
            if (result == "ok") != (expected == "ok"):
                found.append(f"{action['name']} {action['arguments']}: {result}, expected {expected}")
        await quiet(database)
        changed = task["expected_changed"]
        for number, order in changed.get("orders", {}).items():
            found += _compared(order, await order_record(shop, number, order["user_id"]))
        for user_id, user in changed.get("users", {}).items():
            found += _compared(user, await user_record(shop, user_id, user["orders"]))
    after = rows_of(folder / DATABASE)
    for kind, at in (("orders", 0), ("users", 1)):
        found += _touched(before[at], after[at], changed.get(kind, {}))
    return found


async def _result(shop: Shop, action: Record) -> str:
    try:
        await shop.call(action["name"], action["arguments"])
    except Refused as refusal:
        return f"Error: {refusal}"
    return "ok"


def _compared(expected: Record, found: Record) -> list[str]:
    ours, theirs = comparable(found), comparable(expected)
    name = expected.get("order_id") or expected["user_id"]
    return [
        f"{name}: {key} is {ours.get(key)}, expected {theirs.get(key)}"
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]


def _touched(before: Rows, after: Rows, expected: Record) -> list[str]:
    return [
        f"{name} was changed, and should not be"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name) and name not in expected
    ]


def _owners(db: Record) -> dict[str, str]:
    return {order["order_id"]: order["user_id"] for order in db["orders"].values()}


if __name__ == "__main__":
    main()
