"""The product export of Adobe Commerce, whose kinds of products all stand in one file."""

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from backend.catalogue import read
from backend.catalogue.importing import ImportReport, ParsedProduct, RowError, import_catalogue, read_adobe
from backend.catalogue.models import Component, Product, Variant
from backend.catalogue.read import ProductNotFound
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.money import Money

DOLLARS = Shopper("en", "USD")
COLUMNS = (
    "sku,store_view_code,product_type,categories,name,description,product_online,visibility,price,url_key,base_image,"
    "special_price,additional_images,additional_attributes,qty,related_skus,crosssell_skus,upsell_skus,configurable_variations,"
    "out_of_stock_qty,use_config_min_qty,notify_on_stock_below,use_config_notify_stock_qty,"
    "bundle_price_type,bundle_sku_type,bundle_values,associated_skus,downloadable_links"
)
BALLS = (
    "name=Ball,type=radio,required=1,sku=BALL-55,price=2.0000,default=1,default_qty=1.0000,price_type=fixed"
    "|name=Ball,type=radio,required=1,sku=BALL-65,price=10.0000,default=0,default_qty=1.0000,price_type=percent"
)
BLOCKS = (
    "|name=Foam block, thick,type=checkbox,required=1,sku=BLOCK,price=1.5000,default=1,default_qty=2.0000"
)
STRAP = (
    "|name=Strap,type=select,required=0,sku=STRAP,price=0.0000,default=0,default_qty=1.0000,price_type=fixed"
)
VIDEOS = (
    "group_title=Videos,title=Evening,price=6.0000,purchased_separately={0},file=/y/evening.mp4,sort_order=2"
    "|group_title=Videos,title=Morning,price=4.0000,purchased_separately={0},file=/y/morning.mp4,sort_order=1"
)
ROWS: list[dict[str, str]] = [
    {
        "sku": "KIT", "product_type": "bundle", "name": "Yoga kit", "bundle_price_type": "dynamic",
        "bundle_sku_type": "dynamic", "bundle_values": BALLS + BLOCKS + STRAP,
    },
    {"sku": "SET", "product_type": "grouped", "name": "Set", "associated_skus": "STRAP=0.0000,BLOCK=2.0000"},
    {
        "sku": "BALL-55", "product_type": "simple", "name": "Ball 55 cm", "price": "20", "qty": "7.0000",
        "base_image": "/b/a.jpg", "additional_images": "/b/c.jpg,/b/a.jpg,no_selection",
        "additional_attributes": "material=Rubber|Foam,note=soft, light,new=Yes", "related_skus": "BALL-65",
        "crosssell_skus": "BLOCK,STRAP", "upsell_skus": "KIT",
    },
    {"sku": "BALL-65", "product_type": "simple", "name": "Ball 65 cm", "price": "30", "qty": "1"},
    {"sku": "BLOCK", "product_type": "simple", "name": "Block", "price": "5", "qty": "9"},
    {
        "sku": "STRAP", "product_type": "simple", "name": "Strap", "price": "14", "qty": "3",
        "visibility": "Not Visible Individually",
    },
    {"sku": "STRAP", "store_view_code": "fr", "product_type": "simple", "name": "Sangle"},
    {"sku": "CARE", "product_type": "virtual", "name": "Care plan", "price": "9.90", "qty": "100"},
    {
        "sku": "VIDEO", "product_type": "downloadable", "name": "Video", "price": "10",
        "downloadable_links": VIDEOS.format(0),
    },
    {"sku": "OLD", "product_type": "simple", "name": "Old", "price": "1", "qty": "1", "product_online": "2"},
]  # fmt: skip
PLACES = {row["sku"]: place for place, row in reversed(list(enumerate(ROWS)))}


def exported(directory: Path, which: str = "", /, **cells: str) -> Path:
    path = directory / "Configurable" / "products.csv"
    path.parent.mkdir(exist_ok=True)
    changed = [row | cells if place == PLACES.get(which) else row for place, row in enumerate(ROWS)]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS.split(","))
        table.writeheader()
        table.writerows(changed)
    return directory


async def imported(database: Database, directory: Path, which: str = "", /, **cells: str) -> ImportReport:
    return await import_catalogue(database, read_adobe(exported(directory, which, **cells)))


async def variants_of(database: Database, handle: str) -> list[Variant]:
    async with database.reading() as session:
        loaded = selectinload(Variant.components).selectinload(Component.part)
        rows = await session.scalars(
            select(Variant)
            .join(Variant.product)
            .where(Product.handle == handle, Variant.is_visible)
            .order_by(Variant.position)
            .options(selectinload(Variant.prices), loaded)
        )
        return list(rows)


