"""Products that go together: read, stored, exported, and kept as the files say."""

from pathlib import Path

import pytest
from sqlalchemy import update

from backend.catalogue.importing import (
    ImportReport,
    RowError,
    Unreadable,
    import_catalogue,
    read_adobe,
    read_own,
)
from backend.catalogue.links import linked_products
from backend.catalogue.models import LINK_KINDS, Product
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.exporting import export_own
from backend.importing import import_own
from tests.catalogue.test_exporting import empty_shop
from tests.catalogue.test_importing import LUMA, changed

LINKS = (
    "lune-mug,complementary,loose-green-tea",
    "lune-mug,related,route-travel-mug",
    "lune-mug,complementary,loose-black-tea",
    "ravn-bread-knife,up_sell,ravn-chef-knife",
)


def linking(files: Path, *rows: str) -> Path:
    (files / "links.csv").write_text("\n".join(["product,kind,linked", *rows]))
    return files


async def linked(database: Database, product: str, currency: str = "EUR") -> dict[str, list[str]]:
    async with database.reading() as session:
        found = {
            kind: await linked_products(session, product, kind, Shopper("en", currency))
            for kind in LINK_KINDS
        }
    return {kind: [view.id for view in views] for kind, views in found.items() if views}


async def test_each_kind_has_its_order(database: Database, files: Path) -> None:
    report = await import_catalogue(database, read_own(linking(files, *LINKS)))
    assert report == ImportReport(created=14, linked=2)
    assert await linked(database, "lune-mug") == {
        "related": ["route-travel-mug"],
        "complementary": ["loose-green-tea", "loose-black-tea"],
    }
    assert await linked(database, "ravn-bread-knife") == {"up_sell": ["ravn-chef-knife"]}


async def test_the_same_links_again_change_nothing(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(linking(files, *LINKS)))
    assert await import_catalogue(database, read_own(files)) == ImportReport(unchanged=14)


async def test_a_product_without_a_row_has_no_links_any_more(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(linking(files, *LINKS)))
    report = await import_catalogue(database, read_own(linking(files, *LINKS[:1])))
    assert report == ImportReport(unchanged=14, linked=2)
    assert await linked(database, "lune-mug") == {"complementary": ["loose-green-tea"]}
    assert await linked(database, "ravn-bread-knife") == {}


async def test_without_the_file_all_links_stay(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(linking(files, *LINKS)))
    (files / "links.csv").unlink()
    assert await import_catalogue(database, read_own(files)) == ImportReport(unchanged=14)
    assert await linked(database, "ravn-bread-knife") == {"up_sell": ["ravn-chef-knife"]}


async def test_a_dry_run_reads_the_links_and_keeps_none(database: Database, files: Path) -> None:
    report = await import_catalogue(database, read_own(linking(files, *LINKS)), dry_run=True)
    assert report == ImportReport(created=14, linked=2)
    assert await import_catalogue(database, read_own(files)) == ImportReport(created=14, linked=2)


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("lune-mug,related,lune-mug", "linked", "'lune-mug' cannot be linked to itself."),
        ("lune-mug,related,saucer", "linked", "'saucer' is not a product of the shop."),
        ("lune-mug,complementary,loose-green-tea", "linked", "'loose-green-tea' is linked twice."),
        (
            "lune-mug,similar,saucer",
            "kind",
            "'similar' is not a kind: choose among related, complementary, up_sell.",
        ),
        ("saucer,related,lune-mug", "product", "'saucer' is not a product of the shop."),
    ],
)
async def test_a_link_that_cannot_be_is_named_and_the_others_are_kept(
    database: Database, files: Path, row: str, column: str, message: str
) -> None:
    report = await import_catalogue(database, read_own(linking(files, LINKS[0], row)))
    assert report.errors == [RowError("links.csv", 3, column, message)]
    assert await linked(database, "lune-mug") == {"complementary": ["loose-green-tea"]}


async def test_the_rows_of_a_product_stand_together(database: Database, files: Path) -> None:
    report = await import_catalogue(database, read_own(linking(files, LINKS[0], LINKS[3], LINKS[1])))
    message = "The rows of 'lune-mug' do not stand together."
    assert report.errors == [RowError("links.csv", 4, "product", message)]


async def test_links_come_in_any_encoding_and_with_any_separator(database: Database, files: Path) -> None:
    path = linking(files, *LINKS) / "links.csv"
    path.write_text(path.read_text().replace(",", ";"), encoding="utf-16")
    assert await import_catalogue(database, read_own(files)) == ImportReport(created=14, linked=2)


def test_a_file_of_links_without_a_column_is_refused_before_anything_is_read(files: Path) -> None:
    (files / "links.csv").write_text("product,linked\nlune-mug,loose-green-tea")
    with pytest.raises(Unreadable, match=r"^links\.csv: the column 'kind' is missing: "):
        read_own(files)


