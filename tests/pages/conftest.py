"""The whole application in process, with a small shop; neither Rasa nor Stripe answers."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from multidict import CIMultiDictProxy
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app import create_app
from backend.cart.models import Cart
from backend.catalogue.models import Category, Price, Product, Variant
from backend.clock import HeldClock
from backend.config import ROOT, Settings
from backend.db import Database
from backend.edge import DATABASE
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from backend.orders import service as orders
from backend.orders.drafts import Draft, DraftLine
from backend.orders.models import Order
from backend.policies.checking import read_directory
from backend.policies.service import keep
from backend.run import free_port
from tests.databases import Copies
from tests.servers import OrderlyServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STRANGE = """---
title: <i>Strange</i>
position: 99
---
## <script>alert('x')</script>

<b onclick="alert('x')">Bold</b> [words](javascript:alert('x')) and [cookies](/policies/cookies#no-cookies).
"""
"""A text that got into the database past the check."""
COLOUR = {
    "code": "colour",
    "name": {"en": "Colour", "fr": "Couleur", "es": "Color"},
    "values": [
        {"code": "red", "name": {"en": "Red", "fr": "Rouge", "es": "Rojo"}},
        {"code": "blue", "name": {"en": "Blue", "fr": "Bleu", "es": "Azul"}},
        {"code": "grey", "name": {"en": "Grey", "fr": "Gris", "es": "Gris"}},
    ],
}


@dataclass(frozen=True)
class Page:
    status: int
    headers: CIMultiDictProxy[str]
    source: str

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.source)).split())


Read = Callable[..., Awaitable[Page]]
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOON)


@pytest.fixture
async def app(copies: Copies, tmp_path: Path, clock: HeldClock) -> AsyncIterator[web.Application]:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "mug.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    settings = Settings.from_environment(
        {
            "COMPTOIR_DATA_DIR": str(tmp_path),
            "COMPTOIR_PUBLIC_URL": "https://shop.example",
            "COMPTOIR_ALLOWED_ORIGINS": "https://friend.example",
            "COMPTOIR_PICTURES_DIR": str(tmp_path / "pictures"),
            "COMPTOIR_RASA_URL": f"http://127.0.0.1:{free_port()}",
            "COMPTOIR_SANDBOX_URL": f"http://127.0.0.1:{free_port()}",
        }
    )
    async with copies.of(_filled, "sqlite", tmp_path, clock):
        yield create_app(settings, clock)


async def _filled(database: Database) -> None:
    sources, _ = read_directory(ROOT / "demo" / "policies")
    async with database.transaction() as session:
        await _fill(session)
        await keep(session, sources | {("strange", "en"): STRANGE})


@pytest.fixture
def database(app: web.Application) -> Database:
    return app[DATABASE]


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[Client]:
    async with TestClient(OrderlyServer(app)) as client:
        yield client


@pytest.fixture
def read(client: Client) -> Read:
    async def read(path: str, accept: str = "en", **headers: str) -> Page:
        asked = {"Accept-Language": accept, **headers}
        async with client.get(path, headers=asked, allow_redirects=False) as answer:
            return Page(answer.status, answer.headers, await answer.text())

    return read


@pytest.fixture
def place(database: Database) -> Callable[..., Awaitable[Order]]:
    """An order of two red mugs that waits until one o'clock, or whatever else is said of it."""

    async def place(**changes: Any) -> Order:
        async with database.transaction() as session:
            variant = (await session.scalars(select(Variant).filter_by(sku="MUG-RED"))).one()
            cart = Cart(conversation_id="a-conversation", currency="EUR")
            session.add(cart)
            await session.flush()
            draft = Draft(
                conversation_id="a-conversation",
                cart_id=cart.id,
                cart_version=1,
                language="fr",
                currency="EUR",
                email="camille@example.com",
                address={},
                delivery_method="standard",
                delivery=490,
                lines=(DraftLine(variant.id, "MUG-RED", "Tasse, Rouge", 1290, 2),),
                pay_by=NOON + timedelta(hours=1),
            )
            order = await orders.place_order(session, draft)
            for name, value in changes.items():
                setattr(order, name, value)
            return order

    return place


async def _fill(session: AsyncSession) -> None:
    table = Category(code="table", name={"en": "Table", "fr": "Table à manger", "es": "Mesa"}, position=1)
    home = Category(code="home", name={"en": "Home", "fr": "Maison", "es": "Hogar"}, position=2)
    lyon = Source(code="lyon", kind="warehouse", name="Lyon", city="Lyon", priority=1)
    paris = Source(code="paris", kind="store", name="Comptoir Paris", city="Paris", priority=2)
    session.add_all([table, home, lyon, paris])
    await session.flush()
    mug = _product("mug", table.id, {"en": "Mug", "fr": "Tasse", "es": "Taza"}, [COLOUR])
    mug.pictures = [{"file": "mug.svg", "alt": {"en": "A mug", "fr": "Une tasse", "es": "Una taza"}}]
    lamp = _product("lamp", home.id, {"en": "Lamp", "fr": "Lampe", "es": "Lámpara"}, [])
    trick = _product("trick", home.id, {"en": "<script>alert('x')</script>"}, [])
    session.add_all([mug, lamp, trick])
    await session.flush()
    for position, (product, sku, options, in_lyon, in_paris) in enumerate(
        (
            (mug, "MUG-GREY", {"colour": "grey"}, 0, 0),
            (mug, "MUG-RED", {"colour": "red"}, 20, 3),
            (mug, "MUG-BLUE", {"colour": "blue"}, 0, 2),
            (lamp, "LAMP", {}, 0, 0),
            (trick, "TRICK", {}, 4, 0),
        )
    ):
        variant = Variant(sku=sku, product_id=product.id, options=options, position=position)
        session.add(variant)
        await session.flush()
        session.add_all(
            [Price(variant_id=variant.id, currency=currency, amount=1290) for currency in ("EUR", "USD")]
        )
        counts = [Count(variant.id, lyon.id, in_lyon), Count(variant.id, paris.id, in_paris)]
        await count(session, counts)


def _product(handle: str, category: str, name: dict[str, str], options: list[Any]) -> Product:
    return Product(
        handle=handle,
        category_id=category,
        name=name,
        description=name,
        keywords={},
        options=options,
        attributes=[],
        pictures=[],
    )
