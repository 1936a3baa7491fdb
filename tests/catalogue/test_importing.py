import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.importing import (
    ImportReport,
    RowError,
    StockCount,
    StockRefused,
    import_catalogue,
    read_adobe,
    read_own,
    read_sources,
)
from backend.catalogue.importing.texts import plain_text
from backend.catalogue.models import Price, Product, Variant
from backend.catalogue.read import ProductNotFound
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.money import Money

ENGLISH = Shopper("en", "EUR")
LUMA = Path(os.environ.get("COMPTOIR_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "luma"


class Counted:
    """Stock as an import gives it; "MUG-BLU" cannot be counted below 3."""

    def __init__(self) -> None:
        self.counts: list[tuple[str, int]] = []

    async def count(self, session: AsyncSession, counts: Sequence[StockCount]) -> None:
        skus = dict((await session.execute(select(Variant.id, Variant.sku))).all())
        for one in counts:
            if skus[one.variant_id] == "MUG-BLU" and one.on_hand < 3:
                raise StockRefused(one, "3 are reserved.")
        self.counts += [(f"{skus[one.variant_id]} at {one.source}", one.on_hand) for one in counts]


def changed(files: Path, which: str, /, **cells: str) -> Path:
    path = files / "products.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0] | cells)
        writer.writeheader()
        writer.writerows({**row, **cells} if row["sku"] == which else row for row in rows)
    return files


async def test_the_same_files_again_change_nothing(database: Database, files: Path) -> None:
    assert await import_catalogue(database, read_own(files)) == ImportReport(created=14)
    assert await import_catalogue(database, read_own(files)) == ImportReport(unchanged=14)


async def test_a_changed_price_updates_one_product(shop: Database, files: Path) -> None:
    report = await import_catalogue(shop, read_own(changed(files, "TRAVEL", price_EUR="26.50")))
    assert report == ImportReport(updated=1, unchanged=13)
    async with shop.reading() as session:
        assert (await read.find_product(session, "route-travel-mug", ENGLISH)).price == Money(2650, "EUR")


async def test_a_dry_run_reports_and_keeps_nothing(database: Database, files: Path) -> None:
    assert await import_catalogue(database, read_own(files), dry_run=True) == ImportReport(created=14)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Product)) == 0


async def test_progress_is_told_product_by_product(database: Database, files: Path) -> None:
    done: list[int] = []
    await import_catalogue(database, read_own(files), progress=done.append)
    assert done == list(range(1, 15))


async def test_counts_go_to_the_writer_of_stock(database: Database, files: Path) -> None:
    stock = Counted()
    await import_catalogue(database, read_own(files), stock=stock)
    assert stock.counts[:3] == [("MUG-BLU at lyon", 5), ("MUG-WHT at lyon", 5), ("MUG-GRN at lyon", 0)]


async def test_a_refused_count_keeps_the_whole_product_out(database: Database, files: Path) -> None:
    reader = read_own(changed(files, "MUG-BLU", stock_lyon="2"))
    report = await import_catalogue(database, reader, stock=Counted())
    assert report == ImportReport(
        created=13, failed=1, errors=[RowError("products.csv", 2, "stock_lyon", "3 are reserved.")]
    )
    async with database.reading() as session:
        with pytest.raises(ProductNotFound):
            await read.find_product(session, "lune-mug", ENGLISH)


