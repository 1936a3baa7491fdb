"""What is said of products: read, counted, exported, and never more than text."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from backend.catalogue import read
from backend.catalogue.importing import ImportReport, RowError, import_catalogue, read_adobe, read_own
from backend.catalogue.models import Review
from backend.catalogue.ratings import average
from backend.catalogue.reviews import ReviewPage, list_reviews, plain, plain_line
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.exporting import export_own
from backend.importing import import_own
from tests.catalogue.test_exporting import empty_shop
from tests.catalogue.test_importing import LUMA

ENGLISH = Shopper("en", "EUR")
COLUMNS = "product,rating,author,text,status,created_at,language"
REVIEWS = (
    "lune-mug,5,Ana,Me encanta.,approved,2026-10-01,es",
    "lune-mug,4,Zoé,Jolie mais lourde.,approved,2026-10-03T12:00Z,fr",
    "lune-mug,4,Tom,Good.,approved,2026-10-02,en",
    "lune-mug,1,Max,Broken!,pending,2026-10-04,en",
    "lune-mug,1,Spam,Buy my pills,rejected,2026-10-05,en",
)


def reviewed(files: Path, *rows: str, columns: str = COLUMNS) -> Path:
    (files / "reviews.csv").write_text("\n".join([columns, *rows]))
    return files


async def of_mug(database: Database, limit: int = 10, cursor: str | None = None) -> ReviewPage:
    async with database.reading() as session:
        return await list_reviews(session, "lune-mug", ENGLISH, limit, cursor)


async def test_only_what_is_approved_is_shown_and_counted(database: Database, files: Path) -> None:
    report = await import_catalogue(database, read_own(reviewed(files, *REVIEWS)))
    assert report == ImportReport(created=14, reviews=5)
    page = await of_mug(database)
    assert [review.author for review in page.reviews] == ["Zoé", "Tom", "Ana"]
    assert (page.rating, page.review_count, page.cursor) == (4.3, 3, None)
    async with database.reading() as session:
        mug = await read.find_product(session, "lune-mug", ENGLISH)
        lamp = await read.find_product(session, "roseau-floor-lamp", ENGLISH)
    assert [(view.rating, view.review_count) for view in (mug, lamp)] == [(4.3, 3), (None, 0)]


async def test_reviews_come_page_by_page_even_if_new_ones_arrive(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(reviewed(files, *REVIEWS)))
    first = await of_mug(database, limit=1)
    newest = "lune-mug,5,Lea,Later.,approved,2026-11-01,en"
    await import_catalogue(database, read_own(reviewed(files, *REVIEWS, newest)))
    second = await of_mug(database, limit=2, cursor=first.cursor)
    assert [review.author for review in (*first.reviews, *second.reviews)] == ["Zoé", "Tom", "Ana"]
    assert second.cursor is None


async def test_the_same_reviews_again_change_nothing(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(reviewed(files, *REVIEWS)))
    assert await import_catalogue(database, read_own(files)) == ImportReport(unchanged=14)


async def test_an_import_does_not_undo_what_staff_decided(database: Database, files: Path) -> None:
    await import_catalogue(database, read_own(reviewed(files, *REVIEWS)))
    async with database.transaction() as session:
        await session.execute(update(Review).filter_by(author="Zoé").values(status="rejected"))
    await import_catalogue(database, read_own(files))
    assert [review.author for review in (await of_mug(database)).reviews] == ["Tom", "Ana"]


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [(5, 1, 5.0), (17, 4, 4.3), (13, 3, 4.3), (14, 3, 4.7), (85, 20, 4.3), (8499, 2000, 4.2), (1, 1, 1.0)],
)
def test_an_average_is_exact_to_one_decimal(total: int, count: int, expected: float) -> None:
    assert average(total, count) == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("[free](https://evil.example) **mug** &lt;", "[free](https://evil.example) **mug** &lt;"),
        ("a\x00b\x1b[31mc\x7fd\x9be", "ab[31mcde"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree four"),
        ("left\u202etfel\u2066", "lefttfel"),
        ("a gap \ue000total\ue001", "a gap total"),
        ("half \ud83d", "half"),
        ("👩‍👧 très joli", "👩‍👧 très joli"),
        ("my card is 4242 4242 4242 4242", "my card is •••• 4242"),
    ],
)
def test_a_review_is_only_text(typed: str, kept: str) -> None:
    assert plain(f" {typed}\n") == kept


def test_a_title_is_one_line() -> None:
    assert plain_line(" Good\n  mug ") == "Good mug"


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("saucer,5,Ana,Good.,,,", "product", "'saucer' is not a product of the shop."),
        ("lune-mug,6,Ana,Good.,,,", "rating", "'6' is not a rating: write a whole number from 1 to 5."),
        ("lune-mug,4.5,Ana,Good.,,,", "rating", "'4.5' is not a rating: write a whole number from 1 to 5."),
        ("lune-mug,5,,Good.,,,", "author", "The review has no author."),
        ("lune-mug,5,Ana,,,,", "text", "The review has no text."),
        (
            f"lune-mug,5,Ana,{'a' * 2001},,,",
            "text",
            "The text has 2,001 characters: shorten it to at most 2,000.",
        ),
        (
            "lune-mug,5,Ana,Good.,shown,,",
            "status",
            "'shown' is not a status: choose among pending, approved, rejected.",
        ),
        (
            "lune-mug,5,Ana,Good.,,yesterday,",
            "created_at",
            "'yesterday' is not a time: write 2026-12-01T08:00Z, or a day alone.",
        ),
        (
            "lune-mug,5,Ana,Good.",
            "row",
            "The row has 4 cells and the first row 7. Does the file end too early?",
        ),
        ("lune-mug,5,Ana,Gut.,,,de", "language", "'de' is not a language: choose among en, fr, es."),
        ("lune-mug,5,Ana,Me encanta.,,,", "code", "This review is there twice."),
    ],
)
async def test_a_review_that_cannot_be_is_named_and_the_others_are_kept(
    database: Database, files: Path, row: str, column: str, message: str
) -> None:
    report = await import_catalogue(database, read_own(reviewed(files, REVIEWS[0], row)))
    assert report == ImportReport(created=14, reviews=1, errors=[RowError("reviews.csv", 3, column, message)])


async def test_a_code_stays_with_its_product(database: Database, files: Path) -> None:
    columns = f"code,{COLUMNS}"
    await import_catalogue(database, read_own(reviewed(files, f"r1,{REVIEWS[0]}", columns=columns)))
    moved = f"r1,{REVIEWS[0].replace('lune-mug', 'route-travel-mug')}"
    report = await import_catalogue(database, read_own(reviewed(files, moved, columns=columns)))
    assert report.errors == [RowError("reviews.csv", 2, "code", "'r1' belongs to another product.")]


async def test_a_code_is_something_that_every_database_keeps(
    tmp_path: Path, empty_shop_url: str, files: Path
) -> None:
    row = f"r\x001,{REVIEWS[0]}"
    async with empty_shop(tmp_path, empty_shop_url) as shop:
        report = await import_own(shop, reviewed(files, row, columns=f"code,{COLUMNS}"))
    message = "The text has the control character U+0000: delete it, or type the text anew."
    assert report.errors == [RowError("reviews.csv", 2, "code", message)]


def words_of(directory: Path) -> bytes:
    return (directory / "reviews.csv").read_bytes()


async def test_reviews_go_around(tmp_path: Path, empty_shop_url: str, files: Path) -> None:
    odd = 'lune-mug,3,=SUM(A1),"«a», ""b"";|\\\nnext <b>line</b>",approved,2026-10-06T10:00:00.25Z,fr'
    async with empty_shop(tmp_path, empty_shop_url) as shop:
        await import_own(shop, reviewed(files, *REVIEWS, odd))
        await export_own(shop, tmp_path / "out")
        assert await import_own(shop, tmp_path / "out") == ImportReport(unchanged=14)
    (tmp_path / "elsewhere").mkdir()
    async with empty_shop(tmp_path / "elsewhere") as elsewhere:
        assert await import_own(elsewhere, tmp_path / "out") == ImportReport(created=14, reviews=6)
        await export_own(elsewhere, tmp_path / "again")
        (last, *_) = (await of_mug(elsewhere)).reviews
    assert words_of(tmp_path / "again") == words_of(tmp_path / "out")
    assert (last.author, last.text) == ("=SUM(A1)", '«a», "b";|\\\nnext <b>line</b>')


@pytest.mark.skipif(not LUMA.exists(), reason=f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED).")
async def test_the_reviews_of_adobes_sample_shop_are_read(database: Database) -> None:
    """Of 500 reviews 152 are about products that it does not have."""
    report = await import_catalogue(database, read_adobe(LUMA, currency="USD"))
    unknown = [error for error in report.errors if error.file == "products_reviews.csv"]
    assert (report.reviews, len(unknown)) == (348, 152)
    assert {error.column for error in unknown} == {"sku"}
    async with database.reading() as session:
        page: Any = await list_reviews(session, "joust-duffle-bag", Shopper("en", "USD"), 10)
    assert (page.rating, page.review_count) == (2.5, 2)
    assert {review.author for review in page.reviews} == {"Chi", "Filiberto"}
