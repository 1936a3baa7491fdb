"""Shopify's product CSV, read and written."""

import csv
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from backend.catalogue import read
from backend.catalogue.exporting import CannotExport, ShopifyReport, ShopifyTerms
from backend.catalogue.importing import ImportReport, RowError
from backend.catalogue.models import Category, Product, Variant
from backend.catalogue.read import ProductNotFound
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.exporting import export_own, export_shopify
from backend.importing import import_own, import_shopify
from backend.inventory import service as inventory
from backend.inventory.models import Source
from backend.inventory.sources import UnknownSource
from backend.money import Money
from tests.catalogue.test_exporting import contents, empty_shop

EURO = Shopper("en", "EUR")
TERMS = ShopifyTerms("en", "EUR", "lyon", "https://shop.example")
CDN = "https://cdn.shopify.com/s/files/1/0001/files"

OLDER = f"""\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,\
Option2 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,\
Image Position,Image Alt Text,Gift Card,Variant Image,Status
tee,Linen tee,"<p>Cool &amp; light.</p><ul><li>Washed</ul>",Lune,Apparel > Shirts,Tops,"summer, linen",TRUE,Size,\
S,Color,Red,TEE-S-R,180,4,25.00,30.00,{CDN}/tee-red.jpg?v=1,2,Red,FALSE,{CDN}/tee-red.jpg?v=1,active
tee,,,,,,,,,M,,Red,,180.4,-2,26,,{CDN}/tee.jpg,1,,,,
tee,,,,,,,,,M,,Dark blue,'0042,180,0,26,,{CDN}/tee%20back.jpg,,Back,,,
tee,,,,,,,,,,,,,,,,,{CDN}/tee-box.jpg,,,,,
mug,Mug,,,,,,,Title,Default Title,,,MUG,,7,9.5,,,,,,,
lamp,Lamp,,,,,,FALSE,Title,Default Title,,,LAMP,,1,40,,,,,,,active
vase,Vase,,,,,,TRUE,Title,Default Title,,,VASE,,1,30,,,,,,,draft
"""
NEWER = """\
Title,URL handle,Description,Product category,Published on online store,Status,SKU,Option1 name,Option1 value,Price,\
Compare-at price,Inventory quantity,Weight value (grams),Product image URL,Image position,Image alt text,\
Variant image URL,Gift card
Tasse,tasse,Une tasse,Maison > Table,TRUE,Active,TASSE,Couleur,Bleu nuit,12.50,,3,250,,,,,FALSE
"""


@pytest.fixture
async def shop(tmp_path: Path, empty_shop_url: str) -> AsyncIterator[Database]:
    async with empty_shop(tmp_path, empty_shop_url) as database:
        async with database.transaction() as session:
            session.add(Source(code="lyon", kind="store", name="Lyon"))
        yield database


@pytest.fixture
def imported(shop: Database, tmp_path: Path) -> Any:
    async def imported(text: str, language: str = "en", **options: Any) -> ImportReport:
        path = tmp_path / "shopify.csv"
        path.write_text(text)
        return await import_shopify(shop, path, language=language, currency="EUR", source="lyon", **options)

    return imported


async def stored(shop: Database, handle: str) -> Product:
    async with shop.reading() as session:
        of_handle = select(Product).filter_by(handle=handle)
        variants = selectinload(Product.variants).selectinload(Variant.prices)
        return (await session.scalars(of_handle.options(variants))).one()


async def test_rows_become_a_product_with_its_variants_and_pictures(shop: Database, imported: Any) -> None:
    assert await imported(OLDER) == ImportReport(created=4, price_lists=1)

    async with shop.reading() as session:
        tee = await read.find_product(session, "tee", EURO)
    assert (tee.name, tee.brand, tee.description) == ("Linen tee", "Lune", "Cool & light.\nWashed")
    assert tee.category == "Shirts"
    assert [(variant.sku, variant.name, variant.price) for variant in tee.variants] == [
        ("TEE-S-R", "S, Red", Money(2500, "EUR")),
        ("tee_m_red", "M, Red", Money(2600, "EUR")),
        ("0042", "M, Dark blue", Money(2600, "EUR")),
    ]
    assert [(option.code, option.name) for option in tee.options] == [("size", "Size"), ("color", "Color")]
    assert [(attribute.name, attribute.value) for attribute in tee.attributes] == [("Type", "Tops")]

    product = await stored(shop, "tee")
    assert product.keywords == {"en": ["summer", "linen"]}
    assert product.pictures == [
        {"file": "s/files/1/0001/files/tee.jpg", "alt": {"en": "Linen tee"}},
        {"file": "s/files/1/0001/files/tee-red.jpg", "alt": {"en": "Red"}},
        {"file": "s/files/1/0001/files/tee back.jpg", "alt": {"en": "Back"}},
        {"file": "s/files/1/0001/files/tee-box.jpg", "alt": {"en": "Linen tee"}},
    ]
    assert [variant.weight_grams for variant in product.variants] == [180, 180, 180]
    assert product.variants[0].picture == "s/files/1/0001/files/tee-red.jpg"


