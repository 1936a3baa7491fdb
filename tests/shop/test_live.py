"""What is seen of a conversation beside its log: typing, what was read, the cart."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import update

from backend.conversations import routes
from backend.conversations.log import append, locked
from backend.conversations.models import Conversation
from tests.shop.conftest import Customer, Shop, until

Told = list[tuple[str, Any]]


@asynccontextmanager
async def reading(customer: Customer, after: int = 0) -> AsyncIterator[Told]:
    """What a stream tells, as it grows."""
    told: Told = []
    url = f"{customer.url}/api/conversations/{customer.id}/events?after={after}"
    headers = {"Authorization": f"Bearer {customer.token}", "Accept": "text/event-stream"}

    async def read() -> None:
        async with customer.http.get(url, headers=headers) as response:
            kind = ""
            async for raw in response.content:
                name, _, value = raw.decode().strip().partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    told.append((kind, json.loads(value)))

    task = asyncio.create_task(read())
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.wait([task])


def last(told: Told, kind: str) -> Any:
    return next((data for name, data in reversed(told) if name == kind), None)


async def test_the_cart_is_told_at_once_to_every_reader(shop: Shop) -> None:
    customer = await shop.visit()
    async with reading(customer) as one, reading(customer) as other:

        async def is_told(quantity: int) -> bool:
            return all((last(told, "cart") or {}).get("quantity") == quantity for told in (one, other))

        await until(lambda: is_told(0))
        await customer.add("MUG-BLUE", 2)
        await until(lambda: is_told(2))
        await customer.add("LAMP", 1)
        await until(lambda: is_told(3))
        await customer.call("DELETE", "/api/cart")
        await until(lambda: is_told(0))


@pytest.mark.parametrize("comes_late", [False, True])
async def test_a_message_is_seen_to_be_read_before_it_is_answered(shop: Shop, comes_late: bool) -> None:
    customer = await shop.visit()

    async def is_answered() -> bool:
        return ("message", 2) in [(kind, data.get("seq")) for kind, data in told]

    async def is_silent() -> bool:
        return last(told, "typing") == {"is_typing": False}

    if comes_late:
        await customer.say("bonjour")
        await customer.events(after=1, wait=20)
    async with reading(customer) as told:
        if not comes_late:
            await customer.say("bonjour")
        await until(is_answered)
        await until(is_silent)
    seen = [(kind, data.get("seq", data.get("is_typing"))) for kind, data in told]
    assert seen.index(("read", 1)) < seen.index(("message", 2))


async def test_a_poll_tells_the_same(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE", 2)
    path = f"/api/conversations/{customer.id}/events"
    _, now = await customer.call("GET", path)
    assert (now["cart"]["quantity"], now["read"], now["is_typing"]) == (2, 0, False)
    waiting = asyncio.create_task(customer.call("GET", f"{path}?wait=20&live=true"))
    await asyncio.sleep(0.1)
    await customer.add("LAMP", 1)
    _, changed = await waiting
    assert (changed["events"], changed["cart"]["quantity"]) == ([], 3)


async def test_what_another_process_wrote_is_noticed(shop: Shop) -> None:
    customer = await shop.visit()
    async with reading(customer) as told:
        await until(lambda: asyncio.sleep(0, last(told, "cart")))
        async with shop.database.transaction() as session:
            session.info["wakeups"] = type(session.info["wakeups"])()  # its hints reach nobody here
            await append(session, await locked(session, customer.id), "system", {"text": "coucou"})
        await until(lambda: asyncio.sleep(0, last(told, "message")))
        async with shop.database.transaction() as session:
            await session.execute(update(Conversation).values(read_seq=1))
        await until(lambda: asyncio.sleep(0, (last(told, "read") or {}).get("seq") == 1))


async def test_a_reader_who_takes_nothing_is_let_go_and_comes_back_by_its_cursor(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "STALLED_SECONDS", 0.5)
    customer = await shop.visit()
    host, port = shop.settings.public_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    path = f"/api/conversations/{customer.id}/events"
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n"
        f"Authorization: Bearer {customer.token}\r\n\r\n"
    )
    writer.write(request.encode())
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    async with shop.database.transaction() as session:
        conversation = await locked(session, customer.id)
        for _ in range(40):
            await append(session, conversation, "system", {"text": "x" * 500_000})

    async def is_let_go() -> bool:
        return not shop.app[routes.LIMITS].open_streams

    await until(is_let_go)
    writer.transport.abort()
    assert [event["seq"] for event in await customer.events(after=38)] == [39, 40]