@pytest.mark.parametrize(
    ("sku", "cells", "column", "message"),
    [
        ("MUG-WHT", {"price_EUR": "cheap"}, "price_EUR", "'cheap' is not a price: write 12.50."),
        (
            "MUG-WHT",
            {"price_EUR": "1.234"},
            "price_EUR",
            "'1.234' is not a price: at least 0 and at most two decimals.",
        ),
        ("MUG-WHT", {"price_EUR": "", "price_USD": ""}, "price_EUR", "The variant has no price."),
        ("MUG-WHT", {"sku": ""}, "sku", "The variant has no SKU."),
        ("MUG-WHT", {"sku": "MUG-BLU"}, "sku", "'MUG-BLU' is used twice."),
        ("MUG-WHT", {"value1": "pink"}, "value1", "'pink' is not a value of 'colour'."),
        ("MUG-WHT", {"option1": "shape"}, "option1", "'shape' is not an option of vocabulary.csv."),
        (
            "MUG-WHT",
            {"value1": "blue"},
            "value1",
            "Another variant of the product has the same option values.",
        ),
        ("MUG-WHT", {"option1": ""}, "option1", "The variants of a product must have the same options."),
        (
            "MUG-WHT",
            {"option2": "colour", "value2": "blue"},
            "option2",
            "The variant has the option 'colour' twice.",
        ),
        (
            "MUG-WHT",
            {"price_EUR": "NaN"},
            "price_EUR",
            "'NaN' is not a price: at least 0 and at most two decimals.",
        ),
        ("MUG-WHT", {"stock_lyon": "-1"}, "stock_lyon", "'-1' is not a whole number."),
        ("MUG-WHT", {"threshold_lyon": "-1"}, "threshold_lyon", "'-1' is not a whole number."),
        (
            "MUG-WHT",
            {"threshold_lyon": "1", "stock_lyon": ""},
            "threshold_lyon",
            "Nothing is counted there: say how much in its `stock_` column.",
        ),
        ("MUG-WHT", {"stock_lyon": "2²"}, "stock_lyon", "'2²' is not a whole number."),
    ],
)
async def test_an_error_names_its_row_and_column_and_skips_the_whole_product(
    database: Database, files: Path, sku: str, cells: dict[str, str], column: str, message: str
) -> None:
    report = await import_catalogue(database, read_own(changed(files, sku, **cells)))
    assert report == ImportReport(created=13, failed=1, errors=[RowError("products.csv", 3, column, message)])


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"category": "garage"}, "category", "'garage' is not in categories.csv."),
        ({"attributes": "mood=good"}, "attributes", "'mood' is not an attribute of vocabulary.csv."),
        ({"attributes": "material=gold"}, "attributes", "'gold' is not a value of 'material'."),
        (
            {"name_en": "", "name_fr": "", "name_es": ""},
            "name_en",
            "The product has no name in any language.",
        ),
        ({"handle": "A mug"}, "handle", "'A mug' is not a handle: use a-z, 0-9 and hyphens."),
        ({"position": "first"}, "position", "'first' is not a whole number."),
    ],
)
async def test_an_error_in_a_product_column_is_named(
    database: Database, files: Path, cells: dict[str, str], column: str, message: str
) -> None:
    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", **cells)))
    assert report.errors == [RowError("products.csv", 8, column, message)]
    assert (report.created, report.failed) == (13, 1)


async def test_a_backslash_makes_text_of_what_separates(database: Database, files: Path) -> None:
    cells = {
        "keywords_en": r"mug \| cup|left\\|a\b| plain ",
        "attributes": r"height=9\; 10 cm;material=stoneware",
        "pictures": r"a\|b.svg|c.svg",
    }
    await import_catalogue(database, read_own(changed(files, "MUG-BLU", **cells)))
    async with database.reading() as session:
        mug = (await session.scalars(select(Product).filter_by(handle="lune-mug"))).one()
    assert mug.keywords["en"] == ["mug | cup", "left\\", "a\\b", "plain"]
    assert [attribute["value"]["fr"] for attribute in mug.attributes] == ["9; 10 cm", "Grès"]
    assert [picture["file"] for picture in mug.pictures] == ["a|b.svg", "c.svg"]


async def test_a_product_has_the_position_that_its_cell_says(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(changed(files, "TRAVEL", position="99")))
    async with database.reading() as session:
        products = await read.first_products(session, ENGLISH)
    assert products[-1].id == "route-travel-mug"


async def test_an_option_may_stand_for_another_one(database: Database, files: Path) -> None:
    header, *rows = (files / "vocabulary.csv").read_text().splitlines()
    tint = ["option,tint,,,Tint,,,,,,colour", "option,tint,blue,1,Bluish,,,,,,"]
    (files / "vocabulary.csv").write_text("\n".join([f"{header},stands_for", *rows, *tint]))
    await import_catalogue(database, read_own(changed(files, "TRAVEL", option1="tint", value1="blue")))
    async with database.reading() as session:
        mug = await read.find_product(session, "route-travel-mug", ENGLISH)
    assert [(option.code, option.name) for option in mug.options] == [("colour", "Tint")]
    assert mug.variants[0].options == {"colour": "blue"}


def vocabulary_with(files: Path, *rows: str) -> Path:
    """Further rows: kind,code,value,type,unit."""
    path = files / "vocabulary.csv"
    with path.open(newline="") as file:
        kept = list(csv.DictReader(file))
    added = list(csv.DictReader(["kind,code,value,type,unit", *rows]))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept[0] | added[0])
        writer.writeheader()
        writer.writerows([*kept, *added])
    return files


async def attributes_of(database: Database, handle: str) -> list[dict[str, Any]]:
    async with database.reading() as session:
        return (await session.scalars(select(Product.attributes).filter_by(handle=handle))).one()


async def test_a_number_is_exact_and_written_as_each_language_does(database: Database, files: Path) -> None:
    vocabulary_with(files, "attribute,width,,number,cm", "attribute,pieces,,number,")
    changed(files, "TRAVEL", attributes="width=1009.50cm;pieces=-2")
    assert (await import_catalogue(database, read_own(files))).errors == []
    width, pieces = await attributes_of(database, "route-travel-mug")
    assert (width["number"], width["unit"]) == ("1009.5", "cm")
    assert width["value"] == {"en": "1009.5 cm", "fr": "1009,5 cm", "es": "1009,5 cm"}
    assert (pieces["number"], pieces["value"]["fr"]) == ("-2", "-2")