async def test_a_product_without_options_has_one_variant(shop: Database, imported: Any) -> None:
    await imported(OLDER)

    mug = await stored(shop, "mug")
    assert mug.options == []
    assert [(variant.sku, variant.options) for variant in mug.variants] == [("MUG", {})]


async def test_the_newer_names_of_the_columns_are_read_too(shop: Database, imported: Any) -> None:
    assert await imported(NEWER, language="fr") == ImportReport(created=1)

    async with shop.reading() as session:
        cup = await read.find_product(session, "tasse", Shopper("fr", "EUR"))
    assert (cup.name, cup.description, cup.category) == ("Tasse", "Une tasse", "Table")
    assert [(variant.sku, variant.name) for variant in cup.variants] == [("TASSE", "Bleu nuit")]
    assert (await stored(shop, "tasse")).name == {"fr": "Tasse"}


async def test_the_path_of_a_category_becomes_a_tree(shop: Database, imported: Any) -> None:
    await imported(OLDER)
    await imported(NEWER)

    async with shop.reading() as session:
        categories = await session.scalars(select(Category).order_by(Category.code))
        codes = {
            category.id: (category.code, category.name["en"], category.parent_id) for category in categories
        }
    assert [(code, name, codes[parent][0] if parent else None) for code, name, parent in codes.values()] == [
        ("apparel", "Apparel", None),
        ("apparel_shirts", "Shirts", "apparel"),
        ("maison", "Maison", None),
        ("maison_table", "Table", "maison"),
    ]


@pytest.mark.parametrize("handle", ["lamp", "vase"])
async def test_what_is_not_published_is_not_for_sale(shop: Database, imported: Any, handle: str) -> None:
    await imported(OLDER)

    async with shop.reading() as session:
        with pytest.raises(ProductNotFound):
            await read.find_product(session, handle, EURO)


async def test_what_is_withdrawn_there_is_withdrawn_here(shop: Database, imported: Any) -> None:
    await imported(NEWER)
    assert await imported(NEWER.replace("Active", "archived")) == ImportReport(updated=1)
    assert (await stored(shop, "tasse")).is_visible is False


async def test_the_stock_goes_to_the_source_and_what_is_owed_counts_nothing(
    shop: Database, imported: Any
) -> None:
    await imported(OLDER)

    async with shop.reading() as session:
        skus = dict((await session.execute(select(Variant.sku, Variant.id))).all())
        counted = await inventory.counted(session, list(skus.values()))
    assert {sku: counted.get(variant) for sku, variant in skus.items()} == {
        "TEE-S-R": {"lyon": 4},
        "tee_m_red": {"lyon": 0},
        "0042": {"lyon": 0},
        "MUG": {"lyon": 7},
        "LAMP": {"lyon": 1},
        "VASE": {"lyon": 1},
    }


async def test_the_same_file_again_changes_nothing(imported: Any) -> None:
    await imported(OLDER)
    assert await imported(OLDER) == ImportReport(unchanged=4)


SALE = "Title,SKU,Price,Compare-at price\nBowl,BOWL,{0},{1}\nCup,CUP,5,\n"


async def sold_for(shop: Database, handle: str) -> tuple[int, int | None]:
    """And what it usually costs."""
    async with shop.reading() as session:
        product = await read.find_product(session, handle, EURO)
    return product.price.amount, product.list_price.amount if product.list_price else None


async def test_a_higher_price_to_compare_with_is_the_usual_one(shop: Database, imported: Any) -> None:
    assert await imported(SALE.format("8", "10")) == ImportReport(created=2, price_lists=1)
    assert (await sold_for(shop, "bowl"), await sold_for(shop, "cup")) == ((800, 1000), (500, None))


@pytest.mark.parametrize("compare_at", ["", "0", "8", "7.99"])
async def test_one_that_is_not_higher_compares_nothing(
    shop: Database, imported: Any, compare_at: str
) -> None:
    assert await imported(SALE.format("8", compare_at)) == ImportReport(created=2)
    assert await sold_for(shop, "bowl") == (800, None)


