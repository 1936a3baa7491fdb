"""Hints between the processes of a shop, and which Rasa a conversation goes to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from backend.app import stopped
from backend.config import InvalidSetting, Settings
from backend.conversations import turns
from backend.conversations.turns import Doors
from backend.conversations.wakeups import RedisHints, Wakeups
from tests.redis_server import RedisServer
from tests.shop.conftest import until


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
async def two(redis: RedisServer) -> AsyncIterator[tuple[Wakeups, Wakeups]]:
    """Two processes' wake-ups, connected."""
    pair = (Wakeups(), Wakeups())
    hints = [RedisHints(f"redis://127.0.0.1:{redis.port}", "shop", wakeups) for wakeups in pair]
    running = [asyncio.create_task(work()) for each in hints for work in (each.listen, each.send)]
    await until(lambda: heard(*pair))
    yield pair
    await stopped(running)
    for each in hints:
        await each.close()


async def heard(one: Wakeups, other: Wakeups) -> bool:
    with other.listening("talk") as hint:
        one.wake("talk")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(hint.wait(), 0.2)
        return hint.is_set()


async def test_what_one_process_stores_the_other_hears_of(two: tuple[Wakeups, Wakeups]) -> None:
    one, other = two
    await until(lambda: heard(one, other))
    await until(lambda: heard(other, one))


async def test_typing_is_seen_in_all_processes_and_ends_when_one_of_them_dies(
    two: tuple[Wakeups, Wakeups], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.conversations.wakeups.TYPING_SECONDS", 0.3)
    one, other = two

    async def hears(is_typing: bool) -> None:
        """Whoever waits for the hint runs before the timer that ends the typing."""
        while other.is_typing("talk") is not is_typing:
            hint.clear()
            await hint.wait()

    with other.listening("talk") as hint:
        with one.typing("talk"):
            await hears(True)
            await hears(False)  # no word of its end has come, as if the process were gone
        with one.typing("talk"):
            await hears(True)
        await hears(False)


async def test_redis_may_be_away_for_a_while(two: tuple[Wakeups, Wakeups], redis: RedisServer) -> None:
    one, other = two
    with one.typing("talk"):
        await until(lambda: asyncio.sleep(0, other.is_typing("talk")))
        redis.kill()
        await until(lambda: asyncio.sleep(0, not other.is_typing("talk")))
    for _ in range(20_000):
        one.wake("talk")  # nobody waits for Redis, and what waits for it has a bound
    redis.start()
    await until(lambda: heard(one, other))


def test_each_conversation_has_its_own_door_and_all_doors_have_some() -> None:
    doors = Doors(["http://a", "http://b", "http://c"])
    first = {name: doors.of(name, 1)[0] for name in map(str, range(600))}
    assert {name: doors.of(name, 1)[0] for name in first} == first
    assert all(150 < list(first.values()).count(url) < 250 for url in ("http://a", "http://b", "http://c"))
    fewer = Doors(["http://a", "http://b"])
    assert all(fewer.of(name, 1)[0] == url for name, url in first.items() if url != "http://c")


def test_a_shut_door_is_passed_over_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: now))  # asyncio's own goes on
    doors = Doors(["http://a", "http://b"])
    own, other = doors.of("talk", 1)
    doors.shut(own)
    assert doors.of("talk", 1) == [other, own]
    now += turns.SHUT_SECONDS + 1
    assert doors.of("talk", 1) == [own, other]


def test_a_door_that_was_too_slow_is_asked_once_more_and_then_another_one() -> None:
    doors = Doors(["http://a", "http://b"])
    own, other = doors.of("talk", 1)
    assert [doors.of("talk", attempts)[0] for attempts in (2, 3, 4)] == [own, other, own]


@pytest.mark.parametrize("name", ["COMPTOIR_BACKENDS", "COMPTOIR_RASAS"])
def test_several_processes_need_postgresql(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="PostgreSQL"):
        Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path), name: "2"})
