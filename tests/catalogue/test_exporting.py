"""What is exported is imported again as it was, into the same shop and into an empty one."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from backend.catalogue.exporting import CannotExport, ExportReport
from backend.catalogue.importing import CatalogueReader, ImportReport, ParsedProduct, import_catalogue
from backend.catalogue.importing.parsed import (
    ParsedCategory,
    ParsedComponent,
    ParsedEntry,
    ParsedPriceList,
    ParsedVariant,
    Visibility,
)
from backend.catalogue.importing.vocabulary import YES_OR_NO, Entry
from backend.catalogue.importing.vocabulary import attribute as in_vocabulary
from backend.catalogue.models import MOST_OF_ONE, Price, Product, Variant
from backend.catalogue.visibility import CHANNELS
from backend.clock import HeldClock
from backend.config import CURRENCIES, LANGUAGES, Settings
from backend.db import Base, Database
from backend.events import Events
from backend.exporting import export_own
from backend.importing import CountedStock, import_adobe, import_own
from backend.inventory.levels import levels, set_levels
from backend.inventory.models import Source
from tests.catalogue.test_importing import LUMA, changed

FILES = [
    *("categories.csv", "links.csv", "price_list_entries.csv", "price_lists.csv"),
    *("products.csv", "reviews.csv", "sources.csv", "vocabulary.csv"),
]


@asynccontextmanager
async def empty_shop(directory: Path, url: str = "") -> AsyncIterator[Database]:
    """At `url`, or else in a file of its own in the directory."""
    environment = {"COMPTOIR_DATA_DIR": str(directory)} | ({"COMPTOIR_DATABASE_URL": url} if url else {})
    clock = HeldClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    database = Database(Settings.from_environment(environment), clock, Events())
    if not url:
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
async def own(database: Database, files: Path) -> Database:
    assert await import_own(database, files) == ImportReport(created=14)
    return database


@pytest.fixture
async def elsewhere(tmp_path: Path, empty_shop_url: str) -> AsyncIterator[Database]:
    async with empty_shop(tmp_path, empty_shop_url) as database:
        yield database


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


async def test_an_export_brings_a_shop_to_another_database(
    own: Database, elsewhere: Database, tmp_path: Path
) -> None:
    assert await export_own(own, tmp_path / "out") == ExportReport(14, 0, 0)
    assert await import_own(elsewhere, tmp_path / "out") == ImportReport(created=14)
    await export_own(elsewhere, tmp_path / "again")

    assert sorted(contents(tmp_path / "out")) == FILES
    assert contents(tmp_path / "again") == contents(tmp_path / "out")


async def test_what_is_kept_back_goes_along(own: Database, elsewhere: Database, tmp_path: Path) -> None:
    async with own.transaction() as session:
        await set_levels(session, "MUG-BLU", "lyon", threshold=2)
        await set_levels(session, "MUG-WHT", "lyon", notify_below=3)

    await export_own(own, tmp_path / "out")

    header = (tmp_path / "out" / "products.csv").read_text().splitlines()[0]
    assert header.endswith(",stock_lyon,threshold_lyon,notify_below_lyon")
    assert await import_own(own, tmp_path / "out") == ImportReport(unchanged=14)
    assert await import_own(elsewhere, tmp_path / "out") == ImportReport(created=14)
    async with elsewhere.reading() as session:
        [blue], [white] = await levels(session, "MUG-BLU"), await levels(session, "MUG-WHT")
    assert (blue.threshold, blue.available, white.notify_below) == (2, 3, 3)


async def test_what_was_exported_changes_nothing_when_it_is_imported(own: Database, tmp_path: Path) -> None:
    await export_own(own, tmp_path / "out")

    assert await import_own(own, tmp_path / "out") == ImportReport(unchanged=14)


@pytest.mark.skipif(not LUMA.exists(), reason=f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED).")
async def test_the_sample_shop_of_adobe_commerce_goes_around(own: Database, tmp_path: Path) -> None:
    await import_adobe(own, LUMA, currency="USD", source="lyon")

    await export_own(own, tmp_path / "out")

    assert await import_own(own, tmp_path / "out") == ImportReport(unchanged=213)
    (tmp_path / "elsewhere").mkdir()
    async with empty_shop(tmp_path / "elsewhere") as elsewhere:
        assert await import_own(elsewhere, tmp_path / "out") == ImportReport(
            created=213, linked=184, reviews=348
        )
        await export_own(elsewhere, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "out")


async def test_products_may_name_one_code_differently(
    own: Database, elsewhere: Database, files: Path, tmp_path: Path
) -> None:
    vocabulary = files / "vocabulary.csv"
    vocabulary.write_text(vocabulary.read_text().replace("Colour,Couleur,Color", "Shade,Teinte,Tono"))
    products = (files / "products.csv").read_text().splitlines()
    (files / "products.csv").write_text("\n".join(products[:4]))
    assert await import_own(own, files) == ImportReport(updated=1)

    await export_own(own, tmp_path / "out")

    assert await import_own(own, tmp_path / "out") == ImportReport(unchanged=14)
    await import_own(elsewhere, tmp_path / "out")
    async with elsewhere.reading() as session:
        options = {
            handle: [(option["code"], option["name"]["en"]) for option in options]
            for handle, options in await session.execute(select(Product.handle, Product.options))
        }
    assert options["lune-mug"] == [("colour", "Shade")]
    assert ("colour", "Colour") in options["rive-espresso-cups"]


async def test_what_is_no_longer_for_sale_is_left_out_and_counted(
    own: Database, files: Path, tmp_path: Path
) -> None:
    await import_own(own, changed(files, "MUG-GRN", sku="MUG-GREEN"))
    async with own.transaction() as session:
        await session.execute(update(Product).filter_by(handle="route-travel-mug").values(is_visible=False))

    assert await export_own(own, tmp_path / "out") == ExportReport(13, 1, 1)
    products = (tmp_path / "out" / "products.csv").read_text()
    assert "MUG-GREEN" in products
    assert "MUG-GRN" not in products
    assert "TRAVEL" not in products


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            update(Product).filter_by(handle="lune-mug").values(brand=" Lune"),
            "lune-mug: the files cannot hold its brand as they are.",
        ),
        (
            update(Product).filter_by(handle="lune-mug").values(name={"en": "Mug", "de": "Tasse"}),
            "lune-mug: the files cannot hold its name as they are.",
        ),
        (
            update(Price)
            .where(Price.variant_id == select(Variant.id).filter_by(sku="MUG-BLU").scalar_subquery())
            .where(Price.currency == "USD")
            .values(currency="CHF"),
            "lune-mug: the files cannot hold its variants as they are.",
        ),
        (
            update(Product).filter_by(handle="lune-mug").values(handle="Lune"),
            "Lune: handle: 'Lune' is not a handle: use a-z, 0-9 and hyphens.",
        ),
        (
            update(Source).values(city="Lyon "),
            "sources.csv cannot hold 'lyon' as it is.",
        ),
    ],
)
async def test_what_the_files_cannot_hold_is_refused_and_nothing_is_left(
    own: Database, tmp_path: Path, change: Any, message: str
) -> None:
    async with own.transaction() as session:
        await session.execute(change)

    with pytest.raises(CannotExport) as refusal:
        await export_own(own, tmp_path / "out")

    assert str(refusal.value) == message
    assert list((tmp_path / "out").iterdir()) == []


async def test_an_export_that_is_interrupted_leaves_the_earlier_one_whole(
    own: Database, files: Path, tmp_path: Path
) -> None:
    await export_own(own, tmp_path / "out")
    before = contents(tmp_path / "out")
    await import_own(own, changed(files, "TRAVEL", price_EUR="26.50"))

    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await export_own(own, tmp_path / "out", force=True, progress=interrupt)

    assert contents(tmp_path / "out") == before


async def test_a_killed_export_is_in_nobodys_way(own: Database, tmp_path: Path) -> None:
    (tmp_path / "out" / ".unfinished").mkdir(parents=True)
    (tmp_path / "out" / ".unfinished" / "products.csv").touch()

    await export_own(own, tmp_path / "out")

    assert sorted(contents(tmp_path / "out")) == FILES


async def test_progress_is_told_product_by_product(own: Database, tmp_path: Path) -> None:
    done: list[int] = []
    await export_own(own, tmp_path / "out", progress=done.append)
    assert done == list(range(1, 15))


# What follows draws shops that an import could have stored, with every character that the files give a meaning to.

SOURCES = ["lyon", "=paris", 'st. john\'s, "annex"']
CATEGORIES = ["table", "=1+1", 'a|b;c,"d"']
text = (
    st.text(
        st.sampled_from("aé\"',;|\\\n\r\t=+-@ ") | st.characters(exclude_categories=["Cs", "Cc"]),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(bool)
)
texts = st.dictionaries(st.sampled_from(LANGUAGES), text)
some_texts = texts.filter(bool)
file = text.filter(lambda name: ".." not in name)
words = st.dictionaries(st.sampled_from(LANGUAGES), st.lists(text, min_size=1, max_size=3))
value = st.fixed_dictionaries(
    {"code": st.sampled_from(["s", "m", "l", "=x", "a|b;c"]), "name": texts, "synonyms": words}
)
option = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["size", "colour", "size-2", "-1"]),
        "name": st.just({"en": "Size"}) | texts,
        "synonyms": st.just({}) | words,
        "values": st.lists(value, min_size=1, max_size=4, unique_by=lambda value: value["code"]),
    }
)
attribute_codes = st.sampled_from(["material", "material-2", "care;1", "@a\\b"])


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Any]:
    attribute = {"code": draw(attribute_codes), "name": draw(st.just({"en": "Material"}) | texts)}
    kind = draw(st.sampled_from(["free", "listed", "yes", "number", "boolean"]))
    if kind == "free":
        return attribute | {"value": dict.fromkeys(LANGUAGES, draw(text)), "synonyms": {}}
    if kind == "number":
        number, unit = (
            draw(st.decimals(-999, 999, places=2)).normalize() + 0,
            draw(st.sampled_from(["", "cm", "m²"])),
        )
        vocabulary_entry = Entry(attribute["code"], attribute["name"], {}, 0, {}, "number", unit)
        return in_vocabulary(vocabulary_entry, f"{number:f} {unit}")
    if kind == "boolean":
        answers = {code: Entry(code, draw(texts), {}, 0) for code in YES_OR_NO}
        vocabulary_entry = Entry(attribute["code"], attribute["name"], draw(words), 0, answers, "boolean")
        return in_vocabulary(vocabulary_entry, draw(st.sampled_from(["yes", "no"])))
    if kind == "listed":
        listed = {"value": draw(texts), "value_code": draw(text.filter(lambda code: code != "yes"))}
        return attribute | listed | {"synonyms": draw(words)}
    said = draw(words)
    own = {language: [name, *said.get(language, [])] for language, name in attribute["name"].items()}
    return attribute | {"value": draw(texts), "value_code": "yes", "synonyms": said | own}


@st.composite
def visibilities(draw: st.DrawFn) -> Visibility:
    start = draw(st.none() | st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)))
    end = start and draw(
        st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=9)).map(start.__add__)
    )
    channels = draw(st.none() | st.sets(st.sampled_from(CHANNELS), min_size=1).map(in_order))
    return Visibility(visible_from=start, visible_until=end, channels=channels)


def in_order(named: set[str]) -> list[str]:
    return sorted(named, key=CHANNELS.index)


@st.composite
def products(draw: st.DrawFn, number: int) -> ParsedProduct:
    options = draw(st.lists(option, max_size=2, unique_by=lambda option: option["code"]))
    variants = max((len(option["values"]) for option in options), default=1)
    alt = draw(texts)
    return ParsedProduct(
        file="",
        row=0,
        handle=f"product-{number}",
        category=draw(st.none() | st.sampled_from(CATEGORIES)),
        brand=draw(st.just("") | text),
        name=draw(some_texts),
        description=draw(texts),
        keywords=draw(words),
        options=options,
        attributes=draw(st.lists(attributes(), max_size=3)),
        pictures=[
            {"file": name, "alt": draw(st.just(alt) | some_texts) if place else alt}
            for place, name in enumerate(draw(st.lists(file, max_size=3)))
        ],
        position=draw(st.integers(0, 3)),
        visibility=draw(visibilities()),
        variants=[
            ParsedVariant(
                row=0,
                sku=f"{draw(text)}{number}-{place}",
                options={
                    option["code"]: option["values"][place % len(option["values"])]["code"]
                    for option in options
                },
                prices=draw(st.dictionaries(st.sampled_from(CURRENCIES), st.integers(0, 10**7), min_size=1)),
                stock=draw(st.dictionaries(st.sampled_from(SOURCES), st.integers(0, 500))),
                picture=draw(st.none() | file),
                weight_grams=draw(st.integers(0, 10**6)),
                visibility=draw(visibilities()),
            )
            for place in range(variants)
        ],
    )


@st.composite
def shops(draw: st.DrawFn) -> tuple[ParsedProduct, ...]:
    """After plain products, some that are digital or consist of the plain ones."""
    plain = [draw(products(number)) for number in range(draw(st.integers(1, 2)))]
    parts = [variant for product in plain for variant in product.variants if "EUR" in variant.prices]
    others = [draw(products(number)) for number in range(len(plain), draw(st.integers(1, 4)))]
    return (*plain, *(draw(composed(product, parts)) for product in others))


@st.composite
def composed(draw: st.DrawFn, product: ParsedProduct, parts: list[ParsedVariant]) -> ParsedProduct:
    variants = []
    for variant in product.variants:
        kind = draw(st.sampled_from(["digital", "bundle", "group"] if parts else ["digital"]))
        others = {"files": draw(st.lists(file, max_size=2))}
        if kind != "digital":
            named = draw(
                st.lists(st.sampled_from(parts), min_size=1, max_size=3, unique_by=lambda part: part.sku)
            )
            counts = st.integers(1, 20)
            others = {"components": [ParsedComponent(part.sku, draw(counts)) for part in named]}
        prices = {} if kind == "group" or (kind == "bundle" and draw(st.booleans())) else variant.prices
        variants.append(msgspec.structs.replace(variant, kind=kind, stock={}, prices=prices, **others))
    return msgspec.structs.replace(product, variants=variants)


@st.composite
def price_lists(draw: st.DrawFn, skus: list[str]) -> list[ParsedPriceList]:
    codes = draw(st.lists(text, max_size=3, unique=True))
    steps = st.tuples(st.sampled_from(skus), st.integers(1, MOST_OF_ONE))
    lists = []
    for code in codes:
        times = draw(visibilities())
        priced = draw(st.dictionaries(steps, st.integers(0, 10**7), max_size=4))
        lists.append(
            ParsedPriceList(
                file="",
                row=0,
                entries_file="",
                code=code,
                name=draw(texts),
                currency=draw(st.sampled_from(CURRENCIES)),
                customer_group=draw(st.none() | text),
                starts_at=times.visible_from,
                ends_at=times.visible_until,
                entries=[ParsedEntry(0, sku, minimum, amount) for (sku, minimum), amount in priced.items()],
            )
        )
    return lists


@given(products=shops(), name=texts, city=st.just("") | text, data=st.data())
@settings(max_examples=25, deadline=None)
async def test_any_shop_goes_around(
    products: tuple[ParsedProduct, ...], name: dict[str, str], city: str, data: st.DataObject
) -> None:
    lists = data.draw(price_lists([variant.sku for product in products for variant in product.variants]))
    count = len(products)
    categories = [
        ParsedCategory(code, above, position, name)
        for position, (above, code) in enumerate(zip([None, *CATEGORIES], CATEGORIES, strict=False))
    ]
    with tempfile.TemporaryDirectory() as folder:
        (directory := Path(folder) / "elsewhere").mkdir()
        async with empty_shop(Path(folder)) as shop, empty_shop(directory) as elsewhere:
            async with shop.transaction() as session:
                sources = [Source(code=code, kind="store", name=code, city=city) for code in SOURCES]
                session.add_all(sources)
            stock = CountedStock({source.code: source.id for source in sources})
            reader = CatalogueReader(categories, [], iter(products), price_lists=lists)
            stored = ImportReport(created=count, price_lists=len(lists))
            assert await import_catalogue(shop, reader, stock=stock) == stored

            await export_own(shop, Path(folder) / "out")
            assert await import_own(shop, Path(folder) / "out") == ImportReport(unchanged=count)
            assert await import_own(elsewhere, Path(folder) / "out") == stored
            await export_own(elsewhere, Path(folder) / "again")

        assert contents(Path(folder) / "again") == contents(Path(folder) / "out")
