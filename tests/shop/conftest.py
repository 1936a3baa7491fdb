"""A whole shop in one process: the real backend and the real sandbox, talking over loopback."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from sqlalchemy import func, select

import sandbox.app
import sandbox.settings
from backend.app import create_app
from backend.catalogue.models import Price, Product, Variant
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.edge import DATABASE
from backend.inventory.counting import Count, count
from backend.inventory.models import Source, StockItem
from backend.jobs import Job
from backend.orders import reconciling
from tests.databases import Copies
from tests.servers import OrderlyServer, open_door, url_of

IDENTITY_SECRET = "shared with the website of the test"
EASYPOST_SECRET, AFTERSHIP_SECRET = "sécret d'EasyPost", "secret of AfterShip"
ADDRESS = "Camille Durand, 12 rue des Lilas, 75011 Paris, camille@example.com"


class MovableClock(Clock):
    """The real time, moved on as far as the test says."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def advance(self, by: timedelta) -> None:
        self.moved += by

    def advance_to(self, hour: int) -> None:
        """Of today, in UTC, or else of tomorrow."""
        now = self.now()
        at = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        self.moved += at - now + timedelta(days=1 if at <= now else 0)


class Assistant:
    """Stands where Rasa stands: answers turns over the same private door, as the test says."""

    def __init__(self) -> None:
        self.turns: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = [{"text": "Certainly."}]
        self.readings: list[dict[str, Any]] = []
        self.status = 200
        self.forgotten: list[str] = []

    async def turn(self, request: web.Request) -> web.Response:
        turn = await request.json()
        self.turns.append(turn)
        answered = {"turn": turn["turn"], "answers": self.answers, "readings": self.readings}
        return web.json_response(answered, status=self.status)

    async def forget(self, request: web.Request) -> web.Response:
        self.forgotten.append((await request.json())["conversation"])
        return web.json_response({}, status=self.status)


