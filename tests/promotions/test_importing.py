"""Promotions as operators write them: what is kept, what is refused and where, and prices that follow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend.catalogue.models import PriceList, PriceListEntry
from backend.catalogue.read import find_product
from backend.catalogue.views import Shopper
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events
from backend.exporting import export_own
from backend.importing import import_own, import_promotions
from backend.promotions import staff
from backend.promotions.coupons import UnknownCoupon, find_coupon
from backend.promotions.models import Coupon, Promotion
from tests.databases import Copies
from tests.shop.conftest import filled

SUMMER = """
- code: summer
  name: {en: Summer sale, fr: Soldes d'été, es: Rebajas de verano}
  when: {subtotal_at_least: {EUR: 3000}}
  action: percent
  percent: 10
  coupons:
  - {code: SUMMER10, limit: 100, limit_per_customer: 1, public: true}
- code: mugs
  name: {en: Cheap mugs}
  level: catalogue
  applies_to: {product: [mug]}
  action: percent
  percent: "12.5"
"""


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, copies: Copies, database_url: str, tmp_path: Path
) -> AsyncIterator[Database]:
    settings = Settings.from_environment(
        {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_DATABASE_URL": database_url}
    )
    database = Database(settings, Clock(), Events())
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, copies: Copies, tmp_path: Path) -> AsyncIterator[str]:
    async with copies.of(filled, request.param, tmp_path) as url:
        yield url


def written(folder: Path, text: str, name: str = "promotions.yml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


async def errors_of(database: Database, path: Path) -> list[tuple[int, str]]:
    report = await import_promotions(database, path)
    return [(error.row, error.column) for error in report.errors]


async def price_of_a_mug(database: Database, group: str | None = None) -> tuple[int, int | None]:
    async with database.reading() as session:
        mug = await find_product(session, "mug", Shopper("en", "EUR", group))
    return mug.price.amount, mug.list_price and mug.list_price.amount


async def test_the_same_file_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, SUMMER)
    first = await import_promotions(database, path)
    again = await import_promotions(database, path)
    assert (first.created, first.errors) == (2, [])
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    path.write_text(SUMMER.replace("percent: 10", "percent: 15"), "utf-8")
    assert (await import_promotions(database, path)).updated == 1


async def test_a_dry_run_keeps_nothing(database: Database, tmp_path: Path) -> None:
    report = await import_promotions(database, written(tmp_path, SUMMER), dry_run=True)
    assert report.created == 2
    async with database.reading() as session:
        assert (await session.scalars(select(Promotion))).all() == []
        assert (await session.scalars(select(PriceList))).all() == []


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ("name: {en: x}\n  action: percent\n  percent: 0", "action"),
        ("name: {en: x}\n  action: percent\n  percent: 101", "action"),
        ("name: {en: x}\n  action: percent", "action"),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  prozent: 5", "action"),
        ("name: {en: x}\n  action: discount\n  percent: 5", "action"),
        ("name: {en: x}\n  level: shipping\n  action: gift\n  sku: LAMP", "action"),
        ("name: {en: x}\n  action: amount_off\n  amounts: {GBP: 500}", "action"),
        ("name: {en: x}\n  action: amount_off\n  amounts: {EUR: 5.5}", "action"),
        ("name: {en: x}\n  action: gift\n  sku: NOSUCH", "sku"),
        ("name: {en: x}\n  level: shop\n  action: percent\n  percent: 5", "level"),
        ("name: {de: x}\n  action: percent\n  percent: 5", "name"),
        ("action: percent\n  percent: 5", "name"),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  when: {subtotal: 5}", "when"),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  when: {country: FR}", "when"),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  applies_to: {category: [nosuch]}", "applies_to"),
        (
            "name: {en: x}\n  action: percent\n  percent: 5\n  applies_to: {sku: [A], brand: [B]}",
            "applies_to",
        ),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  starts_at: 2026-13-01", "starts_at"),
        (
            "name: {en: x}\n  action: percent\n  percent: 5\n  starts_at: 2026-12-01\n  ends_at: 2026-11-01",
            "ends_at",
        ),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  coupons: [{code: A B}]", "code"),
        ("name: {en: x}\n  action: percent\n  percent: 5\n  coupons: [{code: A, limit: 0}]", "limit"),
        ("name: {en: x}\n  level: catalogue\n  action: percent\n  percent: 5\n  coupons: [A]", "coupons"),
        (
            "name: {en: x}\n  level: catalogue\n  action: percent\n  percent: 5\n  when: {country: [FR]}",
            "when",
        ),
    ],
)
async def test_what_is_wrong_is_named_by_row_and_nothing_is_kept(
    database: Database, tmp_path: Path, said: str, column: str
) -> None:
    path = written(tmp_path, f"{SUMMER}- code: wrong\n  {said}\n")
    assert await errors_of(database, path) == [(15, column)]
    async with database.reading() as session:
        assert (await session.scalars(select(Promotion))).all() == []


async def test_a_code_belongs_to_one_promotion(database: Database, tmp_path: Path) -> None:
    await import_promotions(database, written(tmp_path, SUMMER))
    other = "- {code: other, name: {en: x}, action: percent, percent: 5, coupons: [summer10]}\n"
    assert await errors_of(database, written(tmp_path, other)) == [(1, "coupons")]
    twice = "- {code: a, name: {en: x}, action: percent, percent: 5}\n" * 2
    assert await errors_of(database, written(tmp_path, twice)) == [(2, "code")]


async def test_a_limit_is_not_below_what_was_used(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, SUMMER)
    await import_promotions(database, path)
    async with database.transaction() as session:
        await session.execute(update(Coupon).values(used=50))
    path.write_text(SUMMER.replace("limit: 100", "limit: 49"), "utf-8")
    assert await errors_of(database, path) == [(2, "coupons")]


async def test_a_table_says_the_same_as_a_list(database: Database, tmp_path: Path) -> None:
    rows = (
        "code,level,name_en,name_fr,action,percent,amount_EUR,price_EUR,quantity,buy,get,product,subtotal_EUR,"
        "coupon,limit,coupon_public,ends_at\n"
        "ten,,Ten off,Dix,percent,10,,,,,,,30.00,TEN,5,yes,2030-01-01\n"
        "five,,Five off,,amount_off,,5.00,,,,,,,,,,\n"
        "three,,Three mugs,,bundle_price,,,20.00,3,,,mug,,,,,\n"
        "more,,More mugs,,buy_x_get_y,,,,,2,1,mug|lamp,,,,,\n"
    )
    report = await import_promotions(database, written(tmp_path, rows, "promotions.csv"))
    assert (report.created, report.errors) == (4, [])
    async with database.reading() as session:
        found = {row.code: row for row in await session.scalars(select(Promotion))}
        coupon, _ = await find_coupon(session, "ten")
    assert (found["ten"].conditions, found["ten"].terms["percent"]) == (
        {"subtotal_at_least": {"EUR": 3000}},
        "10",
    )
    assert (coupon.limit_in_all, coupon.is_public) == (5, True)
    assert found["five"].terms == {"amounts": {"EUR": 500}}
    assert found["three"].terms["prices"] == {"EUR": 2000}
    assert found["more"].applies_to == {"product": ["mug", "lamp"]}


async def test_a_row_of_a_table_that_is_wrong_is_named(database: Database, tmp_path: Path) -> None:
    rows = "code,name_en,action,percent,amount_EUR\na,A,percent,10,\nb,B,amount_off,,5.001\nc,C,percent,x,\n"
    path = written(tmp_path, rows, "promotions.csv")
    assert await errors_of(database, path) == [(3, "amount_EUR"), (4, "action")]


async def test_a_promotion_of_the_catalogue_is_the_price_that_everybody_sees(
    database: Database, tmp_path: Path
) -> None:
    await import_promotions(database, written(tmp_path, SUMMER))
    assert await price_of_a_mug(database) == (1129, 1290)
    async with database.transaction() as session:
        await staff.stop(session, "mugs")
    assert await price_of_a_mug(database) == (1290, None)
    async with database.reading() as session:
        assert (await session.scalars(select(PriceListEntry))).all() == []


async def test_it_may_be_that_of_a_group(database: Database, tmp_path: Path) -> None:
    theirs = SUMMER.replace("level: catalogue", "level: catalogue\n  groups: [trade]")
    await import_promotions(database, written(tmp_path, theirs))
    assert await price_of_a_mug(database) == (1290, None)
    assert await price_of_a_mug(database, "trade") == (1129, 1290)


async def test_it_follows_the_prices_that_are_imported(database: Database, tmp_path: Path) -> None:
    await import_promotions(database, written(tmp_path, SUMMER))
    exported = tmp_path / "files"
    await export_own(database, exported)
    assert "promotion" not in "".join(path.read_text("utf-8") for path in exported.glob("price_list*.csv"))
    products = exported / "products.csv"
    products.write_text(products.read_text("utf-8").replace("12.90", "20.00"), "utf-8")
    report = await import_own(database, exported)
    assert report.errors == []
    assert await price_of_a_mug(database) == (1750, 2000)


async def test_codes_are_generated_for_what_wants_them(database: Database, tmp_path: Path) -> None:
    await import_promotions(database, written(tmp_path, SUMMER))
    async with database.transaction() as session:
        codes = await staff.generate(session, "summer", 20, prefix="HELLO-", limit=1)
        with pytest.raises(staff.WantsNoCoupon):
            await staff.generate(session, "mugs", 1, prefix="", limit=1)
    assert len(set(codes)) == 20
    async with database.reading() as session:
        coupon, promotion = await find_coupon(session, codes[0].lower())
        assert (coupon.limit_in_all, promotion.code) == (1, "summer")
        with pytest.raises(UnknownCoupon):
            await find_coupon(session, "HELLO-")
        lines = await staff.lines(session, with_stopped=False)
    assert any("21 coupons, used 0 times" in line for line in lines)
