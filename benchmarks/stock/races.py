"""Who gets the last unit: `python -m benchmarks.stock.races` (from the root).

In each round 64 customers order the same thing, of which there is one, all at once: by the service that places
orders, in one process on SQLite and in three on PostgreSQL; then through the website's door, over HTTP, with one
backend and with three. Prints JSON lines. Exits with 1 unless every round has exactly one order, no hold is without
one, and nothing is left to reconcile.
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, TCPConnector
from sqlalchemy import func, select

from backend.cart.models import Cart
from backend.catalogue.models import Variant
from backend.db import Database, now
from backend.inventory.models import Reservation, StockItem
from backend.inventory.service import InsufficientStock
from backend.orders.drafts import Draft, DraftLine
from backend.orders.models import Order, OrderLine
from backend.orders.reconciling import differences
from backend.orders.service import place_order
from backend.run import free_port
from benchmarks.stock.shelves import environment_of, fill, opened

ADDRESS = "Camille Durand, 12 rue des Lilas, 75011 Paris, France, camille@example.com"
ADDRESS_PARTS = {"name": "Camille Durand", "country": "FR"}
READY_WITHIN_SECONDS = 60
PROCESSES = {"sqlite": 1, "postgresql": 3}


def last_units(rounds: int) -> list[str]:
    return [f"LAST-{number}" for number in range(rounds)]


async def through_the_service(engine: str, rivals: int, rounds: int) -> dict[str, Any]:
    with environment_of(engine) as environment:
        await fill(environment, last_units(rounds), 1)
        started = time.perf_counter()
        shares = split(rivals, PROCESSES[engine])
        processes = [await crowd(environment, share) for share in shares]
        placed = 0
        for sku in last_units(rounds):
            placed += sum(await asyncio.gather(*(fight(process, sku) for process in processes)))
        for process in processes:
            await process.communicate(b"")  # it ends with what it reads
        return await told(environment, engine, "service", rivals, rounds, placed, started)


async def crowd(environment: dict[str, str], rivals: int) -> asyncio.subprocess.Process:
    """A process with so many of the rivals; it is told what to order, and says how many orders it got."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "benchmarks.stock.races", "--crowd", str(rivals)),
        env={**os.environ, **environment},
        stdin=pipe,
        stdout=pipe,
    )


async def fight(process: asyncio.subprocess.Process, sku: str) -> int:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{sku}\n".encode())
    await process.stdin.drain()
    return int(await process.stdout.readline())


async def be_a_crowd(rivals: int) -> None:
    async with opened(
        {name: text for name, text in os.environ.items() if name.startswith("COMPTOIR_")}
    ) as database:
        while sku := (await asyncio.to_thread(sys.stdin.readline)).strip():
            async with database.reading() as session:
                variant_id = await session.scalar(select(Variant.id).filter_by(sku=sku))
            assert variant_id
            got = await asyncio.gather(*(order(database, sku, variant_id) for _ in range(rivals)))
            print(sum(got), flush=True)


async def order(database: Database, sku: str, variant_id: str) -> bool:
    conversation = secrets.token_hex(18)
    try:
        async with database.transaction() as session:
            cart = Cart(conversation_id=conversation, currency="EUR")
            session.add(cart)
            await session.flush()
            await place_order(session, draft(conversation, cart.id, sku, variant_id, now(session)))
    except InsufficientStock:
        return False
    return True


def draft(conversation: str, cart: str, sku: str, variant_id: str, at: Any) -> Draft:
    return Draft(
        conversation_id=conversation,
        cart_id=cart,
        cart_version=1,
        language="fr",
        currency="EUR",
        email="camille@example.com",
        address=ADDRESS_PARTS,
        delivery_method="standard",
        delivery=490,
        lines=(DraftLine(variant_id, sku, "Tasse", 1290, 1),),
        pay_by=at + timedelta(minutes=30),
    )


async def through_the_door(engine: str, rivals: int, rounds: int) -> dict[str, Any]:
    with environment_of(engine) as environment:
        await fill(environment, last_units(rounds), 1)
        async with (
            backends(environment, PROCESSES[engine]) as urls,
            ClientSession(connector=TCPConnector(limit=0)) as http,
        ):
            started = time.perf_counter()
            placed = 0
            for sku in last_units(rounds):
                placed += await race(http, urls, sku, rivals)
        return await told(environment, engine, "HTTP", rivals, rounds, placed, started)


