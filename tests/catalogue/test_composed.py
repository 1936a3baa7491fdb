"""Importing what consists of other products, and what is downloaded."""

import csv
from pathlib import Path
from typing import Any

import pytest

from backend.catalogue import read
from backend.catalogue.exporting import ShopifyTerms
from backend.catalogue.importing import ImportReport, import_catalogue, read_adobe, read_own
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.exporting import export_shopify
from backend.importing import import_own
from tests.catalogue.test_importing import LUMA, changed

ENGLISH = Shopper("en", "EUR")
SET: dict[str, str] = {"handle": "tea-set", "name_en": "Tea set", "sku": "TEA-SET", "kind": "bundle"}


def added(files: Path, *products: dict[str, str]) -> Path:
    """Above all others."""
    path = files / "products.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        columns = dict.fromkeys([*rows[0], "kind", "components", "files"])
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows([*products, *rows])
    return files


async def tea_set(database: Database) -> Any:
    async with database.reading() as session:
        return (await read.find_product(session, "tea-set", ENGLISH)).variants[0]


async def test_a_bundle_may_stand_above_its_parts_and_costs_their_sum(
    database: Database, files: Path
) -> None:
    added(files, SET | {"components": "MUG-BLU*2|TRAVEL"})

    assert await import_catalogue(database, read_own(files)) == ImportReport(created=15)
    assert await import_catalogue(database, read_own(files)) == ImportReport(unchanged=15)

    bundle = await tea_set(database)
    async with database.reading() as session:
        travel = (await read.find_product(session, "route-travel-mug", ENGLISH)).price.amount
    assert bundle.price.amount == 2 * 1600 + travel
    assert [(part.quantity, part.sku) for part in bundle.parts] == [(2, "MUG-BLU"), (1, "TRAVEL")]
    assert bundle.parts[0].name == "Lune stoneware mug, Blue"


async def test_the_price_of_a_bundle_follows_an_import_of_its_parts(database: Database, files: Path) -> None:
    added(files, SET | {"components": "TRAVEL*3"})
    await import_catalogue(database, read_own(files))

    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", price_EUR="10.00")))

    assert report == ImportReport(updated=1, unchanged=14)
    assert (await tea_set(database)).price.amount == 3000


async def test_a_bundle_with_a_price_keeps_it(database: Database, files: Path) -> None:
    added(files, SET | {"components": "TRAVEL*3", "price_EUR": "50.00"})
    await import_catalogue(database, read_own(files))
    await import_catalogue(database, read_own(changed(files, "TRAVEL", price_EUR="10.00")))
    assert (await tea_set(database)).price.amount == 5000


async def test_a_part_that_is_taken_out_of_the_shop_takes_its_bundle_along(
    database: Database, files: Path
) -> None:
    added(files, SET | {"components": "MUG-GRN"})
    await import_catalogue(database, read_own(files))
    await import_catalogue(database, read_own(changed(files, "MUG-GRN", sku="MUG-LIME")))
    with pytest.raises(read.ProductNotFound):
        await tea_set(database)


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"components": ""}, "components", "A bundle consists of others: name them."),
        (
            {"components": "NOTHING"},
            "components",
            "'NOTHING' is not a variant of the shop: import it, or name another.",
        ),
        ({"components": "TEA-SET"}, "components", "'TEA-SET' cannot consist of itself."),
        (
            {"components": "TRAVEL|TRAVEL"},
            "components",
            "'TRAVEL' is named twice: write how many of it, SKU*2.",
        ),
        ({"components": "TRAVEL*100"}, "components", "Of 'TRAVEL' there are at least 1 and at most 99."),
        (
            {"components": "TRAVEL", "stock_lyon": "3"},
            "stock_lyon",
            "A bundle variant lies on no shelf of its own: leave it empty.",
        ),
        (
            {"components": "TRAVEL", "kind": "group", "price_EUR": "3.00"},
            "price_EUR",
            "A group costs what its members cost: leave it empty.",
        ),
        (
            {"components": "TRAVEL", "kind": "", "price_EUR": "3.00"},
            "components",
            "Only a bundle or a group has components: say it in `kind`.",
        ),
        (
            {"kind": "digital", "price_EUR": "3.00", "files": "../secret"},
            "files",
            "'../secret' leads out of the folder of downloads: name a file within it.",
        ),
        (
            {"kind": "kit", "price_EUR": "3.00"},
            "kind",
            "'kit' is not a kind: choose among stocked, digital, bundle, group, gift_card.",
        ),
        ({"kind": "digital"}, "price_EUR", "The variant has no price."),
    ],
)
async def test_what_cannot_be_is_refused_by_row_and_column(
    database: Database, files: Path, cells: dict[str, str], column: str, message: str
) -> None:
    report = await import_catalogue(database, read_own(added(files, SET | cells)))
    assert (report.created, report.failed) == (14, 1)
    assert [(error.row, error.column, error.message) for error in report.errors] == [(2, column, message)]