async def test_a_sale_that_is_over_there_is_over_here(shop: Database, imported: Any) -> None:
    await imported(SALE.format("8", "10"))
    assert (await imported(SALE.format("10", ""))).price_lists == 1
    assert await sold_for(shop, "bowl") == (1000, None)


async def test_a_file_without_it_or_of_other_products_leaves_sales_as_they_are(
    shop: Database, imported: Any
) -> None:
    await imported(SALE.format("8", "10"))
    assert (await imported("Title,SKU,Price,Compare-at price\nJug,JUG,20,25\n")).price_lists == 1
    assert (await imported("Title,SKU,Price\nBowl,BOWL,12\n")).price_lists == 0
    assert (await sold_for(shop, "bowl"), await sold_for(shop, "jug")) == ((800, 1200), (2000, 2500))


async def test_what_is_refused_with_its_product_is_not_on_sale(shop: Database, imported: Any) -> None:
    await imported(SALE.format("8", ""))
    stolen = "Title,SKU,Price,Compare-at price\nThief,BOWL,1,2\nFork,FORK,3,4\nBad,BAD,x,4\n"
    report = await imported(stolen)
    assert (report.created, report.failed, report.price_lists) == (1, 2, 1)
    assert (await sold_for(shop, "bowl"), await sold_for(shop, "fork")) == ((800, None), (300, 400))


async def test_a_source_that_nobody_knows_is_refused(shop: Database, tmp_path: Path) -> None:
    with pytest.raises(UnknownSource):
        await import_shopify(shop, tmp_path / "x.csv", language="en", currency="EUR", source="mars")
    with pytest.raises(CannotExport):
        await export_shopify(
            shop, tmp_path / "out", ShopifyTerms("en", "EUR", "mars", "https://shop.example")
        )


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"Price": ""}, "Price", "The variant has no price: write 12.50."),
        ({"Price": "12,50"}, "Price", "'12,50' is not a price: write 12.50."),
        (
            {"Compare-at price": "-1"},
            "Compare-at price",
            "'-1' is not a price: at least 0 and at most two decimals.",
        ),
        ({"Inventory quantity": "many"}, "Inventory quantity", "'many' is not a whole number of units."),
        ({"Weight value (grams)": "light"}, "Weight value (grams)", "'light' is not a number of grams."),
        ({"Weight value (grams)": "-1"}, "Weight value (grams)", "'-1' is not a weight: at least 0 grams."),
        (
            {"Status": "gone"},
            "Status",
            "'gone' is not a status: write active, draft, archived or unlisted.",
        ),
        (
            {"Published on online store": "perhaps"},
            "Published on online store",
            "'perhaps' is neither TRUE nor FALSE.",
        ),
        ({"Gift card": "TRUE"}, "Gift card", "Gift cards are not sold here: take its rows out of the file."),
        ({"Title": ""}, "Title", "The product has no name."),
        ({"Title": "", "URL handle": ""}, "URL handle", "The row has neither a handle nor a title."),
        (
            {"Option1 value": ""},
            "Option1 value",
            "The variant has no 'Couleur': each variant needs a value for each option.",
        ),
        (
            {"Option1 name": ""},
            "Option1 name",
            "The option has a value and no name: name it in the product's first row.",
        ),
        (
            {"Product image URL": "a.jpg", "Image position": "first"},
            "Image position",
            "'first' is not a position: write 1, 2, 3.",
        ),
        (
            {"Product image URL": "https://cdn.example/"},
            "Product image URL",
            "'https://cdn.example/' is not the address of a picture.",
        ),
    ],
)
async def test_an_error_names_its_row_and_column(
    imported: Any, cells: dict[str, str], column: str, message: str
) -> None:
    header, values = csv.reader(NEWER.splitlines())
    row = dict(zip(header, values, strict=True)) | cells
    good = "Bol,bol,,,,,BOL,,,8,,1,,,,,,"
    bad = ",".join(f'"{cell}"' for cell in row.values())

    report = await imported("\n".join([",".join(header), bad, good]))

    assert report == ImportReport(created=1, failed=1, errors=[RowError("shopify.csv", 2, column, message)])