@dataclass
class Customer:
    """Somebody with a conversation of their own, at the website's door."""

    http: ClientSession
    url: str
    id: str
    token: str

    async def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        """Under a key of its own where none is given."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept-Language": "fr",
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        async with self.http.request(method, self.url + path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def add(self, sku: str, quantity: int = 1) -> tuple[int, Any]:
        return await self.call("POST", "/api/cart/lines", {"sku": sku, "quantity": quantity})

    async def order(self, sku: str, quantity: int = 1) -> tuple[int, Any]:
        """From the empty cart to the payment link, by standard delivery."""
        await self.add(sku, quantity)
        await self.call("POST", "/api/checkout/tell", {"text": ADDRESS})
        _, checkout = await self.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
        return await self.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})

    async def open_payment(self, order: Any) -> str:
        """The address of the hosted page that the link leads to."""
        async with self.http.get(order["payment_url"], allow_redirects=False) as response:
            return response.headers["Location"]

    async def pay(self, order: Any, card: str = "4242424242424242") -> None:
        page = await self.open_payment(order)
        form = {"card_number": card, "exp": "12/34", "cvc": "123"}
        async with self.http.post(page, data=form, allow_redirects=False) as response:
            assert response.status < 500

    async def current(self, order: Any) -> Any:
        _, found = await self.call("GET", f"/api/order?number={order['number']}")
        return found

    async def say(self, text: str, id: str | None = None) -> tuple[int, Any]:
        body = {"id": id or str(uuid.uuid4()), "text": text}
        return await self.call("POST", f"/api/conversations/{self.id}/messages", body)

    async def events(self, after: int = 0, wait: int = 0) -> list[Any]:
        _, read = await self.call("GET", f"/api/conversations/{self.id}/events?after={after}&wait={wait}")
        return read["events"]  # type: ignore[no-any-return]


@dataclass
class Shop:
    app: web.Application
    settings: Settings
    http: ClientSession
    clock: MovableClock
    assistant: Assistant

    @property
    def database(self) -> Database:
        return self.app[DATABASE]

    async def visit(self, language: str = "fr") -> Customer:
        url = self.settings.public_url
        async with self.http.post(f"{url}/api/conversations", json={"language": language}) as response:
            started = await response.json()
        return Customer(self.http, url, started["id"], started["token"])

    async def stock(self, sku: str) -> tuple[int, int]:
        """On hand and reserved, over all sources."""
        async with self.database.reading() as session:
            counted = await session.execute(
                select(func.sum(StockItem.on_hand), func.sum(StockItem.reserved))
                .join(Variant, Variant.id == StockItem.variant_id)
                .where(Variant.sku == sku)
            )
            on_hand, reserved = counted.one()
            return int(on_hand), int(reserved)

    async def trouble(self, **faults: Any) -> None:
        """What the sandbox shall do wrong from now on."""
        async with self.http.post(f"{self.settings.stripe_api_base}/sandbox/faults", json=faults) as response:
            assert response.status == 200

    async def is_at_rest(self) -> bool:
        """Stripe has said everything, as often as it does, and what it all means is done."""
        url = f"{self.settings.stripe_api_base}/v1/events?delivery_success=false"
        headers = {"Authorization": f"Bearer {self.settings.stripe_api_key}"}
        async with self.http.get(url, headers=headers) as response:
            if (await response.json())["data"]:
                return False
        async with self.database.reading() as session:
            is_due = (Job.run_at <= self.clock.now()) | (Job.attempts > 0)
            return not await session.scalar(select(Job.id).where(Job.is_done.is_(False), is_due).limit(1))

    async def differences(self) -> list[str]:
        async with self.database.snapshot() as session:
            return [difference async for difference in reconciling.differences(session)]


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """What `holds` returns once it is true; what it is about happens in the background."""
    async with asyncio.timeout(seconds):
        while not (result := await holds()):  # noqa: ASYNC110 - it asks over HTTP
            await asyncio.sleep(0.02)
        return result


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, copies: Copies, tmp_path: Path) -> AsyncIterator[str]:
    """Of a database with what the shop sells, on each engine in turn."""
    async with copies.of(filled, request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def shop(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, database_url) as shop:
        yield shop
    # What outlives the database it works on waits for ever.
    assert asyncio.all_tasks() == {asyncio.current_task()}


@contextlib.asynccontextmanager
async def opened(folder: Path, database_url: str, **environment: str) -> AsyncIterator[Shop]:
    clock, assistant = MovableClock(), Assistant()
    backend_door, sandbox_door, rasa_door = open_door(), open_door(), open_door()
    settings = Settings.from_environment(
        {
            "COMPTOIR_DATA_DIR": str(folder),
            "COMPTOIR_DOWNLOADS_DIR": str(folder / "downloads"),
            "COMPTOIR_DATABASE_URL": database_url,
            "COMPTOIR_PORT": str(backend_door.getsockname()[1]),
            "COMPTOIR_SECRET": "a secret of the test",
            "COMPTOIR_RASA_URL": url_of(rasa_door),
            "COMPTOIR_SANDBOX_URL": url_of(sandbox_door),
            "STRIPE_WEBHOOK_SECRETS": "whsec_of_the_test",
            "COMPTOIR_CARRIER_SECRET": "carrier secret of the test",
            "COMPTOIR_IDENTITY_SECRET": IDENTITY_SECRET,
            "COMPTOIR_EASYPOST_WEBHOOK_SECRET": EASYPOST_SECRET,
            "COMPTOIR_AFTERSHIP_WEBHOOK_SECRET": AFTERSHIP_SECRET,
        }
        | environment
    )
    sandbox_settings = sandbox.settings.Settings(
        stripe_webhook_secrets=settings.stripe_webhook_secrets,
        carrier_secret=settings.carrier_secret,
        data_dir=folder,
        public_url=settings.public_url,
        base_url=settings.stripe_api_base,
        carrier_step_seconds=3600,
    )
    rasa = web.Application()
    rasa.router.add_post("/turn", assistant.turn)
    rasa.router.add_post("/forget", assistant.forget)
    app = create_app(settings, clock)
    async with contextlib.AsyncExitStack() as stack:
        for served, door in (
            (rasa, rasa_door),
            (app, backend_door),
            (sandbox.app.create_app(sandbox_settings, lambda: clock.now().timestamp()), sandbox_door),
        ):
            server = OrderlyServer(served, door)
            await server.start_server()
            stack.push_async_callback(server.close)
        http = await stack.enter_async_context(ClientSession())
        yield Shop(app, settings, http, clock, assistant)


async def filled(database: Database) -> None:
    """Two mugs and a lamp, the red mug being the last one."""
    async with database.transaction() as session:
        lyon = Source(code="lyon", kind="warehouse", name="Lyon", city="Lyon", country="FR", priority=1)
        paris = Source(code="paris", kind="store", name="Paris", city="Paris", country="FR", priority=2)
        session.add_all([lyon, paris])
        colours = [
            {"code": "blue", "name": {"en": "Blue", "fr": "Bleu", "es": "Azul"}},
            {"code": "red", "name": {"en": "Red", "fr": "Rouge", "es": "Rojo"}},
        ]
        colour = {
            "code": "colour",
            "name": {"en": "Colour", "fr": "Couleur", "es": "Color"},
            "values": colours,
        }
        mug = _product("mug", {"en": "Mug", "fr": "Tasse", "es": "Taza"}, [colour])
        lamp = _product("lamp", {"en": "Table lamp", "fr": "Lampe de table", "es": "Lámpara de mesa"}, [])
        session.add_all([mug, lamp])
        await session.flush()
        for product, sku, options, amount, in_lyon, in_paris in (
            (mug, "MUG-BLUE", {"colour": "blue"}, 1290, 5, 3),
            (mug, "MUG-RED", {"colour": "red"}, 1290, 1, 0),
            (lamp, "LAMP", {}, 5900, 40, 0),
        ):
            variant = Variant(sku=sku, product_id=product.id, options=options)
            session.add(variant)
            await session.flush()
            session.add(Price(variant_id=variant.id, currency="EUR", amount=amount))
            counts = [Count(variant.id, lyon.id, in_lyon), Count(variant.id, paris.id, in_paris)]
            await count(session, counts)


def _product(handle: str, name: dict[str, str], options: list[Any]) -> Product:
    return Product(
        handle=handle, name=name, description=name, keywords={}, options=options, attributes=[], pictures=[]
    )


def touched(signed: str) -> str:
    """With another sign near its end; the very last ones may say the same in another way."""
    at = len(signed) - 6
    return f"{signed[:at]}{'y' if signed[at] == 'x' else 'x'}{signed[at + 1 :]}"
