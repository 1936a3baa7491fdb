"""A listing without words, through the API: on both databases, and on both engines."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, update

from backend.catalogue.changes import next_version, tell
from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.importing import CatalogueReader, import_catalogue
from backend.catalogue.importing.parsed import ParsedCategory, ParsedProduct, ParsedVariant
from backend.catalogue.index import SearchIndex
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.models import Price, Product, Review, Variant
from backend.catalogue.opensearch import OpenSearchIndex
from backend.catalogue.routes import AVAILABILITY, SHOP_INDEX, operations
from backend.catalogue.turns import tell_prices, tell_stock
from backend.clock import HeldClock
from backend.config import ROOT, Settings
from backend.db import Database
from backend.edge import DATABASE, refusals
from backend.events import Events
from backend.importing import CountedStock
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from backend.inventory.service import Wanted, available, release, reserve
from backend.jobs import JobRunner
from backend.run import free_port
from backend.shop import Shop
from backend.work import handlers
from tests.catalogue.opensearch_double import opensearch
from tests.databases import Copies

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MANY = 240
"""More than a search looks at."""
COLOURS = ("red", "blue", "green")
NAMES = {
    "red": {"en": "Red", "fr": "Rouge", "es": "Rojo"},
    "blue": {"en": "Blue", "fr": "Bleu", "es": "Azul"},
    "green": {"en": "Green", "fr": "Vert", "es": "Verde"},
}
COLOUR = {
    "code": "colour",
    "name": {"en": "Colour", "fr": "Couleur", "es": "Color"},
    "values": [{"code": code, "name": name} for code, name in NAMES.items()],
}
OAK = {
    "code": "wood",
    "name": {"en": "Wood", "fr": "Bois", "es": "Madera"},
    "value": {"en": "Oak", "fr": "Chêne", "es": "Roble"},
    "value_code": "oak",
}
CATEGORIES = [
    ParsedCategory("home", None, 0, {"en": "Home", "fr": "Maison", "es": "Hogar"}),
    ParsedCategory("chairs", "home", 0, {"en": "Chairs", "fr": "Chaises", "es": "Sillas"}),
    ParsedCategory("tables", "home", 1, {"en": "Tables", "fr": "Tables", "es": "Mesas"}),
]

Get = Callable[..., Awaitable[Any]]
Follow = Callable[[], Awaitable[None]]


def product(number: int) -> ParsedProduct:
    """Every third is a table; each comes in two colours, the second of which costs ten more; of every fourth
    nothing is there, of the others the first colour."""
    colours = COLOURS[number % 3], COLOURS[(number + 1) % 3]
    return ParsedProduct(
        file="products.csv",
        row=number,
        handle=f"p{number:03d}",
        category="chairs" if number % 3 else "tables",
        brand="Lune" if number % 2 else "Rive",
        name={"en": f"Thing {number}"},
        description={"en": ""},
        keywords={},
        options=[COLOUR],
        attributes=[OAK] if number < 100 else [],
        pictures=[],
        position=number,
        variants=[
            ParsedVariant(
                number,
                f"{number}-{colour}",
                {"colour": colour},
                {"EUR": 1_000 + number % 50 + 10 * place},
                {"lyon": 5 if number % 4 and not place else 0},
            )
            for place, colour in enumerate(colours)
        ],
    )


async def _many(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Source(id="lyon", code="lyon", kind="warehouse", name="Lyon"))
    reader = CatalogueReader(CATEGORIES, [], iter([product(number) for number in range(MANY)]))
    report = await import_catalogue(database, reader, stock=CountedStock({"lyon": "lyon"}))
    assert (report.created, report.errors) == (MANY, [])


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, copies: Copies, tmp_path: Path) -> AsyncIterator[Database]:
    clock = HeldClock(NOON)
    async with copies.of(_many, request.param, tmp_path, clock) as url:
        environment = {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_DATABASE_URL": url}
        database = Database(Settings.from_environment(environment), clock, Events())
        database.info["shop"] = Shop.load(ROOT / "demo" / "shop.yml")
        yield database
        await database.close()


@contextmanager
def embedded() -> Iterator[SearchIndex]:
    yield TantivyIndex()


@contextmanager
def on_the_double() -> Iterator[SearchIndex]:
    with opensearch() as (_, url):
        yield OpenSearchIndex(url, "shop", search_seconds=30)


@pytest.fixture
async def index(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[ShopIndex]:
    """Read once more for each test: it is a fifth of a second."""
    with getattr(request, "param", embedded)() as engine:
        index = ShopIndex(engine=engine, availability=available)
        async with database.snapshot() as session:
            await index.rebuild(session)
        yield index


@pytest.fixture
async def get(database: Database, index: ShopIndex, aiohttp_client: Any) -> Get:
    app = web.Application(middlewares=[refusals])
    app[DATABASE], app[SHOP_INDEX], app[AVAILABILITY] = database, index, available
    operations.add_to(app)
    client = await aiohttp_client(app)

    async def get(query: str = "", status: int = 200) -> Any:
        async with client.get(f"/api/products?{query}") as response:
            assert response.status == status
            return await response.json()

    return get


@pytest.fixture
def follow(database: Database, index: ShopIndex) -> Follow:
    """What an open shop does every half second."""

    async def follow() -> None:
        async with database.snapshot() as session:
            await index.catch_up(session)

    return follow


def counted(page: Any, code: str) -> dict[str, int]:
    (facet,) = [facet for facet in page["facets"] if facet["code"] == code]
    return {value["code"]: value["count"] for value in facet["values"]}


def ids(page: Any) -> list[str]:
    return [product["id"] for product in page["products"]]


async def pages(get: Get, query: str, cursor: str | None = "") -> list[list[str]]:
    read = []
    while cursor is not None:
        page = await get(f"{query}&limit=50{f'&cursor={cursor}' if cursor else ''}")
        read.append(ids(page))
        cursor = page["cursor"]
    return read


@pytest.mark.parametrize("index", [embedded, on_the_double], indirect=True, ids=["tantivy", "opensearch"])
async def test_all_of_a_large_shop_is_counted(get: Get) -> None:
    page = await get("limit=1")
    assert page["total"] == MANY
    assert counted(page, "category") == {"home": 240}
    assert counted(page, "brand") == {"Lune": 120, "Rive": 120}
    assert counted(page, "colour") == {"red": 160, "blue": 160, "green": 160}
    assert counted(page, "wood") == {"oak": 100}
    assert page["in_stock"] == 180
    assert (page["lowest"]["amount"], page["highest"]["amount"]) == (1_000, 1_059)
    assert counted(await get("category=home"), "category") == {"chairs": 160, "tables": 80}


@pytest.mark.parametrize("index", [embedded, on_the_double], indirect=True, ids=["tantivy", "opensearch"])
async def test_what_is_chosen_narrows_everything_but_its_own_facet(get: Get) -> None:
    page = await get("category=tables&facet=colour=red&facet=brand=Lune&limit=1")
    assert page["total"] == 40
    assert counted(page, "colour") == {"red": 40, "blue": 40}
    assert counted(page, "brand") == {"Lune": 40, "Rive": 40}
    both = await get("category=tables&facet=colour=red&facet=colour=blue&facet=brand=Lune&limit=1")
    assert both["total"] == 40
    none = await get("category=tables&facet=colour=green")
    assert (none["total"], none["products"], counted(none, "colour")["green"]) == (0, [], 0)


@pytest.mark.parametrize("index", [embedded, on_the_double], indirect=True, ids=["tantivy", "opensearch"])
async def test_what_is_in_stock_is_so_as_it_was_chosen(get: Get) -> None:
    """Of tables only the first colour lies there, and that is red."""
    red = await get("category=tables&facet=colour=red&in_stock=true&limit=50")
    blue = await get("category=tables&facet=colour=blue&in_stock=true")
    assert (red["total"], len(red["products"]), blue["total"]) == (60, 50, 0)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("price_max=1000", 5),
        ("price_min=1059", 4),
        ("price_min=1049&price_max=1050", 13),
        ("q=under+10+euros", 5),
    ],
    ids=["at most", "at least", "between", "said"],
)
async def test_bounds_are_those_of_a_variant(get: Get, query: str, total: int) -> None:
    page = await get(f"{query}&language=en")
    assert (page["total"], len(page["products"])) == (total, total)
    assert (page["lowest"]["amount"], page["highest"]["amount"]) == (1_000, 1_059)


@pytest.mark.parametrize("sort", ["relevance", "price", "-price", "newest", "rating"])
async def test_every_order_is_read_to_its_end_once(get: Get, sort: str) -> None:
    read = await pages(get, f"sort={sort}")
    assert [len(page) for page in read] == [50, 50, 50, 50, 40]
    assert len({product for page in read for product in page}) == MANY


async def test_orders_are_what_they_say(get: Get, database: Database, follow: Follow) -> None:
    async with database.transaction() as session:
        rated = await session.scalar(select(Product).filter_by(handle="p200"))
        assert rated
        session.add(review(rated.id))
        await session.flush()
        await tell(session, [rated.id])
        newest = await next_version(session)
        await session.execute(update(Product).filter_by(handle="p007").values(first_version=newest))
        await session.execute(update(Product).filter_by(handle="p007").values(catalogue_version=newest))
    await follow()
    assert ids(await get("sort=relevance&limit=3")) == ["p000", "p001", "p002"]
    assert ids(await get("sort=newest&limit=1")) == ["p007"]
    assert ids(await get("sort=rating&limit=1")) == ["p200"]
    for sort, amount in (("price", 1_000), ("-price", 1_049)):
        page = await get(f"sort={sort}&limit=4")
        assert {product["price"]["amount"] for product in page["products"]} == {amount}


def review(product_id: str) -> Review:
    said = {"title": "", "text": "Good.", "author": "Ana", "language": "es", "source": "shop"}
    return Review(code="r", product_id=product_id, rating=5, status="approved", created_at=NOON, **said)


async def test_whoever_reads_on_meets_everybody_else_once(
    get: Get, database: Database, follow: Follow
) -> None:
    """While what was read goes, and others come before and after."""
    first = await get("sort=price&limit=50")
    gone, cheaper, dearer = ids(first)[10], "p230", ids(first)[20]
    async with database.transaction() as session:
        await session.execute(update(Product).filter_by(handle=gone).values(is_visible=False))
        await priced(session, cheaper, 1)
        await priced(session, dearer, 9_999)
        rows = await session.scalars(select(Product.id).where(Product.handle.in_([gone, cheaper, dearer])))
        await tell(session, rows.all())
    await follow()
    rest = await pages(get, "sort=price", first["cursor"])
    read = ids(first) + [product for page in rest for product in page]
    others = {f"p{number:03d}" for number in range(MANY)} - {cheaper, dearer}
    assert sorted(product for product in read if product in others) == sorted(others)
    assert rest[-1][-1] == dearer


async def priced(session: Any, handle: str, amount: int) -> None:
    variants = select(Variant.id).join(Variant.product).where(Product.handle == handle)
    await session.execute(update(Price).where(Price.variant_id.in_(variants)).values(amount=amount))


async def test_what_the_database_says_is_shown_before_the_engine_hears_of_it(
    get: Get, database: Database
) -> None:
    async with database.transaction() as session:
        await priced(session, "p001", 5_000)
        await session.execute(update(Product).filter_by(handle="p002").values(is_visible=False))
        sold = await session.scalar(select(Variant).filter_by(sku="3-red"))
        assert sold
        await count(session, [Count(sold.id, "lyon", 0)])
    page = await get("in_stock=true&price_max=2000&limit=3")
    assert ids(page) == []
    assert (await get("limit=2"))["products"][1]["price"]["amount"] == 5_000


async def test_what_is_sold_out_or_back_is_counted_anew(get: Get, database: Database, follow: Follow) -> None:
    async with database.transaction() as session:
        gone, back = [
            (await session.scalars(select(Variant).filter_by(sku=sku))).one() for sku in ("3-red", "4-blue")
        ]
        turned = await count(session, [Count(gone.id, "lyon", 0), Count(back.id, "lyon", 2)])
        assert turned == {gone.id, back.id}
        await tell_stock(session, turned)
    await follow()
    page = await get("in_stock=true&category=tables&limit=1")
    assert (page["total"], counted(page, "colour")) == (59, {"red": 59})
    assert (await get("in_stock=true&limit=1"))["total"] == 180


async def test_what_sells_out_is_back_or_costs_less_is_in_the_next_answer(
    get: Get, database: Database
) -> None:
    async with database.transaction() as session:
        chair = (await session.scalars(select(Variant).filter_by(sku="1-blue"))).one()
        await reserve(session, "order", [Wanted(chair.id, chair.sku, 5, {chair.id: 1})], "conversation")
    assert (await get("in_stock=true&limit=1"))["total"] == 179
    async with database.transaction() as session:
        await release(session, "order", "conversation")
    assert (await get("in_stock=true&limit=1"))["total"] == 180
    async with database.transaction() as session:
        await priced(session, "p050", 1)
        cheap = await session.scalars(select(Variant.id).filter_by(sku="50-red"))
        await tell_prices(session, cheap.all())
    assert ids(await get("sort=price&limit=1")) == ["p050"]


async def test_who_orders_the_last_one_leaves_none_to_list(
    get: Get, database: Database, follow: Follow
) -> None:
    jobs = JobRunner(database, handlers(database, Any, Any, Any, Any, "", Any, Any))  # type: ignore[arg-type]
    async with database.transaction() as session:
        chair = (await session.scalars(select(Variant).filter_by(sku="1-blue"))).one()
        await reserve(session, "order", [Wanted(chair.id, chair.sku, 4, {chair.id: 1})], "conversation")
    assert await jobs.run_due() == 0
    async with database.transaction() as session:
        await reserve(session, "order", [Wanted(chair.id, chair.sku, 1, {chair.id: 1})], "conversation")
    assert await jobs.run_due() == 1
    await follow()
    assert (await get("in_stock=true&limit=1"))["total"] == 179
    async with database.transaction() as session:
        await release(session, "order", "conversation")
    assert await jobs.run_due() == 1
    await follow()
    assert (await get("in_stock=true&limit=1"))["total"] == 180


async def test_what_is_not_shown_yet_is_not_counted(get: Get, database: Database, follow: Follow) -> None:
    async with database.transaction() as session:
        hidden = update(Product).filter_by(handle="p005")
        await session.execute(hidden.values(visible_from=datetime(2026, 12, 1, tzinfo=UTC)))
        elsewhere = update(Product).filter_by(handle="p006")
        await session.execute(elsewhere.values(channels=["telegram"]))
        rows = await session.scalars(select(Product.id).where(Product.handle.in_(["p005", "p006"])))
        await tell(session, rows.all())
    await follow()
    assert (await get("limit=1"))["total"] == MANY - 2
    assert isinstance(database.clock, HeldClock)
    database.clock.advance(timedelta(days=5))
    assert (await get("limit=1"))["total"] == MANY - 1


async def test_without_its_engine_a_shop_shows_where_it_begins(get: Get, index: ShopIndex) -> None:
    index.engine = OpenSearchIndex(f"http://127.0.0.1:{free_port()}", "shop")
    page = await get("category=tables&limit=2")
    assert (ids(page), page["cursor"], page["total"]) == (["p000", "p003"], None, None)
    assert (await get("in_stock=true", status=503))["error"] == "search_unavailable"


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Couleur Bleu"), ("es", "Color Azul")], ids=["fr", "es"]
)
async def test_facets_are_named(get: Get, language: str, words: str) -> None:
    page = await get(f"language={language}&limit=1")
    (colour,) = [facet for facet in page["facets"] if facet["code"] == "colour"]
    (blue,) = [value for value in colour["values"] if value["code"] == "blue"]
    assert f"{colour['name']} {blue['name']}" == words


@pytest.mark.parametrize(
    "query",
    ["cursor=no+cursor", "cursor=AAAA", "facet=colour", "&".join(f"facet=a={n}" for n in range(31))],
    ids=["not one", "another one", "no value", "too many"],
)
async def test_what_nobody_can_read_is_refused(get: Get, query: str) -> None:
    assert (await get(query, status=422))["error"] == "invalid_input"


async def test_an_unknown_category_or_currency_has_nothing(get: Get) -> None:
    for query in ("category=gardens", "currency=USD"):
        page = await get(query)
        assert (page["products"], page["total"], page["facets"], page["lowest"]) == ([], 0, [], None)
