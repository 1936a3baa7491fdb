"""OpenSearch as the shop has it: elsewhere, shared by several processes, and sometimes away."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from backend.app import create_app
from backend.catalogue.index import Document, SearchIndex, SearchQuery, SearchUnavailable, Term, Version, Way
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.opensearch import OpenSearchIndex
from backend.config import InvalidSetting, Settings
from backend.db import Database
from backend.edge import DATABASE
from tests.catalogue.opensearch_double import Server, opensearch
from tests.catalogue.test_following import (
    QUASAR,
    caught_up,
    databases,
    found,
    imported,
    operator,
    product,
    shop,
)
from tests.servers import OrderlyServer, open_door, url_of

__all__ = ["databases", "operator", "shop"]

MUG = Document("mug", {"en": {"name": ["mug"]}})
LAMP = Document("lamp", {"en": {"name": ["lamp"]}})
Connect = Callable[..., OpenSearchIndex]
FOR_MUG = SearchQuery([Term("mug", [Way("en", ("mug",))])])


@pytest.fixture
def double() -> Iterator[tuple[Server, str]]:
    with opensearch() as (server, url):
        yield server, url


@pytest.fixture
def server(double: tuple[Server, str]) -> Server:
    return double[0]


@pytest.fixture
def url(double: tuple[Server, str]) -> str:
    return double[1]


@pytest.fixture
def connect(url: str) -> Iterator[Connect]:
    """To the double, if to nobody else; hangs up at the end."""
    with ExitStack() as connected:

        def connect(alias: str = "shop", url: str = url) -> OpenSearchIndex:
            return connected.enter_context(closing(OpenSearchIndex(url, alias)))

        yield connect


def filled(connect: Connect, *documents: Document, alias: str = "shop") -> OpenSearchIndex:
    engine = connect(alias)
    engine.begin()
    engine.upsert(documents)
    engine.refresh(Version("spring", 1))
    return engine


def ids(engine: SearchIndex) -> list[str]:
    return sorted(hit.id for hit in engine.search(SearchQuery()).hits)


def nobody() -> str:
    """An address at which nobody answers."""
    door = open_door()
    url = url_of(door)
    door.close()
    return url


def test_nobody_at_the_door_is_said(connect: Connect) -> None:
    with pytest.raises(SearchUnavailable):
        connect(url=nobody()).search(FOR_MUG)


def test_who_does_not_answer_in_time_is_not_asked_again_for_a_while(
    server: Server, url: str, connect: Connect
) -> None:
    filled(connect, MUG)
    server.delay_seconds = 3
    with closing(OpenSearchIndex(url, "shop", search_seconds=0.2)) as engine:
        with pytest.raises(SearchUnavailable):
            engine.search(FOR_MUG)
        asked = server.calls.copy()
        with pytest.raises(SearchUnavailable):
            engine.search(FOR_MUG)
    assert server.calls == asked


def test_what_goes_wrong_is_logged_without_the_words_of_a_customer(server: Server, connect: Connect) -> None:
    engine = filled(connect, MUG)
    server.failures = [500]
    with capture_logs() as logs, pytest.raises(SearchUnavailable):
        engine.search(FOR_MUG)
    assert logs == [
        {
            "event": "search_engine_failed",
            "log_level": "error",
            "trouble": "TransportError",
            "status": 500,
        }
    ]
    assert [hit.id for hit in engine.search(FOR_MUG).hits] == ["mug"]


def test_a_server_that_is_away_for_a_moment_is_asked_again(server: Server, connect: Connect) -> None:
    engine = filled(connect, MUG)
    server.failures = [503]
    engine.upsert([LAMP])
    engine.refresh(Version("spring", 2))
    assert ids(engine) == ["lamp", "mug"]


def test_a_document_that_is_refused_is_a_failure_that_is_named(server: Server, connect: Connect) -> None:
    engine = filled(connect)
    server.poisoned = {"lamp"}
    with capture_logs() as logs, pytest.raises(SearchUnavailable):
        engine.upsert([MUG, LAMP])
    (event,) = logs
    assert (event["event"], event["count"], event["id"]) == ("search_documents_refused", 1, "lamp")


def test_a_document_for_which_the_server_is_too_busy_is_sent_again(server: Server, connect: Connect) -> None:
    engine = filled(connect)
    server.busy_documents = ["lamp"]
    engine.upsert([MUG, LAMP])
    engine.refresh(Version("spring", 2))
    assert ids(engine) == ["lamp", "mug"]


def test_what_a_writer_that_died_has_left_is_cleared_away(server: Server, connect: Connect) -> None:
    engine = filled(connect, MUG)
    dead = connect()
    dead.begin()
    dead.upsert([LAMP])
    neighbour = filled(connect, LAMP, alias="shop-next-door")
    assert (ids(engine), len(server.indexes)) == (["mug"], 3)

    engine.begin()
    engine.refresh(Version("spring", 2))

    assert (ids(engine), ids(neighbour), len(server.indexes)) == ([], ["lamp"], 2)


def test_nothing_is_written_where_the_index_has_gone(server: Server, connect: Connect) -> None:
    engine = filled(connect, MUG)
    server.indexes.clear()
    with pytest.raises(SearchUnavailable):
        engine.upsert([LAMP])
    assert (engine.version(), server.indexes) == (None, {})


def test_user_and_password_are_sent(server: Server, url: str, connect: Connect) -> None:
    engine = connect(url=url.replace("//", "//shop:s%40cret@"))
    assert engine.version() is None
    assert server.authorization == "Basic " + base64.b64encode(b"shop:s@cret").decode()


@pytest.mark.parametrize(
    "text", ["search.example.org:9200", "ftp://search", "https://", "https://user@search"]
)
def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidSetting, match="COMPTOIR_OPENSEARCH_URL cannot be used"):
        Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_OPENSEARCH_URL": text})


def test_a_name_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="COMPTOIR_OPENSEARCH_INDEX is 'My Shop'"):
        Settings.from_environment(
            {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_OPENSEARCH_INDEX": "My Shop"}
        )


async def started(database: Database, connect: Connect) -> ShopIndex:
    """Another process of the shop."""
    index = ShopIndex(engine=connect())
    async with database.snapshot() as session:
        await index.rebuild(session)
    return index


def bulks(server: Server) -> int:
    return sum(count for call, count in server.calls.items() if call.endswith("/_bulk"))


async def test_processes_of_one_shop_write_each_document_once(
    shop: Database, operator: Database, server: Server, connect: Connect
) -> None:
    await imported(operator, *(product(number, f"Plate number{number}") for number in range(70)))
    first = await started(shop, connect)
    once = bulks(server)
    second = await started(operator, connect)
    assert (once, bulks(server), len(server.indexes)) == (1, 1, 1)

    await imported(operator, product(5, "Zebrawood bowl"))
    await caught_up(shop, first)
    await caught_up(operator, second)

    assert await found(shop, first, "zebrawood") == ["product-5"]
    assert await found(operator, second, "zebrawood") == ["product-5"]
    assert bulks(server) == 2


async def test_a_renamed_category_is_written_by_one_and_known_to_all(
    shop: Database, operator: Database, server: Server, connect: Connect
) -> None:
    await imported(operator, product(1, "Mug", category="quasar"), categories=[QUASAR])
    first, second = await started(shop, connect), await started(operator, connect)
    await imported(operator, categories=[type(QUASAR)("quasar", None, 0, {"en": "Cutlery"})])

    await caught_up(shop, first)
    await caught_up(operator, second)

    assert await found(operator, second, "cutlery") == ["product-1"]
    assert (await found(shop, first, "quasar"), bulks(server), len(server.indexes)) == ([], 2, 1)


async def test_processes_that_start_together_build_one_index(
    shop: Database, operator: Database, server: Server, connect: Connect, empty_shop_url: str
) -> None:
    if empty_shop_url.startswith("sqlite"):
        pytest.skip("On SQLite a shop has one process.")
    await imported(operator, *(product(number, f"Plate number{number}") for number in range(60)))

    await asyncio.gather(*(started(database, connect) for database in (shop, operator, shop)))

    assert (bulks(server), len(server.indexes)) == (1, 1)


async def test_an_index_that_was_lost_is_written_again(
    shop: Database, operator: Database, server: Server, connect: Connect
) -> None:
    await imported(operator, product(1, "Mug"))
    index = await started(shop, connect)
    server.indexes.clear()
    with pytest.raises(SearchUnavailable):
        await found(shop, index, "mug")

    await caught_up(shop, index)

    assert await found(shop, index, "mug") == ["product-1"]


@asynccontextmanager
async def opened(directory: Path, empty_shop_url: str, opensearch_url: str) -> AsyncIterator[str]:
    door = open_door()
    environment = {
        "COMPTOIR_DATA_DIR": str(directory),
        "COMPTOIR_DATABASE_URL": empty_shop_url,
        "COMPTOIR_OPENSEARCH_URL": opensearch_url,
        "COMPTOIR_OPENSEARCH_INDEX": "shop",
    }
    app = create_app(Settings.from_environment(environment))
    await imported(app[DATABASE], product(1, "Mug"))
    shop = OrderlyServer(app, door)
    await shop.start_server()
    yield url_of(door)
    await shop.close()


async def asked(shop: str) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{shop}/api/products?q=mug&language=en") as response,
    ):
        return response.status, await response.json()


async def test_a_shop_searches_with_opensearch(tmp_path: Path, empty_shop_url: str, url: str) -> None:
    async with opened(tmp_path, empty_shop_url, url) as shop:
        status, page = await asked(shop)
    assert status == 200
    assert [found["id"] for found in page["products"]] == ["product-1"]  # type: ignore[attr-defined]


async def test_without_its_engine_the_shop_opens_and_says_that_it_cannot_search(
    tmp_path: Path, empty_shop_url: str, server: Server, url: str
) -> None:
    server.failures = [500] * 1_000
    async with opened(tmp_path, empty_shop_url, url) as shop:
        status, refusal = await asked(shop)
        assert (status, refusal["error"]) == (503, "search_unavailable")
        async with aiohttp.ClientSession() as http, http.get(f"{shop}/api/products/product-1") as response:
            assert response.status == 200
        server.failures = []
        async with asyncio.timeout(20):
            while (await asked(shop))[0] != 200:  # noqa: ASYNC110 - it asks over HTTP
                await asyncio.sleep(0.1)
