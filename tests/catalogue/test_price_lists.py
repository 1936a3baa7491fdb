"""Price lists as an operator brings them in and takes them out again."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend.catalogue import read
from backend.catalogue.importing import CatalogueReader, ImportReport, import_catalogue, read_adobe
from backend.catalogue.importing.parsed import RowError
from backend.catalogue.models import PriceListEntry, Variant
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.exporting import export_own
from backend.importing import import_own

LISTS = "code,name_en,currency,customer_group,starts_at,ends_at\n"
ENTRIES = "price_list,sku,minimum_quantity,price\n"
SALE = LISTS + "sale,Sale,EUR,,,\n"


@pytest.fixture
async def own(database: Database, files: Path) -> Database:
    await import_own(database, files)
    return database


def priced(files: Path, lists: str, entries: str) -> Path:
    (files / "price_lists.csv").write_text(lists)
    (files / "price_list_entries.csv").write_text(ENTRIES + entries)
    return files


async def price(shop: Database, sku: str, group: str | None = None) -> int:
    async with shop.reading() as session:
        handle = (await read.handles_of(session, [sku]))[sku]
        product = await read.find_product(session, handle, Shopper("en", "EUR", group))
        return next(variant.price.amount for variant in product.variants if variant.sku == sku)


async def entries_of(shop: Database) -> list[tuple[str, int, int]]:
    async with shop.reading() as session:
        rows = await session.execute(
            select(Variant.sku, PriceListEntry.minimum_quantity, PriceListEntry.amount)
            .join(PriceListEntry, PriceListEntry.variant_id == Variant.id)
            .order_by(Variant.sku, PriceListEntry.minimum_quantity)
        )
        return [tuple(row) for row in rows]


async def test_a_list_is_imported_and_imported_again_changes_nothing(own: Database, files: Path) -> None:
    priced(files, SALE + "club,Club,EUR,club,,\n", "sale,MUG-BLU,,11.50\nclub,MUG-BLU,1,10\n")
    assert await import_own(own, files) == ImportReport(unchanged=14, price_lists=2)
    assert (await price(own, "MUG-BLU"), await price(own, "MUG-BLU", "club")) == (1150, 1000)
    assert await import_own(own, files) == ImportReport(unchanged=14)


async def test_a_dry_run_keeps_nothing(own: Database, files: Path) -> None:
    before = await price(own, "MUG-BLU")
    priced(files, SALE, "sale,MUG-BLU,,1\n")
    assert (await import_own(own, files, dry_run=True)).price_lists == 1
    assert await price(own, "MUG-BLU") == before


async def test_entries_that_the_file_no_longer_has_are_gone(own: Database, files: Path) -> None:
    await import_own(own, priced(files, SALE, "sale,MUG-BLU,,11\nsale,MUG-BLU,10,9\nsale,TRAVEL,,20\n"))
    report = await import_own(own, priced(files, SALE, "sale,MUG-BLU,10,8\n"))
    assert report.price_lists == 1
    assert await entries_of(own) == [("MUG-BLU", 10, 800)]


async def test_a_list_that_the_files_no_longer_have_stays(own: Database, files: Path) -> None:
    await import_own(own, priced(files, SALE, "sale,MUG-BLU,,11\n"))
    await import_own(own, priced(files, LISTS + "other,Other,EUR,,,\n", ""))
    (files / "price_lists.csv").unlink()
    (files / "price_list_entries.csv").unlink()
    await import_own(own, files)
    assert await price(own, "MUG-BLU") == 1100


async def test_prices_of_what_is_hidden_are_not_exported_and_stay(
    own: Database, files: Path, tmp_path: Path
) -> None:
    await import_own(own, priced(files, SALE, "sale,MUG-BLU,,11\nsale,TRAVEL,,20\n"))
    async with own.transaction() as session:
        await session.execute(update(Variant).filter_by(sku="TRAVEL").values(is_visible=False))
    await export_own(own, tmp_path / "out")
    assert (tmp_path / "out" / "price_list_entries.csv").read_text() == ENTRIES + "sale,MUG-BLU,1,11.00\n"
    assert (await import_own(own, tmp_path / "out")).price_lists == 0
    assert await entries_of(own) == [("MUG-BLU", 1, 1100), ("TRAVEL", 1, 2000)]


@pytest.mark.parametrize(
    ("lists", "entries", "file", "row", "column", "message"),
    [
        ("sale,Sale,GBP,,,", "", "price_lists.csv", 2, "currency", "'GBP' is not a currency"),
        (",Sale,EUR,,,", "", "price_lists.csv", 2, "code", "no code"),
        ("sale,A,EUR,,,\nsale,B,EUR,,,", "sale,MUG-BLU,,11", "price_lists.csv", 3, "code", "there twice"),
        ("sale,A,EUR,,soon,", "", "price_lists.csv", 2, "starts_at", "not a time"),
        ("sale,A,EUR,,2026-12-02,2026-12-01", "", "price_lists.csv", 2, "ends_at", "not after"),
        (f"sale,A,EUR,{'g' * 81},,", "", "price_lists.csv", 2, "customer_group", "81"),
        ("sale,A,EUR,,", "", "price_lists.csv", 2, "row", "5 cells"),
        ("sale,A,EUR,,,", "sale,NONE,,1", "price_list_entries.csv", 2, "sku", "not a variant"),
        (
            "sale,A,EUR,,,",
            "sale,MUG-BLU,,11\nsail,TRAVEL,,1",
            "price_list_entries.csv",
            3,
            "price_list",
            "not a list",
        ),
        ("sale,A,EUR,,,", "sale,TRAVEL,0,1", "price_list_entries.csv", 2, "minimum_quantity", "1 to 99"),
        ("sale,A,EUR,,,", "sale,TRAVEL,100,1", "price_list_entries.csv", 2, "minimum_quantity", "1 to 99"),
        ("sale,A,EUR,,,", "sale,TRAVEL,1.5,1", "price_list_entries.csv", 2, "minimum_quantity", "whole"),
        ("sale,A,EUR,,,", "sale,TRAVEL,,-1", "price_list_entries.csv", 2, "price", "not a price"),
        ("sale,A,EUR,,,", "sale,TRAVEL,,", "price_list_entries.csv", 2, "price", "not a price"),
        (
            "sale,A,EUR,,,",
            "sale,TRAVEL,,1\nsale,TRAVEL,1,2",
            "price_list_entries.csv",
            3,
            "sku",
            "two prices",
        ),
        ("sale,A,EUR,,,", "sale,TRAVEL,1", "price_list_entries.csv", 2, "row", "3 cells"),
        ("sale,A,EUR,,,", "sale,TRAVEL\x01,,1", "price_list_entries.csv", 2, "sku", "control"),
    ],
    ids=range(17),
)
async def test_what_is_wrong_is_named_and_its_list_stays_as_it_was(
    own: Database,
    files: Path,
    lists: str,
    entries: str,
    file: str,
    row: int,
    column: str,
    message: str,
) -> None:
    await import_own(own, priced(files, SALE, "sale,MUG-BLU,,11\n"))
    good = "good,Good,EUR,,,\n"
    first = priced(files, LISTS + lists + "\n" + good, entries + "\ngood,MUG-WHT,,1\n")

    report = await import_own(own, first)

    (error,) = report.errors
    assert (error.file, error.row, error.column) == (file, row, column)
    assert message in error.message
    assert ("MUG-BLU", 1, 1100) in await entries_of(own)


async def test_every_error_of_a_list_is_named_at_once(own: Database, files: Path) -> None:
    report = await import_own(own, priced(files, SALE, "sale,A,,1\nsale,B,,1\nsale,TRAVEL,,1\n"))
    assert report == ImportReport(
        unchanged=14,
        errors=[
            RowError("price_list_entries.csv", 2, "sku", "'A' is not a variant of the shop."),
            RowError("price_list_entries.csv", 3, "sku", "'B' is not a variant of the shop."),
        ],
    )
    assert await entries_of(own) == []


ADOBE = (
    "sku,product_type,name,price,url_key,configurable_variations,special_price,special_price_from_date,"
    "special_price_to_date\n"
)
MUGS = 'MUG,configurable,Mug,,mug,"sku=M-S,size=S|sku=M-L,size=L",,,\n'


def of_adobe(tmp_path: Path, small: str, large: str = ",,", header: str = ADOBE) -> CatalogueReader:
    """Two sizes of a mug for 12.00, each with the cells of its special price."""
    folder = tmp_path / "adobe" / "Configurable"
    folder.mkdir(parents=True, exist_ok=True)
    sizes = f"M-S,simple,Mug S,12,mug-s,,{small}\nM-L,simple,Mug L,12,mug-l,,{large}\n"
    (folder / "products.csv").write_text(header + MUGS + sizes)
    return read_adobe(tmp_path / "adobe", currency="EUR", source="lyon")


@pytest.mark.parametrize(
    ("cells", "amount"),
    [
        ("9.5,,", 950),
        ("9.5,2026-11-02,2026-11-02", 950),
        ('9.5,11/2/26,"11/2/26, 12:00 AM"', 950),
        ("9.5,2026-11-02 00:00:00,", 950),
        ("9.5,,11/1/2026", 1200),
        ("9.5,2026-11-03,", 1200),
        ("13,,", 1200),
    ],
    ids=range(7),
)
async def test_a_special_price_of_adobe_holds_from_its_first_day_through_its_last(
    database: Database, tmp_path: Path, cells: str, amount: int
) -> None:
    report = await import_catalogue(database, of_adobe(tmp_path, cells))
    assert report == ImportReport(created=1, price_lists=1)
    assert (await price(database, "M-S"), await price(database, "M-L")) == (amount, 1200)
    assert await import_catalogue(database, of_adobe(tmp_path, cells)) == ImportReport(unchanged=1)


@pytest.mark.parametrize("later", ["8,2026-11-01,", "8,,", ",,"], ids=["another time", "always", "none"])
async def test_a_special_price_of_an_earlier_export_is_over(
    database: Database, tmp_path: Path, later: str
) -> None:
    await import_catalogue(
        database, of_adobe(tmp_path, "9.5,2026-11-02,2026-11-09", "7,2026-11-02,2026-11-09")
    )
    await import_catalogue(database, of_adobe(tmp_path, later, "7,2026-11-02,2026-11-09"))
    assert ("M-S", 1, 950) not in await entries_of(database)
    assert await price(database, "M-L") == 700


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("cheap,,", "special_price"),
        ("9,soon,", "special_price_from_date"),
        ("9,2026-12-02,2026-12-01", "special_price_to_date"),
    ],
    ids=["price", "day", "order"],
)
async def test_a_special_price_that_is_wrong_is_named_and_the_others_hold(
    database: Database, tmp_path: Path, cells: str, column: str
) -> None:
    report = await import_catalogue(database, of_adobe(tmp_path, cells, "7,,"))
    assert [(error.row, error.column) for error in report.errors] == [(3, column)]
    assert (await price(database, "M-S"), await price(database, "M-L")) == (1200, 700)
