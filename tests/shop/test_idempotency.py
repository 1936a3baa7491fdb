"""A write that is sent again under its key is done once, and answered as it was."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from aiohttp import web
from sqlalchemy import func, select

from backend import idempotency
from backend.edge import DATABASE, TOKENS, Call, Operations, refusals
from backend.idempotency import BUSY, RememberedAnswer
from backend.payments.gateway import PaymentsUnavailable
from tests.servers import OrderlyServer
from tests.shop.conftest import Customer, Shop

LAMP = {"sku": "LAMP", "quantity": 1}


async def sent(customer: Customer, body: Any, **headers: str) -> tuple[int, bytes, Any]:
    """Status, body and headers of an answer to a line for the cart."""
    headers = {"Authorization": f"Bearer {customer.token}"} | headers
    async with customer.http.post(f"{customer.url}/api/cart/lines", json=body, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_what_is_sent_again_gets_the_same_bytes_and_changes_nothing(shop: Shop) -> None:
    customer = await shop.visit()
    first = await sent(customer, LAMP, **{"Idempotency-Key": "turn-1:add:1"})
    again = await sent(customer, LAMP, **{"Idempotency-Key": "turn-1:add:1"})
    assert first[0] == 201
    assert again[:2] == first[:2]
    assert ("Idempotent-Replayed" in first[2], again[2]["Idempotent-Replayed"]) == (False, "true")
    assert (await customer.call("GET", "/api/cart"))[1]["count"] == 1


async def test_a_refusal_is_the_answer_for_good(shop: Shop) -> None:
    customer, other = await shop.visit(), await shop.visit()
    await other.order("MUG-RED")
    first = await customer.call("POST", "/api/cart/lines", {"sku": "MUG-RED", "quantity": 1}, key="k")
    await other.add("LAMP")  # the order is canceled, the mug is free again
    again = await customer.call("POST", "/api/cart/lines", {"sku": "MUG-RED", "quantity": 1}, key="k")
    anew = await customer.call("POST", "/api/cart/lines", {"sku": "MUG-RED", "quantity": 1}, key="k2")
    assert (first[0], first[1]["error"]) == (409, "insufficient_stock")
    assert again == first
    assert anew[0] == 201


async def test_a_key_that_was_used_for_something_else_is_refused(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.call("POST", "/api/cart/lines", LAMP, key="k")
    for method, path, body in (
        ("POST", "/api/cart/lines", {"sku": "LAMP", "quantity": 2}),
        ("PUT", "/api/cart/lines/LAMP", {"quantity": 2}),
    ):
        status, refusal = await customer.call(method, path, body, key="k")
        assert (status, refusal["error"]) == (409, "idempotency_mismatch")


async def test_a_key_is_its_conversations_own(shop: Shop) -> None:
    first, second = await shop.visit(), await shop.visit()
    await first.call("POST", "/api/cart/lines", LAMP, key="k")
    status, cart = await second.call("POST", "/api/cart/lines", LAMP | {"quantity": 3}, key="k")
    assert (status, cart["count"]) == (201, 3)


async def test_what_would_be_done_twice_needs_a_key(shop: Shop) -> None:
    customer = await shop.visit()
    status, body, _ = await sent(customer, LAMP)
    assert (status, msgspec.json.decode(body)["error"]) == (400, "idempotency_key_missing")
    assert (await customer.call("GET", "/api/cart"))[1]["count"] == 0


async def test_a_key_has_at_most_255_characters(shop: Shop) -> None:
    customer = await shop.visit()
    assert (await sent(customer, LAMP, **{"Idempotency-Key": "k" * 255}))[0] == 201
    assert (await sent(customer, LAMP, **{"Idempotency-Key": "k" * 256}))[0] == 422


async def test_of_many_at_once_one_does_it_and_the_others_hear_that_it_is_being_done(shop: Shop) -> None:
    customer = await shop.visit()
    answers = await asyncio.gather(
        *(customer.call("POST", "/api/cart/lines", LAMP, key="k") for _ in range(100))
    )
    assert {(status, told.get("error")) for status, told in answers} == {
        (201, None),
        (409, "idempotency_in_flight"),
    }
    status, cart = await customer.call("POST", "/api/cart/lines", LAMP, key="k")
    assert (status, cart["count"]) == (201, 1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_another_process_at_work_on_a_key_is_noticed(shop: Shop) -> None:
    customer = await shop.visit()
    server = await asyncpg.connect(shop.settings.database_url.replace("+asyncpg", ""))
    lock = f"pg_advisory_lock(hashtextextended('{customer.id} k', 0))"
    await server.execute(f"SELECT {lock}")
    status, body, headers = await sent(customer, LAMP, **{"Idempotency-Key": "k"})
    assert (status, msgspec.json.decode(body)["error"]) == (409, "idempotency_in_flight")
    assert headers["Retry-After"] == "1"
    await server.close()
    assert (await sent(customer, LAMP, **{"Idempotency-Key": "k"}))[0] == 201


async def test_a_key_is_good_for_a_day(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.call("POST", "/api/cart/lines", LAMP, key="k")
    shop.clock.advance(timedelta(hours=23))
    _, within = await customer.call("POST", "/api/cart/lines", LAMP, key="k")
    shop.clock.advance(timedelta(hours=2))
    _, after = await customer.call("POST", "/api/cart/lines", LAMP, key="k")
    assert (within["count"], after["count"]) == (1, 2)


async def test_what_was_answered_long_ago_is_forgotten(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.call("POST", "/api/cart/lines", LAMP, key="k")
    shop.clock.advance(timedelta(hours=25))
    await idempotency.forget(shop.database)
    async with shop.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(RememberedAnswer)) == 0


class Trouble(Exception):
    """Nobody foresaw it."""


@pytest.mark.parametrize("trouble", [PaymentsUnavailable, Trouble, asyncio.CancelledError])
async def test_what_failed_on_our_side_is_tried_again(shop: Shop, trouble: type[BaseException]) -> None:
    failures = [trouble()]
    operations = Operations("trials")

    @operations.post("/api/trials", answer=dict[str, int])
    async def fail_once(_: Call) -> dict[str, int]:
        for failure in failures:
            failures.clear()
            raise failure
        return {"done": 1}

    app = web.Application(middlewares=[refusals])
    app[DATABASE], app[TOKENS], app[BUSY] = shop.database, shop.app[TOKENS], set()
    operations.add_to(app)
    customer = await shop.visit()
    async with OrderlyServer(app) as server:
        there = Customer(shop.http, str(server.make_url("")).rstrip("/"), customer.id, customer.token)
        await asyncio.gather(there.call("POST", "/api/trials", key="k"), return_exceptions=True)
        assert await there.call("POST", "/api/trials", key="k") == (200, {"done": 1})
