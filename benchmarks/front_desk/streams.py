"""How many readers one backend holds: `python -m benchmarks.front_desk.streams --streams 1500`.

Streams of as many conversations, from another process than the shop's: memory per stream, what they cost while
nothing happens, and how long a message to each conversation, and one to a conversation with many readers, takes to be
seen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.front_desk.chaos import whole_shop
from benchmarks.front_desk.latency import percentiles
from tests.conversations.opening import OpenShop

AFTER_SECONDS = 15
"""So that what came before does not count."""
IDLE_SECONDS = 20
AT_ONCE = 50
READERS_OF_ONE = 200
PER_SECOND = 10
FOR_SECONDS = 30


@dataclass
class Reader:
    path: str
    headers: dict[str, str]
    arrived: asyncio.Future[float]
    task: asyncio.Task[None] | None = None

    def close(self) -> None:
        assert self.task
        self.task.cancel()


def memory_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def conversation(http: aiohttp.ClientSession, url: str) -> tuple[str, dict[str, str]]:
    async with http.post(f"{url}/api/conversations", json={}) as response:
        started = await response.json()
    path = f"{url}/api/conversations/{started['id']}"
    return path, {"Authorization": f"Bearer {started['token']}"}


async def open_stream(http: aiohttp.ClientSession, path: str, headers: dict[str, str]) -> Reader:
    reader = Reader(path, headers, asyncio.get_running_loop().create_future())
    opened = asyncio.Event()

    async def read() -> None:
        accept = {"Accept": "text/event-stream"}
        async with http.get(f"{path}/events", headers=headers | accept) as response:
            assert response.status == 200, await response.text()
            async for line in response.content:
                opened.set()
                if b'"sender":"customer"' in line and not reader.arrived.done():
                    reader.arrived.set_result(time.perf_counter())

    reader.task = asyncio.create_task(read())
    await asyncio.wait_for(opened.wait(), 60)
    return reader


async def in_batches(work: list[Any]) -> list[Any]:
    done = []
    for start in range(0, len(work), AT_ONCE):
        done += await asyncio.gather(*work[start : start + AT_ONCE])
    return done


async def say(http: aiohttp.ClientSession, reader: Reader) -> float:
    body = {"id": str(uuid.uuid4()), "text": "hello"}
    began = time.perf_counter()
    async with http.post(f"{reader.path}/messages", json=body, headers=reader.headers) as response:
        assert response.status == 201, await response.text()
    return began


async def spoken_and_seen(http: aiohttp.ClientSession, reader: Reader, after_seconds: float) -> float:
    await asyncio.sleep(after_seconds)
    began = await say(http, reader)
    return await reader.arrived - began


async def measured(shop: OpenShop, count: int) -> list[dict[str, Any]]:
    pid = shop.pid("backend")
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as http:
        places = await in_batches([conversation(http, shop.url) for _ in range(count)])
        before = memory_kib(pid)
        readers = await in_batches([open_stream(http, *place) for place in places])
        await asyncio.sleep(AFTER_SECONDS)
        figures: list[dict[str, Any]] = [
            {
                "what": "memory per stream",
                "streams": count,
                "KiB": round((memory_kib(pid) - before) / count, 1),
            }
        ]
        used = cpu_seconds(pid)
        await asyncio.sleep(IDLE_SECONDS)
        percent = round((cpu_seconds(pid) - used) / IDLE_SECONDS * 100, 1)
        figures.append({"what": "processor while nothing happens", "percent of one core": percent})
        one_path, one_headers = places[0]
        many = await in_batches([open_stream(http, one_path, one_headers) for _ in range(READERS_OF_ONE)])
        began = await say(http, readers[0])
        seen = [await reader.arrived - began for reader in [readers[0], *many]]
        figures.append({"what": f"one message to {len(seen)} readers", **percentiles(seen)})
        for reader in many:
            reader.close()
        await asyncio.sleep(AFTER_SECONDS)
        readers[0].arrived = asyncio.get_running_loop().create_future()
        spoken_in = readers[: PER_SECOND * FOR_SECONDS]
        seen = await asyncio.gather(
            *[spoken_and_seen(http, reader, index / PER_SECOND) for index, reader in enumerate(spoken_in)]
        )
        figures.append(
            {"what": f"{PER_SECOND} messages a second, each in another conversation", **percentiles(seen)}
        )
        for reader in readers:
            reader.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=1500)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-streams-") as name,
        whole_shop(Path(name), 1) as (shop, _),
    ):
        for figure in asyncio.run(measured(shop, options.streams)):
            print(json.dumps(figure))


if __name__ == "__main__":
    main()