def priced(variants: list[Variant]) -> dict[str, int]:
    return {variant.sku: variant.prices[0].amount for variant in variants}


def test_what_is_kept_back_comes_along_unless_the_configuration_decides(tmp_path: Path) -> None:
    kept_back = {"out_of_stock_qty": "2.0000", "use_config_min_qty": "0"}
    configured = {"notify_on_stock_below": "1.0000", "use_config_notify_stock_qty": "1"}
    reader = read_adobe(exported(tmp_path, "BLOCK", **kept_back, **configured), source="lyon")

    levels = {
        variant.sku: variant.levels
        for product in reader.products
        if isinstance(product, ParsedProduct)
        for variant in product.variants
    }

    assert (levels["BLOCK"], levels["STRAP"]) == ({"threshold_lyon": 2}, {})


async def test_all_kinds_of_products_stand_in_one_file(database: Database, tmp_path: Path) -> None:
    assert await imported(database, tmp_path) == ImportReport(created=9, linked=1)
    assert await imported(database, tmp_path) == ImportReport(unchanged=9)
    async with database.reading() as session:
        products = await read.first_products(session, DOLLARS)
        with pytest.raises(ProductNotFound):
            await read.find_product(session, "old", DOLLARS)
    assert [product.id for product in products] == [
        "yoga-kit", "set", "ball-55-cm", "ball-65-cm", "block", "strap", "care-plan", "video",
    ]  # fmt: skip


async def test_a_bundle_has_a_variant_for_each_combination(database: Database, tmp_path: Path) -> None:
    await imported(database, tmp_path)

    kits = await variants_of(database, "yoga-kit")
    assert priced(kits) == {
        "KIT-BALL-55-BLOCK-STRAP": 4400,
        "KIT-BALL-55-BLOCK": 3000,
        "KIT-BALL-65-BLOCK-STRAP": 5400,
        "KIT-BALL-65-BLOCK": 4000,
    }
    assert [kit.options for kit in kits[:2]] == [
        {"ball": "ball-55", "strap": "strap"},
        {"ball": "ball-55", "strap": "none"},
    ]
    assert [(part.part.sku, part.quantity) for part in kits[0].components] == [
        ("BALL-55", 1), ("BLOCK", 2), ("STRAP", 1),
    ]  # fmt: skip
    async with database.reading() as session:
        kit = await read.find_product(session, "yoga-kit", DOLLARS)
    assert [value.name for option in kit.options for value in option.values] == [
        "55 cm", "65 cm", "Strap", "None",
    ]  # fmt: skip


async def test_a_fixed_price_grows_by_what_is_chosen(database: Database, tmp_path: Path) -> None:
    await imported(
        database, tmp_path, "KIT", bundle_price_type="fixed", price="50", bundle_values=BALLS + BLOCKS
    )

    assert priced(await variants_of(database, "yoga-kit")) == {
        "KIT-BALL-55-BLOCK": 5000 + 200 + 2 * 150,
        "KIT-BALL-65-BLOCK": 5000 + 500 + 2 * 150,
    }


async def test_a_bundle_without_a_choice_may_keep_its_own_sku(database: Database, tmp_path: Path) -> None:
    await imported(database, tmp_path, "KIT", bundle_sku_type="fixed", bundle_values=BLOCKS)

    assert priced(await variants_of(database, "yoga-kit")) == {"KIT": 1000}


async def test_the_special_price_of_a_bundle_is_a_share_and_no_amount(
    database: Database, tmp_path: Path
) -> None:
    await imported(
        database, tmp_path, "KIT", bundle_sku_type="fixed", bundle_values=BLOCKS, special_price="8"
    )

    async with database.reading() as session:
        assert (await read.find_product(session, "yoga-kit", DOLLARS)).price == Money(1000, "USD")


async def test_a_group_takes_its_quantities_and_one_where_none_is_chosen(
    database: Database, tmp_path: Path
) -> None:
    await imported(database, tmp_path)

    (group,) = await variants_of(database, "set")
    assert (group.kind, priced([group])) == ("group", {"SET": 1400 + 2 * 500})
    assert [(part.part.sku, part.quantity) for part in group.components] == [("STRAP", 1), ("BLOCK", 2)]