@asynccontextmanager
async def backends(environment: dict[str, str], count: int) -> AsyncIterator[list[str]]:
    ports = [free_port() for _ in range(count)]
    quiet = asyncio.subprocess.DEVNULL
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "backend", "serve"),
            env={
                **os.environ,
                **environment,
                "COMPTOIR_PORT": str(port),
                "COMPTOIR_SECRET": "of the benchmark",
            },
            stdout=quiet,
            stderr=quiet,
        )
        for port in ports
    ]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        async with ClientSession() as http:
            await asyncio.gather(*(answers(http, url) for url in urls))
        yield urls
    finally:
        for process in processes:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))


async def answers(http: ClientSession, url: str) -> None:
    async with asyncio.timeout(READY_WITHIN_SECONDS):
        while True:
            with suppress(ClientError):
                async with http.get(f"{url}/api/openapi.json"):
                    return
            await asyncio.sleep(0.2)


async def race(http: ClientSession, urls: list[str], sku: str, rivals: int) -> int:
    """All have the unit in the cart and everything told, before anybody says yes."""
    ready = await asyncio.gather(*(prepare(http, urls[n % len(urls)], sku) for n in range(rivals)))
    answered = await asyncio.gather(*(confirm(http, *customer) for customer in ready))
    assert set(answered) <= {201, 409}, answered
    return answered.count(201)


async def prepare(http: ClientSession, url: str, sku: str) -> tuple[str, dict[str, str], int]:
    async with http.post(f"{url}/api/conversations", json={"language": "fr"}) as response:
        token = (await response.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    steps = (
        ("POST", "/api/cart/lines", {"sku": sku, "quantity": 1}),
        ("POST", "/api/checkout/tell", {"text": ADDRESS}),
        ("PUT", "/api/checkout/delivery", {"delivery_method": "standard"}),
    )
    checkout: Any = None
    for method, path, body in steps:
        async with http.request(method, url + path, json=body, headers=headers | own_key()) as response:
            assert response.status < 300, await response.text()
            checkout = await response.json()
    return url, headers, checkout["total"]["amount"]


async def confirm(http: ClientSession, url: str, headers: dict[str, str], total: int) -> int:
    body = {"total": total}
    async with http.post(f"{url}/api/orders", json=body, headers=headers | own_key()) as response:
        return response.status


def own_key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(8)}


async def told(
    environment: dict[str, str], engine: str, door: str, rivals: int, rounds: int, placed: int, started: float
) -> dict[str, Any]:
    """What the customers were told, beside what the books say."""
    seconds = time.perf_counter() - started
    async with opened(environment) as database, database.snapshot() as session:
        per_sku = (
            await session.execute(select(func.count()).select_from(OrderLine).group_by(OrderLine.sku))
        ).all()
        orders = await session.scalar(select(func.count()).select_from(Order))
        holds = await session.scalar(select(func.count()).select_from(Reservation))
        reserved = await session.scalar(select(func.sum(StockItem.reserved)))
        found = [difference async for difference in differences(session)]
    exactly_one = len(per_sku) == rounds and all(count == 1 for (count,) in per_sku)
    return {
        "engine": engine,
        "through": door,
        "processes": PROCESSES[engine],
        "rivals": rivals,
        "rounds": rounds,
        "orders": orders,
        "orphaned holds": (holds or 0) - rounds,
        "differences": len(found),
        "seconds": round(seconds, 1),
        "clean": exactly_one and (placed, orders, holds, reserved) == (rounds,) * 4 and not found,
    }


def split(rivals: int, processes: int) -> list[int]:
    return [rivals // processes + (number < rivals % processes) for number in range(processes)]


async def run(rivals: int, rounds: int, rounds_through_the_door: int) -> bool:
    is_clean = True
    for engine in PROCESSES:
        for race_, times in ((through_the_service, rounds), (through_the_door, rounds_through_the_door)):
            result = await race_(engine, rivals, times)
            print(json.dumps(result), flush=True)
            is_clean = is_clean and result["clean"]
    return is_clean


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rivals", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--door-rounds", type=int, default=20, help="of those over HTTP")
    parser.add_argument("--crowd", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crowd:
        asyncio.run(be_a_crowd(options.crowd))
    elif not asyncio.run(run(options.rivals, options.rounds, options.door_rounds)):
        sys.exit(1)


if __name__ == "__main__":
    main()