async def test_a_sku_is_made_of_what_tells_the_variant_apart(shop: Database, imported: Any) -> None:
    rows = "Title,URL handle,Option1 name,Option1 value,Price\nTee,{0},Size,S/M,1\n,{0},,S-M,1\n"
    await imported(rows.format("tee"))
    first, second = (variant.sku for variant in (await stored(shop, "tee")).variants)
    assert (first, second) == ("tee_s-m-6c144640", "tee_s-m")

    await imported(rows.format("t" * 150))
    long, longer = (variant.sku for variant in (await stored(shop, "t" * 150)).variants)
    assert long != longer
    assert len(long) == len(longer) == 80


async def test_what_goes_around_changes_nothing(shop: Database, imported: Any, tmp_path: Path) -> None:
    await imported(OLDER)

    assert await export_shopify(shop, tmp_path / "out", TERMS) == ShopifyReport(4, 2, 0)
    report = await import_shopify(
        shop, tmp_path / "out" / "products.csv", language="en", currency="EUR", source="lyon"
    )

    assert report == ImportReport(unchanged=4)


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        (Product, {"visible_from": datetime(2999, 1, 1, tzinfo=UTC)}),
        (Product, {"channels": ["telegram"]}),
        (Variant, {"visible_until": datetime(2000, 1, 1, tzinfo=UTC)}),
    ],
)
async def test_what_the_website_does_not_show_is_not_published_there(
    shop: Database, imported: Any, tmp_path: Path, table: type[Product | Variant], shown: dict[str, Any]
) -> None:
    await imported(NEWER)
    async with shop.transaction() as session:
        await session.execute(update(table).values(**shown))

    assert await export_shopify(shop, tmp_path / "out", TERMS) == ShopifyReport(1, 1, 0)

    with (tmp_path / "out" / "products.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["Status"], row["Published on online store"]) == ("draft", "FALSE")


async def test_the_file_is_as_shopify_writes_it(shop: Database, imported: Any, tmp_path: Path) -> None:
    await imported(OLDER)
    await export_shopify(shop, tmp_path / "out", TERMS)

    with (tmp_path / "out" / "products.csv").open(newline="") as file:
        rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]
    assert rows[0] | {"Description": ""} == {
        "Title": "Linen tee",
        "URL handle": "tee",
        "Description": "",
        "Vendor": "Lune",
        "Product category": "Apparel > Shirts",
        "Type": "Tops",
        "Tags": "summer, linen",
        "Published on online store": "TRUE",
        "Status": "active",
        "SKU": "TEE-S-R",
        "Option1 name": "Size",
        "Option1 value": "S",
        "Option2 name": "Color",
        "Option2 value": "Red",
        "Price": "25.00",
        "Compare-at price": "30.00",
        "Charge tax": "TRUE",
        "Inventory tracker": "shopify",
        "Inventory quantity": "4",
        "Continue selling when out of stock": "DENY",
        "Weight value (grams)": "180",
        "Requires shipping": "TRUE",
        "Fulfillment service": "manual",
        "Product image URL": "https://shop.example/pictures/s/files/1/0001/files/tee.jpg",
        "Image position": "1",
        "Image alt text": "Linen tee",
        "Variant image URL": "https://shop.example/pictures/s/files/1/0001/files/tee-red.jpg",
        "Gift card": "FALSE",
    }
    assert rows[0]["Description"] == "Cool &amp; light.<br>Washed"
    assert rows[3] == {
        "URL handle": "tee",
        "Product image URL": "https://shop.example/pictures/s/files/1/0001/files/tee-box.jpg",
        "Image position": "4",
        "Image alt text": "Linen tee",
    }
    assert (rows[4]["Option1 name"], rows[4]["Option1 value"]) == ("Title", "Default Title")
    assert (rows[5]["Published on online store"], rows[5]["Status"]) == ("FALSE", "draft")


async def test_what_has_no_price_in_the_currency_is_left_out_and_counted(
    shop: Database, imported: Any, tmp_path: Path
) -> None:
    await imported(NEWER)

    dollars = ShopifyTerms("en", "USD", "lyon", "https://shop.example")
    assert await export_shopify(shop, tmp_path / "out", dollars) == ShopifyReport(0, 0, 1)


async def test_more_options_than_shopify_takes_are_refused(
    shop: Database, imported: Any, tmp_path: Path
) -> None:
    await imported(NEWER)
    async with shop.transaction() as session:
        cup = (await session.scalars(select(Product).filter_by(handle="tasse"))).one()
        cup.options = cup.options * 4

    with pytest.raises(CannotExport, match=r"^tasse: Shopify takes 3 options, the product has 4\.$"):
        await export_shopify(shop, tmp_path / "out", TERMS)
    assert list((tmp_path / "out").iterdir()) == []


