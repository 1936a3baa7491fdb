"""The shop, open on loopback over a copy of what was loaded, with the sandbox that charged its cards."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientSession
from sqlalchemy import func, select

import sandbox.app
import sandbox.settings
from backend import migrations
from backend.app import create_app
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.edge import DATABASE
from backend.events import Events
from backend.jobs import Job
from backend.payments.gateway import StripeGateway
from backend.shop import Shop
from benchmarks.retail.data import Record
from benchmarks.retail.loading import load
from tests.servers import OrderlyServer, open_door, url_of

HERE = Path(__file__).parent
SECRET = "of the retail benchmark"
QUIET_SECONDS = 60


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Settings, ClientSession, Database]]:
    doors = open_door(), open_door()
    async with contextlib.AsyncExitStack() as stack:
        settings = _settings(folder, *map(url_of, doors))
        stripe = sandbox.settings.Settings(
            settings.stripe_webhook_secrets,
            settings.carrier_secret,
            folder,
            public_url=settings.public_url,
            carrier_step_seconds=10**6,
        )
        app = create_app(settings)
        for served, door in ((sandbox.app.create_app(stripe), doors[1]), (app, doors[0])):
            server = OrderlyServer(served, door)
            await server.start_server()
            stack.push_async_callback(server.close)
        http = await stack.enter_async_context(ClientSession())
        yield settings, http, app[DATABASE]


async def filled(folder: Path, db: Record) -> None:
    """Loads it, and lets the jobs of that come to their end."""
    door = open_door()
    settings = _settings(folder, "http://127.0.0.1:1", url_of(door))
    await migrations.upgrade(settings)
    stripe = sandbox.settings.Settings(settings.stripe_webhook_secrets, settings.carrier_secret, folder)
    server = OrderlyServer(sandbox.app.create_app(stripe), door)
    await server.start_server()
    database = Database(settings, Clock(), Events())
    database.info["shop"] = Shop.load(settings.shop_file)
    gateway = StripeGateway(settings)
    await load(database, gateway, settings.secret, folder / "files", db)
    await gateway.close()
    await database.close()
    await server.close()
    async with opened(folder) as (_, _, at_work):
        await quiet(at_work)


async def quiet(database: Database) -> None:
    """Until no job is left to do."""
    left = select(func.count()).select_from(Job).filter_by(is_done=False)
    async with asyncio.timeout(QUIET_SECONDS):
        while True:
            async with database.reading() as session:
                if not await session.scalar(left):
                    return
            await asyncio.sleep(0.05)


def copied(loaded: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(loaded, folder)
    return folder


def _settings(folder: Path, url: str, sandbox_url: str) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    return Settings.from_environment(
        {
            "COMPTOIR_DATA_DIR": str(folder),
            "COMPTOIR_PORT": url.rpartition(":")[2],
            "COMPTOIR_SECRET": SECRET,
            "COMPTOIR_SANDBOX_URL": sandbox_url,
            "COMPTOIR_SHOP_FILE": str(HERE / "shop.yml"),
            "STRIPE_WEBHOOK_SECRETS": "whsec_of_the_benchmark",
            "COMPTOIR_CARRIER_SECRET": SECRET,
        }
    )
