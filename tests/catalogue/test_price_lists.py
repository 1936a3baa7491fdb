"""Price lists as an operator brings them in and takes them out again."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend.catalogue import read
from backend.catalogue.importing import ImportReport
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