async def test_our_own_format_holds_what_came_from_shopify(
    shop: Database, imported: Any, tmp_path: Path
) -> None:
    await imported(OLDER.replace("FALSE,Title", "TRUE,Title").replace("draft", "active"))

    await export_own(shop, tmp_path / "out")

    assert await import_own(shop, tmp_path / "out") == ImportReport(unchanged=4)


# What follows draws files as Shopify or a spreadsheet could have written them.

NAMES = ("Size", "Größe", "=1+1", "サイズ", "Couleur, teinte")
cell = st.text(
    st.sampled_from("aéß\"',;|\\\n\t=+-@<>&🫖 ") | st.characters(exclude_categories=["Cs", "Cc"]), max_size=12
)
title = cell.filter(lambda text: text.strip() != "")
value = title.filter(lambda text: text.strip() not in {"Default Title"})


@st.composite
def shopify_rows(draw: st.DrawFn, handle: str) -> list[dict[str, str]]:
    names = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
    chosen = draw(st.lists(st.tuples(*(value for _ in names)), min_size=1, max_size=4)) if names else [()]
    count = max(len(chosen), draw(st.integers(0, 3)))
    rows = [{"Handle": handle} for _ in range(count)]
    for number, (row, values) in enumerate(zip(rows, chosen, strict=False)):
        row |= {f"Option{place} Value": text for place, text in enumerate(values, start=1)}
        row |= {
            "Variant SKU": draw(st.just("") | title.map(lambda text, n=number: f"{text.strip()}{handle}{n}")),
            "Variant Price": draw(st.decimals("0", "99999", places=2).map(str)),
            "Variant Compare At Price": draw(
                st.sampled_from(["", "0"]) | st.decimals("0", "99999", places=2).map(str)
            ),
            "Variant Inventory Qty": draw(st.just("") | st.integers(-5, 500).map(str)),
            "Variant Grams": draw(st.just("") | st.integers(0, 9999).map(str)),
            "Variant Image": draw(st.sampled_from(["", "a.jpg", f"{CDN}/b%2Cc%20d.jpg?v=3"])),
        }
    for row in rows:
        row["Image Src"] = draw(st.sampled_from(["", "a.jpg", "/m/b.jpg", f"{CDN}/é%20%23.jpg"]))
        row["Image Alt Text"] = draw(cell)
        row["Image Position"] = draw(st.sampled_from(["", "1", "3"]))
    rows[0] |= {f"Option{place} Name": name for place, name in enumerate(names, start=1)}
    rows[0] |= {
        "Title": draw(title),
        "Body (HTML)": draw(cell | st.just("<p>One</p><script>two()</script>&lt;b&gt;")),
        "Vendor": draw(cell),
        "Type": draw(cell),
        "Tags": draw(cell),
        "Product Category": draw(cell | st.sampled_from(["Home > Table", "Home Table", "home > table"])),
        "Status": draw(st.sampled_from(["active", "draft", ""])),
        "Published": draw(st.sampled_from(["TRUE", "FALSE", ""])),
    }
    return rows


files = st.integers(1, 4).flatmap(
    lambda count: st.tuples(*(shopify_rows(f"product-{number}") for number in range(count)))
)


@given(products=files)
@settings(max_examples=40, deadline=None)
async def test_any_file_goes_around(products: tuple[list[dict[str, str]], ...]) -> None:
    rows = [row for product in products for row in product]
    with tempfile.TemporaryDirectory() as folder:
        (again := Path(folder) / "again").mkdir()
        path = Path(folder) / "products.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, dict.fromkeys(column for row in rows for column in row))
            table.writeheader()
            table.writerows(rows)
        async with empty_shop(Path(folder)) as shop, empty_shop(again) as elsewhere:
            for database in (shop, elsewhere):
                async with database.transaction() as session:
                    session.add(Source(code="lyon", kind="store", name="Lyon"))
            kinds = {"language": "en", "currency": "EUR", "source": "lyon"}
            first = await import_shopify(shop, path, **kinds)
            assert first.created + first.failed == len(products)

            await export_shopify(shop, Path(folder) / "out", TERMS)
            written = Path(folder) / "out" / "products.csv"
            if first.created:
                assert await import_shopify(shop, written, **kinds) == ImportReport(unchanged=first.created)
                assert await import_shopify(elsewhere, written, **kinds) == ImportReport(
                    created=first.created, price_lists=first.price_lists
                )
            await export_shopify(elsewhere, Path(folder) / "once", TERMS)
            if first.created:
                assert contents(Path(folder) / "once") == contents(Path(folder) / "out")
