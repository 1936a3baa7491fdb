"""What is shown for a time or in some channels only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.catalogue import read
from backend.catalogue.importing import RowError, import_catalogue, read_own
from backend.catalogue.read import ProductNotFound, VariantNotFound
from backend.catalogue.variants import variant_to_sell
from backend.catalogue.views import Shopper
from backend.clock import HeldClock
from backend.db import Database
from backend.exporting import export_own
from backend.importing import import_own
from tests.catalogue.conftest import Search
from tests.catalogue.test_exporting import empty_shop
from tests.catalogue.test_importing import changed

ENGLISH = Shopper("en", "EUR")
CHRISTMAS = {"visible_from": "2026-11-03T08:00+02:00", "visible_until": "2026-12-25", "channels": ""}


async def shown_skus(database: Database, product: str, channel: str = "web") -> list[str]:
    async with database.reading() as session:
        session.info["channel"] = channel
        try:
            found = await read.find_product(session, product, ENGLISH)
        except ProductNotFound:
            return []
        return [variant.sku for variant in found.variants]


def at(database: Database, moment: datetime) -> None:
    clock = database.clock
    assert isinstance(clock, HeldClock)
    clock.advance(moment - clock.now())


async def test_a_product_is_for_sale_from_its_first_moment_until_its_last(
    database: Database, files: Path
) -> None:
    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", **CHRISTMAS)))
    assert report.errors == []
    seen = []
    for moment in (
        datetime(2026, 11, 3, 5, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 3, 6, tzinfo=UTC),
        datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 25, tzinfo=UTC),
    ):
        at(database, moment)
        seen.append(await shown_skus(database, "route-travel-mug"))
    assert seen == [[], ["TRAVEL"], ["TRAVEL"], []]


async def test_a_variant_has_a_time_of_its_own(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(changed(files, "MUG-GRN", variant_visible_from="2026-11-20")))
    assert await shown_skus(database, "lune-mug") == ["MUG-BLU", "MUG-WHT"]
    async with database.reading() as session:
        with pytest.raises(VariantNotFound):
            await variant_to_sell(session, "MUG-GRN")
    at(database, datetime(2026, 11, 20, tzinfo=UTC))
    assert await shown_skus(database, "lune-mug") == ["MUG-BLU", "MUG-WHT", "MUG-GRN"]


async def test_a_channel_shows_what_is_for_it(database: Database, files: Path) -> None:
    changed(files, "MUG-GRN", variant_channels="telegram")
    await import_catalogue(database, read_own(changed(files, "TRAVEL", channels="telegram|whatsapp")))
    assert await shown_skus(database, "route-travel-mug") == []
    assert await shown_skus(database, "route-travel-mug", "whatsapp") == ["TRAVEL"]
    assert await shown_skus(database, "route-travel-mug", "slack") == []
    assert await shown_skus(database, "lune-mug", "telegram") == ["MUG-BLU", "MUG-WHT", "MUG-GRN"]


async def test_nobody_puts_a_variant_of_a_hidden_product_into_a_cart(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(changed(files, "TRAVEL", visible_until="2026-11-01")))
    async with database.reading() as session:
        with pytest.raises(VariantNotFound):
            await variant_to_sell(session, "TRAVEL")


async def test_the_search_knows_what_time_it_is(shop: Database, files: Path, search: Search) -> None:
    assert [product.id for product in (await search("travel mug")).products][:1] == ["route-travel-mug"]
    await import_catalogue(shop, read_own(changed(files, "TRAVEL", visible_until="2026-11-03")))
    at(shop, datetime(2026, 11, 3, tzinfo=UTC) + timedelta(seconds=1))
    assert "route-travel-mug" not in [product.id for product in (await search("travel mug")).products]


async def test_time_and_channels_go_around(tmp_path: Path, empty_shop_url: str, files: Path) -> None:
    changed(files, "MUG-GRN", variant_channels="slack|web", variant_visible_until="2027-01-01T00:00:00.5Z")
    changed(files, "TRAVEL", **CHRISTMAS)
    async with empty_shop(tmp_path, empty_shop_url) as shop:
        await import_own(shop, files)
        await export_own(shop, tmp_path / "out")
        assert (await import_own(shop, tmp_path / "out")).unchanged == 14
    products = (tmp_path / "out" / "products.csv").read_text()
    assert ",2026-11-03T06:00:00Z,2026-12-25T00:00:00Z,," in products
    assert ",2027-01-01T00:00:00.500000Z,web|slack," in products


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        (
            "visible_from",
            "soon",
            "'soon' is not a time: write 2026-12-01T08:00Z, or a day alone.",
        ),
        (
            "variant_visible_from",
            "2026-12-01T08:00",
            "'2026-12-01T08:00' is not a time: write 2026-12-01T08:00Z, or a day alone.",
        ),
        (
            "channels",
            "web|fax",
            "'fax' is not a channel: choose among web, telegram, whatsapp, messenger, slack.",
        ),
    ],
)
async def test_a_wrong_time_or_channel_is_named(
    database: Database, files: Path, column: str, cell: str, message: str
) -> None:
    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", **{column: cell})))
    assert report.errors == [RowError("products.csv", 8, column, message)]


async def test_an_end_before_the_beginning_is_named(database: Database, files: Path) -> None:
    cells = {"visible_from": "2026-12-01", "visible_until": "2026-12-01"}
    report = await import_catalogue(database, read_own(changed(files, "TRAVEL", **cells)))
    (error,) = report.errors
    assert (error.column, error.message) == ("visible_until", "'2026-12-01' is not after visible_from.")
