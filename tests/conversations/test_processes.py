"""Two backends and two Rasas on PostgreSQL, with Redis between them; any of them may die in the middle."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from sqlalchemy.engine import make_url

from benchmarks.front_desk import chaos
from tests.conversations.customer import Customer
from tests.conversations.opening import OpenShop, kill, opened, wait_until
from tests.conversations.scenario import HERE, play
from tests.redis_server import RedisServer
from tests.requirements import require_the_assistant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DATABASE = "processes"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def big_shop(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis: RedisServer
) -> Iterator[OpenShop]:
    require_the_assistant()
    asyncio.run(_new_database(postgres_url))
    url = make_url(postgres_url).set(database=DATABASE).render_as_string(hide_password=False)
    with opened(
        tmp_path_factory.mktemp("big-shop"),
        COMPTOIR_DATABASE_URL=url,
        COMPTOIR_REDIS_URL=f"redis://127.0.0.1:{redis.port}",
        COMPTOIR_BACKENDS="2",
        COMPTOIR_RASAS="2",
    ) as shop:
        yield shop


async def _new_database(url: str) -> None:
    server = await asyncpg.connect(url.replace("+asyncpg", ""))
    await server.execute(f"CREATE DATABASE {DATABASE}")
    await server.close()


@pytest.fixture
async def books(postgres_url: str, big_shop: OpenShop) -> AsyncIterator[Any]:
    url = make_url(postgres_url).set(drivername="postgresql", database=DATABASE)
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    yield connection
    await connection.close()


async def disturb(shop: OpenShop, redis: RedisServer, seed: int) -> None:
    """One after another dies at a random moment; the next one when the last one is back."""
    when = random.Random(seed)
    for victim in ("rasa", "backend", "redis", "rasa2", "backend2"):
        await asyncio.sleep(when.uniform(0.2, 1.5))
        if victim == "redis":
            redis.kill()
            await asyncio.sleep(1)
            redis.start()
        else:
            killed = await asyncio.to_thread(shop.pid, victim)
            kill(killed)
            # Until it is gone the kernel still gives connections to it, and whoever comes next would lose them.
            assert await asyncio.to_thread(
                wait_until, lambda of=victim, old=killed: shop.pid(of) not in (0, old), 60
            )
        if victim.startswith("rasa"):
            assert await asyncio.to_thread(wait_until, lambda of=victim: shop.answers(of), 150)


async def test_purchases_go_through_while_processes_die(
    big_shop: OpenShop, redis: RedisServer, http: aiohttp.ClientSession, books: Any
) -> None:
    async def purchase(path: Path) -> Customer:
        return await play(http, big_shop.url, path)

    disturbance = asyncio.create_task(disturb(big_shop, redis, seed=7))
    names = ("short_purchase.yml", "purchase_by_buttons.yml")
    paths = [HERE / language / name for language in ("en", "fr", "es") for name in names]
    customers = await asyncio.gather(*map(purchase, paths))
    await disturbance
    assert await asyncio.to_thread(wait_until, big_shop.is_ready, 60)
    for customer in customers:
        await everything_was_said_once(books, customer)


async def everything_was_said_once(books: Any, customer: Customer) -> None:
    its = customer.conversation_id
    events = await books.fetch(
        "SELECT seq, sender, key FROM conversation_event WHERE conversation_id = $1 ORDER BY seq", its
    )
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["seq"] for event in customer.seen] == [event["seq"] for event in events]
    turns = await books.fetch("SELECT id, kind, state FROM turn WHERE conversation_id = $1", its)
    assert {turn["state"] for turn in turns} == {"done"}
    answered = {event["key"].split(":")[0] for event in events if event["sender"] == "assistant"}
    assert answered == {turn["id"] for turn in turns}
    remembered = await books.fetch(
        "SELECT position, data::json ->> 'event' AS kind FROM tracker_events WHERE conversation = $1"
        " ORDER BY position",
        its,
    )
    assert [row["position"] for row in remembered] == list(range(len(remembered)))
    assert sum(row["kind"] == "user" for row in remembered) == len(turns)


async def test_what_one_backend_stores_a_reader_of_the_other_sees_at_once(
    big_shop: OpenShop, http: aiohttp.ClientSession
) -> None:
    customer = await Customer.arrive(http, big_shop.url, "en")
    async with aiohttp.ClientSession() as elsewhere:
        readers = [asyncio.create_task(heard_by(elsewhere, big_shop, customer)) for _ in range(12)]
        await asyncio.sleep(0.5)  # on both processes: the kernel spreads connections
        await customer.say("hello")
        await asyncio.gather(*readers)


async def heard_by(http: aiohttp.ClientSession, shop: OpenShop, customer: Customer) -> None:
    path = f"{shop.url}/api/conversations/{customer.conversation_id}/events?wait=25"
    async with http.get(path, headers=customer.headers) as response:
        (event, *_) = (await response.json())["events"]
    assert event["text"] == "hello"


async def test_nothing_is_lost_doubled_or_out_of_order_in_chaos(
    big_shop: OpenShop, postgres_url: str, tmp_path: Path
) -> None:
    url = make_url(postgres_url).set(database=DATABASE).render_as_string(hide_password=False)
    result = await chaos.run_on(big_shop, url, tmp_path, messages=48, customers=6, seed=5, kill_seconds=2)
    assert result.is_clean, chaos.told(result)
    unnoted = 6 * 2 * result.killed["browsers"]  # at most one of each tab, each time that its browser died
    assert 48 <= result.messages <= 48 + unnoted
    assert result.answers == result.messages
    assert result.killed
    assert result.network["posts lost after"] > 5