async def test_a_bundle_has_no_bundle_in_it(database: Database, files: Path) -> None:
    added(
        files,
        SET | {"components": "TRAVEL"},
        SET | {"handle": "big-set", "sku": "BIG-SET", "components": "TEA-SET"},
    )
    report = await import_catalogue(database, read_own(files))
    assert [error.message for error in report.errors] == ["'TEA-SET' has components itself: name these."]


async def test_a_part_of_a_bundle_becomes_none_itself(database: Database, files: Path) -> None:
    added(files, SET | {"components": "TRAVEL"})
    await import_catalogue(database, read_own(files))
    travel = {"kind": "bundle", "components": "MUG-BLU", "stock_lyon": ""}
    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", **travel)))
    assert [error.message for error in report.errors] == [
        "'TRAVEL' is itself in a bundle or a group, and cannot have components."
    ]


async def test_what_shopify_has_no_place_for_is_left_out_and_counted(
    database: Database, files: Path, tmp_path: Path
) -> None:
    book = {"handle": "book", "name_en": "Book", "sku": "BOOK", "kind": "digital", "price_EUR": "3.00"}
    added(files, SET | {"components": "TRAVEL*2"}, book)
    assert (await import_own(database, files)).errors == []
    terms = ShopifyTerms("en", "EUR", "lyon", "https://shop.example")

    report = await export_shopify(database, tmp_path / "out", terms)

    assert (report.products, report.unheld_variants) == (14, 2)
    assert "TEA-SET" not in (tmp_path / "out" / "products.csv").read_text()


@pytest.fixture
def adobe(tmp_path: Path) -> Path:
    """A configurable mug, and a kit with it whose choices a test writes."""
    for folder in ("Configurable", "Bundle"):
        (tmp_path / "adobe" / folder).mkdir(parents=True)
    (tmp_path / "adobe" / "Configurable" / "products.csv").write_text(
        "sku,product_type,name,price,qty,configurable_variations,url_key,categories,description,"
        "additional_attributes,base_image,additional_images\n"
        + "".join(f"M{n},simple,Mug {n},5.00,9,,,,,,,\n" for n in range(40))
        + "M,configurable,Mug,,,"
        + '"'
        + "|".join(f"sku=M{n},size={n}" for n in range(40))
        + '",mug,,,,,\n'
    )
    return tmp_path / "adobe"


def with_choices(adobe: Path, *choices: str) -> Path:
    (adobe / "Bundle" / "bundle.csv").write_text(
        "category,name,sku,price,description,bundle_options\n"
        'Gear,Kit,KIT,,A kit.,"' + "\n".join(choices) + '"\n'
    )
    return adobe


async def test_each_combination_of_the_choices_of_an_adobe_bundle_is_a_variant(
    database: Database, adobe: Path
) -> None:
    with_choices(adobe, "Small|radio:M0,M1,M2", "Big|select:M8,M9", "Saucer|radio:M7")
    report = await import_catalogue(database, read_adobe(adobe, currency="EUR"))
    assert report == ImportReport(created=2)
    async with database.reading() as session:
        kit = await read.find_product(session, "kit", ENGLISH)
    assert [option.name for option in kit.options] == ["Small", "Big"]
    assert len(kit.variants) == 6
    assert (kit.variants[0].sku, kit.variants[0].price.amount) == ("KIT-M0-M8-M7", 1500)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            [
                "A|radio:" + ",".join(f"M{n}" for n in range(40)),
                "B|radio:" + ",".join(f"M{n}" for n in range(26)),
            ],
            "The choices have 1,040 combinations: offer 1 to 1,000 of them.",
        ),
        (["A|checkbox:M1,M2"], "'A' is not read: a choice is one of radio or select."),
    ],
)
async def test_a_bundle_with_too_many_or_other_choices_is_refused(
    database: Database, adobe: Path, choices: list[str], message: str
) -> None:
    report = await import_catalogue(database, read_adobe(with_choices(adobe, *choices), currency="EUR"))
    assert (report.created, [error.message for error in report.errors]) == (1, [message])


@pytest.mark.skipif(not LUMA.exists(), reason=f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED).")
async def test_the_sample_shop_has_a_bundle_a_group_and_downloads(database: Database) -> None:
    await import_catalogue(database, read_adobe(LUMA, currency="EUR"))
    async with database.reading() as session:
        kit = await read.find_product(session, "sprite-yoga-companion-kit", ENGLISH)
        straps = await read.find_product(session, "set-of-sprite-yoga-straps", ENGLISH)
        episodes = await read.find_product(session, "luma-yoga-for-life", ENGLISH)
    assert [(option.name, [value.name for value in option.values]) for option in kit.options] == [
        ("Sprite Stasis Ball", ["55 cm", "65 cm", "75 cm"]),
        ("Sprite Yoga Strap", ["6 foot", "8 foot", "10 foot"]),
    ]
    assert (len(kit.variants), kit.price.amount) == (9, 6100)
    assert [(variant.kind, len(variant.parts)) for variant in straps.variants] == [("group", 3)]
    assert [(variant.kind, variant.price.amount) for variant in episodes.variants] == [("digital", 900)] * 3
