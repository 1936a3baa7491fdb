"""How long a message takes: `python -m benchmarks.front_desk.latency`.

On an open shop of its own, over loopback: posted to stored (the answer to the post), posted to seen by the stream of
the other tab, and posted to answered; one customer at a time, then twenty at once. Milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.front_desk.chaos import whole_shop

WORDS = ("hello", "bonjour", "hola", "what do you sell?", "merci", "¿qué hay en mi carrito?")

Times = dict[str, list[float]]


class Visitor:
    """Writes in one tab and reads in another, each with a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stored: dict[str, asyncio.Future[float]] = {}
        self._answers: asyncio.Queue[float] = asyncio.Queue()

    async def come(self) -> None:
        self._http = aiohttp.ClientSession()
        async with self._http.post(f"{self._url}/api/conversations", json={}) as response:
            started = await response.json()
        self._path = f"{self._url}/api/conversations/{started['id']}"
        self._headers = {"Authorization": f"Bearer {started['token']}"}
        self._reading = asyncio.create_task(self._read())
        await asyncio.sleep(0.2)

    async def say(self, words: str, times: Times) -> None:
        message = str(uuid.uuid4())
        seen = self._stored[message] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        body = {"id": message, "text": words}
        async with self._http.post(f"{self._path}/messages", json=body, headers=self._headers) as response:
            assert response.status == 201, await response.text()
            await response.read()
        times["stored"].append(time.perf_counter() - began)
        times["seen in the other tab"].append(await seen - began)
        times["answered"].append(await self._answers.get() - began)

    async def go(self) -> None:
        self._reading.cancel()
        await self._http.close()

    async def _read(self) -> None:
        headers = self._headers | {"Accept": "text/event-stream"}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http,
            http.get(f"{self._path}/events", headers=headers) as response,
        ):
            async for line in response.content:
                if line.startswith(b"data: ") and b'"seq"' in line and b'"sender"' in line:
                    self._hear(json.loads(line[6:]))

    def _hear(self, event: Any) -> None:
        if event["sender"] == "customer":
            self._stored.pop(event["id"]).set_result(time.perf_counter())
        elif event["sender"] == "assistant":
            self._answers.put_nowait(time.perf_counter())


async def measured(url: str, visitors: int, messages: int) -> Times:
    """`messages` of each visitor, who waits for each answer."""
    times: Times = defaultdict(list)

    async def visit() -> None:
        visitor = Visitor(url)
        await visitor.come()
        await visitor.say("hello", defaultdict(list))  # the first one makes the conversation known to Rasa
        for number in range(messages):
            await visitor.say(WORDS[number % len(WORDS)], times)
        await visitor.go()

    await asyncio.gather(*(visit() for _ in range(visitors)))
    return times


def percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {name: round(cuts[at] * 1000, 1) for name, at in (("p50", 49), ("p95", 94), ("p99", 98))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-latency-") as name,
        whole_shop(Path(name), options.processes) as (shop, _),
    ):
        for visitors in (1, 20):
            times = asyncio.run(measured(shop.url, visitors, options.messages // visitors))
            for what, seconds in times.items():
                print(json.dumps({"customers": visitors, "what": what, **percentiles(seconds)}))


if __name__ == "__main__":
    main()