async def test_a_yes_or_no_needs_no_rows_of_its_own(database: Database, files: Path) -> None:
    vocabulary_with(files, "attribute,organic,,boolean,")
    changed(files, "TRAVEL", attributes="organic=yes")
    assert (await import_catalogue(database, read_own(files))).errors == []
    (organic,) = await attributes_of(database, "route-travel-mug")
    assert (organic["type"], organic["value_code"], organic["value"]["fr"]) == ("boolean", "yes", "Oui")


@pytest.mark.parametrize(
    ("typed", "said", "message"),
    [
        ("number,cm", "nine", "'nine' is not a number: write width=9.5 cm."),
        ("number,cm", "9 mm", "'9 mm' is not a number: write width=9.5 cm."),
        ("number,", "9 cm", "'9 cm' is not a number: write width=9.5."),
        ("number,cm", "9,5 cm", "'9,5 cm' is not a number: write width=9.5 cm."),
        ("number,cm", "", "'' is not a number: write width=9.5 cm."),
        ("boolean,", "perhaps", "'perhaps' is not a value of 'width'."),
        ("list,", "wide", "'wide' is not a value of 'width'."),
    ],
)
async def test_what_is_not_of_an_attributes_type_is_named(
    database: Database, files: Path, typed: str, said: str, message: str
) -> None:
    vocabulary_with(files, f"attribute,width,,{typed}")
    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", attributes=f"width={said}")))
    assert report.errors == [RowError("products.csv", 8, "attributes", message)]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (
            "attribute,width,,colour,",
            "type",
            "'colour' is not a type: choose among text, number, boolean, list.",
        ),
        ("attribute,width,,text,cm", "unit", "Only a number has a unit."),
        ("option,width,,number,", "type", "Only an attribute has a type."),
        ("attribute,width,wide,,", "code", "'width' itself has no row above its values."),
    ],
)
async def test_a_wrong_type_is_named(files: Path, row: str, column: str, message: str) -> None:
    reader = read_own(vocabulary_with(files, row))
    assert reader.errors == [RowError("vocabulary.csv", 30, column, message)]


async def test_a_number_has_no_list_of_values(files: Path) -> None:
    reader = read_own(vocabulary_with(files, "attribute,width,,number,cm", "attribute,width,9,,"))
    assert [error.message for error in reader.errors] == ["'width' is a number and has no list of values."]


async def test_a_sku_of_another_product_is_refused(shop: Database, files: Path) -> None:
    moved = changed(files, "TRAVEL", handle="another-mug")
    report = await import_catalogue(shop, read_own(moved))
    assert report.errors == [RowError("products.csv", 8, "sku", "'TRAVEL' belongs to another product.")]


async def test_a_variant_that_is_gone_is_no_longer_for_sale(shop: Database, files: Path) -> None:
    await import_catalogue(shop, read_own(changed(files, "MUG-GRN", sku="MUG-GREEN")))
    async with shop.reading() as session:
        mug = await read.find_product(session, "lune-mug", ENGLISH)
        hidden = await session.scalar(select(Variant.is_visible).where(Variant.sku == "MUG-GRN"))
    assert [variant.sku for variant in mug.variants] == ["MUG-BLU", "MUG-WHT", "MUG-GREEN"]
    assert hidden is False


def test_the_sources_are_read(files: Path) -> None:
    (lyon,) = read_sources(files / "sources.csv")
    assert (lyon.code, lyon.kind, lyon.priority, lyon.country) == ("lyon", "warehouse", 1, "FR")


def test_descriptions_become_plain_text() -> None:
    html = "<p>Warm &amp; light.</p>\n<p>&bull; Two pockets.<br />&bull; Machine wash.</p>"
    assert plain_text(html) == "Warm & light.\n• Two pockets.\n• Machine wash."


@pytest.mark.skipif(not LUMA.exists(), reason=f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED).")
async def test_the_sample_shop_of_adobe_commerce_is_imported_whole(database: Database) -> None:
    first = await import_catalogue(database, read_adobe(LUMA, currency="USD"))
    again = await import_catalogue(database, read_adobe(LUMA, currency="USD"))
    assert (first.created, again) == (199, ImportReport(unchanged=199, errors=first.errors))
    async with database.reading() as session:
        with_options = select(Product.id).where(func.json_array_length(Product.options) > 0)
        variants = select(func.count()).select_from(Variant).where(Variant.product_id.in_(with_options))
        assert len((await session.scalars(with_options)).all()) == 149
        assert await session.scalar(variants) == 1859
        assert await session.scalar(select(func.count()).select_from(Price)) == 1909
        hoodie = await read.find_product(session, "chaz-kangeroo-hoodie", Shopper("en", "USD"))
    assert hoodie.price == Money(5200, "USD")
    assert [option.name for option in hoodie.options] == ["Size", "Color"]
    assert hoodie.category == "Hoodies & Sweatshirts"
    assert hoodie.image == "/pictures/m/h/mh01-gray_main.jpg"
    assert "<" not in hoodie.description