@pytest.mark.parametrize("row", ["ravn-bread-knife,up_sell", 'ravn-bread-knife,up_sell,"ravn"-chef-knife'])
async def test_a_row_that_cannot_be_read_costs_nobody_the_links_that_are_stored(
    database: Database, files: Path, row: str
) -> None:
    await import_catalogue(database, read_own(linking(files, *LINKS)))
    report = await import_catalogue(database, read_own(linking(files, *LINKS[:1], row)))
    assert [(error.file, error.row, error.column) for error in report.errors] == [("links.csv", 3, "row")]
    assert await linked(database, "ravn-bread-knife") == {"up_sell": ["ravn-chef-knife"]}


async def test_a_handle_that_no_database_keeps_is_no_product(
    tmp_path: Path, empty_shop_url: str, files: Path
) -> None:
    async with empty_shop(tmp_path, empty_shop_url) as shop:
        report = await import_own(shop, linking(files, LINKS[0], "lune-mug,related,a\x00b"))
    message = "'a\\x00b' is not a product of the shop."
    assert report.errors == [RowError("links.csv", 3, "linked", message)]


async def test_what_is_not_for_sale_is_not_led_to(database: Database, files: Path) -> None:
    changed(files, "TEA-GRN", visible_until="2026-11-01")
    await import_catalogue(database, read_own(linking(files, *LINKS[:1])))
    assert await linked(database, "lune-mug") == {}


async def test_links_go_around(tmp_path: Path, empty_shop_url: str, files: Path) -> None:
    async with empty_shop(tmp_path, empty_shop_url) as shop:
        await import_own(shop, linking(files, *LINKS))
        await export_own(shop, tmp_path / "out")
        assert await import_own(shop, tmp_path / "out") == ImportReport(unchanged=14)
    assert (tmp_path / "out" / "links.csv").read_text().splitlines() == [
        "product,kind,linked",
        "lune-mug,related,route-travel-mug",
        "lune-mug,complementary,loose-green-tea",
        "lune-mug,complementary,loose-black-tea",
        "ravn-bread-knife,up_sell,ravn-chef-knife",
    ]


async def test_links_to_what_is_hidden_outlive_an_export_and_its_import(
    tmp_path: Path, empty_shop_url: str, files: Path
) -> None:
    async with empty_shop(tmp_path, empty_shop_url) as shop:
        await import_own(shop, linking(files, *LINKS))
        await hide(shop, "loose-green-tea", is_hidden=True)
        await export_own(shop, tmp_path / "out")
        assert await import_own(shop, tmp_path / "out") == ImportReport(unchanged=13)
        (tmp_path / "out" / "links.csv").write_text("product,kind,linked\n" + LINKS[1])
        assert (await import_own(shop, tmp_path / "out")).linked == 2
        await hide(shop, "loose-green-tea", is_hidden=False)
        assert await linked(shop, "lune-mug") == {
            "related": ["route-travel-mug"],
            "complementary": ["loose-green-tea"],
        }


async def hide(shop: Database, handle: str, *, is_hidden: bool) -> None:
    async with shop.transaction() as session:
        await session.execute(update(Product).filter_by(handle=handle).values(is_visible=not is_hidden))


async def test_columns_of_an_adobe_export_link_too(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "Configurable"
    folder.mkdir()
    (folder / "products.csv").write_text(
        "sku,product_type,name,price,qty,configurable_variations,related_skus,crosssell_skus,upsell_skus\n"
        'A-1,simple,Mug 1,9,1,,,,\nA,configurable,Mug,,,"sku=A-1,size=S","B,X",,A\n'
        'B-1,simple,Lamp 1,9,1,,,,\nB,configurable,Lamp,,,"sku=B-1,size=S",,A-1,\n'
    )
    report = await import_catalogue(database, read_adobe(tmp_path))
    assert await linked(database, "mug", "USD") == {"related": ["lamp"]}
    assert await linked(database, "lamp", "USD") == {"complementary": ["mug"]}
    assert report.errors == [
        RowError("products.csv", 3, "related_skus", "'X' is not a product of the shop."),
        RowError("products.csv", 3, "upsell_skus", "'mug' cannot be linked to itself."),
    ]


@pytest.mark.skipif(not LUMA.exists(), reason=f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED).")
async def test_the_sample_shop_of_adobe_commerce_is_linked(database: Database) -> None:
    """It names products that it does not have."""
    report = await import_catalogue(database, read_adobe(LUMA, currency="USD"))
    assert (report.created, report.linked) == (199, 184)
    wrong = {
        error.message.partition("'")[2].partition("'")[0]
        for error in report.errors
        if error.file != "products_reviews.csv"
    }
    others = {"241-MB06", "241-MB08", "241-MB12", "242-MB06", "242-MB12", "243-MB06"}
    assert wrong == {"24-WG082"} | others
