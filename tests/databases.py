"""Databases that are filled once, and copied for each test that wants one."""

import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from backend import models
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events

Fill = Callable[[Database], Awaitable[None]]


class Copies:
    """`fill` is called once for each engine: what it takes a second to write is copied in milliseconds."""

    def __init__(self, folder: Path, postgres_url: Callable[[], str]) -> None:
        self._folder = folder
        self._postgres_url = postgres_url
        self._sqlite: dict[Fill, Path] = {}
        self._postgresql: dict[Fill, str] = {}

    @asynccontextmanager
    async def of(
        self, fill: Fill, engine: str, folder: Path, clock: Clock | None = None
    ) -> AsyncIterator[str]:
        """The address of a copy, whose file is in `folder` and which is gone afterwards."""
        if engine == "sqlite":
            shutil.copyfile(await self._filled_file(fill, clock), folder / "comptoir.db")
            yield f"sqlite+aiosqlite:///{folder}/comptoir.db"
        else:
            async with fresh_database(self._postgres_url(), await self._filled_name(fill, clock)) as url:
                yield url

    async def fill(self, fill: Fill, engine: str) -> None:
        """Before several copies are asked for at once."""
        await (self._filled_file if engine == "sqlite" else self._filled_name)(fill, None)

    async def _filled_file(self, fill: Fill, clock: Clock | None) -> Path:
        if fill not in self._sqlite:
            file = self._folder / f"{len(self._sqlite)}.db"
            await self._filled(fill, f"sqlite+aiosqlite:///{file}", clock)
            self._sqlite[fill] = file
        return self._sqlite[fill]

    async def _filled_name(self, fill: Fill, clock: Clock | None) -> str:
        if fill not in self._postgresql:
            name = f"filled_{len(self._postgresql)}"
            async with connected(self._postgres_url()) as server:
                await server.execute(f"CREATE DATABASE {name}")
            await self._filled(fill, address_of(self._postgres_url(), name), clock)
            self._postgresql[fill] = name
        return self._postgresql[fill]

    async def _filled(self, fill: Fill, url: str, clock: Clock | None) -> None:
        environment = {"COMPTOIR_DATA_DIR": str(self._folder), "COMPTOIR_DATABASE_URL": url}
        database = Database(Settings.from_environment(environment), clock or Clock(), Events())
        async with database.engine.begin() as connection:
            await connection.run_sync(models.Base.metadata.create_all)
        await fill(database)
        await database.close()


async def nothing(_: Database) -> None:
    """Tables without rows."""


@asynccontextmanager
async def fresh_database(postgres_url: str, template: str = "template1") -> AsyncIterator[str]:
    """The address of a new database on the server, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    async with connected(postgres_url) as server:
        # Ten megabytes through the log cost seven times as much as copied files; nobody else is in the template.
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield address_of(postgres_url, name)
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def connected(postgres_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    server = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    yield server
    await server.close()


def address_of(postgres_url: str, database: str) -> str:
    return make_url(postgres_url).set(database=database).render_as_string(hide_password=False)