async def test_files_are_sold_together_or_each_by_itself(database: Database, tmp_path: Path) -> None:
    await imported(database, tmp_path)
    (video,) = await variants_of(database, "video")
    assert (video.kind, video.files) == ("digital", ["y/morning.mp4", "y/evening.mp4"])
    assert priced([video]) == {"VIDEO": 1000}

    await imported(database, tmp_path, "VIDEO", downloadable_links=VIDEOS.format(1))
    videos = await variants_of(database, "video")
    assert priced(videos) == {"VIDEO-morning": 1400, "VIDEO-evening": 1600}
    assert [video.files for video in videos] == [["y/morning.mp4"], ["y/evening.mp4"]]


async def test_what_is_virtual_needs_no_parcel(database: Database, tmp_path: Path) -> None:
    await imported(database, tmp_path)

    (care,) = await variants_of(database, "care-plan")
    assert (care.kind, care.files, priced([care])) == ("digital", [], {"CARE": 990})


async def test_a_simple_product_has_its_pictures_attributes_and_links(
    database: Database, tmp_path: Path
) -> None:
    await imported(database, tmp_path)

    async with database.reading() as session:
        ball = await read.find_product(session, "ball-55-cm", DOLLARS)
        row: Any = (await session.scalars(select(Product).filter_by(handle="ball-55-cm"))).one()
    assert ball.price == Money(2000, "USD")
    assert [picture["file"] for picture in row.pictures] == ["/b/a.jpg", "/b/c.jpg"]
    assert [(one["name"]["en"], one["value"]["en"]) for one in row.attributes] == [
        ("Material", "Rubber, Foam"), ("Note", "soft, light"),
    ]  # fmt: skip


BAD = [
    (
        "KIT",
        "bundle_values",
        "name=Ball,sku=LOST",
        "'LOST' is not a variant of the shop: import it, or name another.",
    ),
    (
        "KIT",
        "bundle_values",
        BALLS.replace("radio", "multi"),
        "'Ball' is not read: a choice is one of radio or select.",
    ),
    (
        "KIT",
        "bundle_values",
        "type=radio,sku=BLOCK",
        "Each part needs a name and a SKU: write name=Ball,type=radio,required=1,sku=BALL-55.",
    ),
    ("KIT", "bundle_values", "", "The choices have 0 combinations: offer 1 to 1,000 of them."),
    ("KIT", "bundle_values", "name=A,sku=BLOCK,default_qty=1.5", "'1.5' is not a whole number."),
    ("KIT", "bundle_values", "name=A,sku=BLOCK,default_qty=few", "'few' is not a number."),
    (
        "KIT",
        "bundle_values",
        "name=A,sku=BLOCK,default_qty=100",
        "Of 'BLOCK' there are at least 1 and at most 99.",
    ),
    (
        "SET",
        "associated_skus",
        "BLOCK=1,LOST=1",
        "'LOST' is not a variant of the shop: import it, or name another.",
    ),
    ("SET", "associated_skus", "", "A group consists of others: name them."),
    (
        "SET",
        "associated_skus",
        "KIT-BALL-55-BLOCK=1",
        "'KIT-BALL-55-BLOCK' has components itself: name these.",
    ),
    ("VIDEO", "downloadable_links", "", "No link says what is downloaded."),
    (
        "VIDEO",
        "downloadable_links",
        "title=Evening,url=https://video.example/1",
        "Each link needs a title and a file: put it into the folder of downloads and write title=…,file=….",
    ),
    (
        "VIDEO",
        "downloadable_links",
        "title=Evening,file=../shop.yml",
        "'../shop.yml' leads out of the folder of downloads: name a file within it.",
    ),
    (
        "CARE",
        "product_type",
        "giftcard",
        "'giftcard' is not read: choose among simple, virtual, downloadable, configurable, bundle, grouped.",
    ),
    ("CARE", "sku", "BALL-55", "'BALL-55' is used twice."),
    (
        "CARE",
        "visibility",
        "Not Visible Individually",
        "No configurable product names this variant, and nothing else shows it.",
    ),
]


@pytest.mark.parametrize(
    ("sku", "column", "cell", "message"), BAD, ids=[f"{row[0]}-{row[2][:20]}" for row in BAD]
)
async def test_a_row_that_cannot_be_used_is_named_and_the_others_are_imported(
    database: Database, tmp_path: Path, sku: str, column: str, cell: str, message: str
) -> None:
    report = await imported(database, tmp_path, sku, **{column: cell})

    row = PLACES[sku] + 2
    assert (report.created, report.failed) == (8, 1)
    assert RowError("products.csv", row, column, message) in report.errors
