"""What operators' files are like, in each format: the good products are imported whatever the others are."""

import csv
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backend.catalogue import read
from backend.catalogue.importing import (
    CatalogueReader,
    ImportReport,
    Unreadable,
    import_catalogue,
    read_adobe,
    read_own,
    read_shopify,
    read_sources,
)
from backend.catalogue.models import Product
from backend.catalogue.views import Shopper
from backend.db import Database
from backend.importing import import_own
from backend.money import Money
from tests.catalogue.test_exporting import empty_shop

EURO = Shopper("en", "EUR")
Row = dict[str, str]


@dataclass(frozen=True)
class Format:
    """Two products, "mug" and "bowl", and where the first one's fields stand: in which row, in which column."""

    file: str
    rows: tuple[Row, ...]
    places: dict[str, tuple[int, str]]
    beside: dict[str, str]
    read: Callable[[Path], CatalogueReader]

    def write(self, directory: Path, encoding: str = "utf-8", separator: str = ",", **fields: str) -> Path:
        rows = [dict(row) for row in self.rows]
        for field, cell in fields.items():
            place, column = self.places[field]
            rows[place][column] = cell
        for name, text in self.beside.items():
            (directory / name).write_text(text)
        path = directory / self.file
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding=encoding, newline="") as file:
            table = csv.DictWriter(file, rows[0], delimiter=separator)
            table.writeheader()
            table.writerows(rows)
        return path

    def error(self, field: str, message: str) -> tuple[str, int, str, str]:
        place, column = self.places[field]
        return Path(self.file).name, place + 2, column, message


def adobe_rows(name: str) -> tuple[Row, Row]:
    sku = name.upper()
    variations = f"sku={sku}-S,size=S"
    parent = {"sku": sku, "product_type": "configurable", "name": name.title(), "price": "", "qty": ""}
    child = {"sku": f"{sku}-S", "product_type": "simple", "name": name.title(), "price": "9.50", "qty": "3"}
    texts = {"description": "Nice", "url_key": name, "categories": "", "additional_attributes": ""}
    pictures = {"base_image": "/m/a.jpg", "additional_images": "/m/b.jpg", "configurable_variations": ""}
    parent |= texts | pictures | {"configurable_variations": variations, "visibility": "Catalog, Search"}
    return parent, child | texts | pictures | {"visibility": "Not Visible Individually"}


def own_row(name: str) -> Row:
    texts = {"handle": name, "brand": "", "name_en": name.title(), "description_en": "Nice"}
    return texts | {"pictures": "a.jpg", "sku": name.upper(), "price_EUR": "9.50", "stock_lyon": "3"}


def shopify_row(name: str) -> Row:
    texts = {"Handle": name, "Title": name.title(), "Vendor": "", "Body (HTML)": "Nice", "Image Src": "a.jpg"}
    return texts | {"Variant SKU": name.upper(), "Variant Price": "9.50", "Variant Inventory Qty": "3"}


FORMATS = {
    "own": Format(
        "products.csv",
        (own_row("mug"), own_row("bowl")),
        {
            "handle": (0, "handle"),
            "name": (0, "name_en"),
            "description": (0, "description_en"),
            "picture": (0, "pictures"),
            "price": (0, "price_EUR"),
            "sku": (0, "sku"),
            "stock": (0, "stock_lyon"),
        },
        {"categories.csv": "code,parent,position,name_en\n", "vocabulary.csv": "kind,code,value,name_en\n"},
        read_own,
    ),
    "adobe": Format(
        "Configurable/products.csv",
        (*adobe_rows("mug"), *adobe_rows("bowl")),
        {
            "handle": (0, "url_key"),
            "name": (0, "name"),
            "description": (0, "description"),
            "picture": (0, "additional_images"),
            "price": (1, "price"),
            "stock": (1, "qty"),
        },
        {},
        lambda directory: read_adobe(directory, currency="EUR", source="lyon"),
    ),
    "shopify": Format(
        "shopify.csv",
        (shopify_row("mug"), shopify_row("bowl")),
        {
            "handle": (0, "Handle"),
            "name": (0, "Title"),
            "description": (0, "Body (HTML)"),
            "picture": (0, "Image Src"),
            "price": (0, "Variant Price"),
            "sku": (0, "Variant SKU"),
            "stock": (0, "Variant Inventory Qty"),
        },
        {},
        lambda directory: read_shopify(
            directory / "shopify.csv", language="en", currency="EUR", source="lyon"
        ),
    ),
}


@pytest.fixture(params=FORMATS)
def kind(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture
async def on_each_engine(tmp_path: Path, empty_shop_url: str) -> AsyncIterator[Database]:
    async with empty_shop(tmp_path, empty_shop_url) as database:
        yield database


async def imported(database: Database, kind: Format, directory: Path) -> ImportReport:
    return await import_catalogue(database, kind.read(directory))


def errors(report: ImportReport) -> list[tuple[str, int, str, str]]:
    return [(error.file, error.row, error.column, error.message) for error in report.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_marks_and_separators_are_recognised(
    database: Database, kind: Format, tmp_path: Path, encoding: str, separator: str
) -> None:
    kind.write(tmp_path, encoding, separator, name='Tasse "été", 9,5 cm; 🫖')

    assert await imported(database, kind, tmp_path) == ImportReport(created=2)
    async with database.reading() as session:
        assert (await read.find_product(session, "mug", EURO)).name == 'Tasse "été", 9,5 cm; 🫖'


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
async def test_another_encoding_is_named_and_nothing_is_guessed(
    kind: Format, tmp_path: Path, encoding: str
) -> None:
    name = kind.write(tmp_path, encoding, name="Tasse d'été").name

    with pytest.raises(Unreadable) as refusal:
        kind.read(tmp_path)

    assert str(refusal.value) == (
        f"{name}:2: this is not UTF-8, it seems to be WINDOWS-1252: save the file as CSV in UTF-8, "
        "or convert it with `iconv -f WINDOWS-1252 -t UTF-8`."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n".encode("utf-16-le"), ":1: this is not UTF-8, it seems to be UTF-16LE: "),
        ("a,b\n1,2\n".encode("utf-16-be"), ":1: this is not UTF-8, it seems to be UTF-16BE: "),
        ("a,b\n1,2\n".encode("utf-16")[:-1], ":2: the file begins as UTF-16 and is broken here: "),
        ("a,b\n1,é".encode()[:-1], ":2: this is not UTF-8, "),
        (b"", " is empty: its first row must name the columns."),
        (b"\n\n", " is empty: its first row must name the columns."),
    ],
)
async def test_a_file_that_is_no_table_is_refused_whole(
    kind: Format, tmp_path: Path, content: bytes, message: str
) -> None:
    path = kind.write(tmp_path)
    path.write_bytes(content)

    with pytest.raises(Unreadable) as refusal:
        kind.read(tmp_path)

    assert str(refusal.value).startswith(f"{path.name}{message}")


@pytest.mark.parametrize("field", ["name", "price"])
async def test_a_missing_column_is_named(kind: Format, tmp_path: Path, field: str) -> None:
    path = kind.write(tmp_path)
    column = kind.places[field][1]
    path.write_text(path.read_text().replace(column, "something", 1))

    with pytest.raises(Unreadable) as refusal:
        kind.read(tmp_path)

    assert str(refusal.value).startswith(f"{path.name}: the column ")
    assert f"'{column}'" in str(refusal.value)
    assert "is missing: name it in the first row, which has " in str(refusal.value)


async def test_a_file_without_products_says_so(kind: Format, tmp_path: Path) -> None:
    path = kind.write(tmp_path)
    path.write_text(path.read_text().splitlines()[0])

    with pytest.raises(Unreadable) as refusal:
        kind.read(tmp_path)

    assert str(refusal.value) == f"{path.name} has no rows below the names of its columns."


async def test_a_column_that_stands_twice_is_refused(kind: Format, tmp_path: Path) -> None:
    path = kind.write(tmp_path)
    column = kind.places["price"][1]
    path.write_text(path.read_text().replace(kind.places["stock"][1], column, 1))

    with pytest.raises(Unreadable) as refusal:
        kind.read(tmp_path)

    assert str(refusal.value) == f"{path.name} has the column {column!r} twice: rename one of them."


@pytest.mark.parametrize("name", ["own", "shopify"])
async def test_a_quote_that_is_not_closed_costs_its_rows_only(
    database: Database, tmp_path: Path, name: str
) -> None:
    kind = FORMATS[name]
    path = kind.write(tmp_path)
    header, mug, bowl = path.read_text().splitlines()
    jug = mug.replace("mug", "jug").replace("Mug", '"Jug').replace("MUG", "JUG")
    cup = mug.replace("mug", "cup").replace("Mug", '"Cup"').replace("MUG", "CUP")
    path.write_text(
        "\n".join([header, mug, bowl, jug, cup, bowl.replace("bowl", "pot").replace("BOWL", "POT")])
    )

    report = await imported(database, kind, tmp_path)

    fault = "Rows 4 to 5 cannot be read: a quote is not closed, or one within a text is not written twice."
    assert report == ImportReport(created=2, failed=1, errors=report.errors)
    assert errors(report) == [(path.name, 4, "row", fault)]


@pytest.mark.parametrize("name", ["own", "shopify"])
async def test_a_product_whose_row_is_cut_off_is_not_imported(
    database: Database, tmp_path: Path, name: str
) -> None:
    kind = FORMATS[name]
    path = kind.write(tmp_path)
    count = len(kind.rows[0])
    path.write_text(path.read_text().rsplit(",", 1)[0])

    report = await imported(database, kind, tmp_path)

    fault = f"The row has {count - 1} cells and the first row {count}. Does the file end too early?"
    assert report == ImportReport(created=1, failed=1, errors=report.errors)
    assert errors(report) == [(path.name, 3, "row", fault)]


async def test_a_cut_off_row_of_adobe_names_itself_and_its_product(
    database: Database, tmp_path: Path
) -> None:
    kind = FORMATS["adobe"]
    path = kind.write(tmp_path)
    path.write_text(path.read_text().rsplit(",", 1)[0] + ',"')

    report = await imported(database, kind, tmp_path)

    assert report.created == 1
    assert [(error.row, error.column) for error in report.errors] == [
        (5, "row"),
        (4, "configurable_variations"),
    ]


async def test_a_separator_in_a_text_needs_quotes(kind: Format, tmp_path: Path, database: Database) -> None:
    path = kind.write(tmp_path, description="white;and,blue")
    path.write_text(path.read_text().replace('"white;and,blue"', "white;and,blue"))

    report = await imported(database, kind, tmp_path)

    count = len(kind.rows[0])
    fault = (
        f"The row has {count + 1} cells and the first row {count}. Write a text with a separator in quotes."
    )
    assert (report.created, errors(report)[0]) == (1, (path.name, 2, "row", fault))


CASES = [
    ("price", "12,5 €", "'12,5 €' is not a price: write 12.50."),
    ("price", "1.299,00", "'1.299,00' is not a price: write 12.50."),
    ("price", "free", "'free' is not a price: write 12.50."),
    ("price", "-3", "'-3' is not a price: at least 0 and at most two decimals."),
    ("price", "21474836.48", "'21474836.48' is more than the shop can charge."),
    ("price", "1e999", "'1e999' is more than the shop can charge."),
    (
        "picture",
        "../../etc/passwd",
        "'../../etc/passwd' leads out of the folder of pictures: name a file within it.",
    ),
    (
        "picture",
        "a/../../b.jpg",
        "'a/../../b.jpg' leads out of the folder of pictures: name a file within it.",
    ),
    ("picture", "p" * 201, "The text has 201 characters: shorten it to at most 200."),
    (
        "name",
        "A\0mug",
        "The text has the control character U+0000: delete it, or type the text anew.",
    ),
    (
        "name",
        "A \x1b[31mmug",
        "The text has the control character U+001B: delete it, or type the text anew.",
    ),
    (
        "description",
        "x" * 2_000_000,
        "The text has 2,000,000 characters: shorten it to at most 100,000.",
    ),
]


@pytest.mark.parametrize(("field", "cell", "message"), CASES)
async def test_a_bad_cell_is_named_and_the_other_product_is_imported(
    database: Database, kind: Format, tmp_path: Path, field: str, cell: str, message: str
) -> None:
    kind.write(tmp_path, **{field: cell})

    report = await imported(database, kind, tmp_path)

    assert report == ImportReport(created=1, failed=1, errors=report.errors)
    assert errors(report) == [kind.error(field, message)]


@pytest.mark.parametrize("name", ["own", "adobe"])
async def test_a_handle_that_is_too_long_is_named(database: Database, tmp_path: Path, name: str) -> None:
    kind = FORMATS[name]
    kind.write(tmp_path, handle="m" * 161)

    report = await imported(database, kind, tmp_path)

    message = "The text has 161 characters: shorten it to at most 160."
    assert (report.created, errors(report)) == (1, [kind.error("handle", message)])


async def test_the_longest_and_the_biggest_are_kept_on_each_engine(
    on_each_engine: Database, kind: Format, tmp_path: Path
) -> None:
    kind.write(tmp_path, handle="m" * 160, description="é" * 100_000, picture="p" * 200, price="21474836.47")

    assert await imported(on_each_engine, kind, tmp_path) == ImportReport(created=2)
    async with on_each_engine.reading() as session:
        product = (await session.scalars(select(Product).filter_by(handle="m" * 160))).one()
    assert len(product.description["en"]) == 100_000


async def test_bad_products_leave_the_good_one_on_each_engine(
    on_each_engine: Database, kind: Format, tmp_path: Path
) -> None:
    for field, cell, _ in CASES:
        kind.write(tmp_path, **{field: cell})
        report = await imported(on_each_engine, kind, tmp_path)
        assert (report.created + report.unchanged, report.failed) == (1, 1)


TEXTS = {
    "formula": '=HYPERLINK("http://x.example")',
    "script": "<script>alert(1)</script> & <b>bold</b>",
    "emoji": "👩🏽‍🍳 mug 🫖",
    "right to left": "كوب أزرق \u202b\u05d7\u05d5\u05dc\u202c",
}


@pytest.mark.parametrize("name", TEXTS.values(), ids=TEXTS)
async def test_any_other_text_is_kept_as_text(
    on_each_engine: Database, kind: Format, tmp_path: Path, name: str
) -> None:
    kind.write(tmp_path, name=name)

    assert await imported(on_each_engine, kind, tmp_path) == ImportReport(created=2)
    async with on_each_engine.reading() as session:
        assert (await read.find_product(session, "mug", EURO)).name == name


async def test_a_path_from_the_root_stays_in_the_folder_of_pictures(
    database: Database, kind: Format, tmp_path: Path
) -> None:
    column = kind.places["picture"][1]
    kind = Format(
        kind.file,
        tuple({**row, column: "", "base_image": ""} if "base_image" in row else row for row in kind.rows),
        kind.places,
        kind.beside,
        kind.read,
    )
    kind.write(tmp_path, picture="/etc/passwd")

    await imported(database, kind, tmp_path)

    async with database.reading() as session:
        assert (await read.find_product(session, "mug", EURO)).image == "/pictures/etc/passwd"


@pytest.mark.parametrize("name", ["own", "shopify"])
async def test_a_sku_that_two_products_of_a_file_have_is_refused(
    database: Database, tmp_path: Path, name: str
) -> None:
    kind = FORMATS[name]
    path = kind.write(tmp_path, sku="BOWL")

    report = await imported(database, kind, tmp_path)

    message = {"own": "'BOWL' is used twice.", "shopify": "'BOWL' belongs to another product."}[name]
    assert report == ImportReport(created=1, failed=1, errors=report.errors)
    assert errors(report) == [(path.name, 3, kind.places["sku"][1], message)]


@pytest.mark.parametrize("twice", [0, 1], ids=["configurable", "variant"])
async def test_the_first_of_two_rows_of_adobe_with_one_sku_counts(
    database: Database, tmp_path: Path, twice: int
) -> None:
    kind = FORMATS["adobe"]
    rows = (*kind.rows, kind.rows[twice] | {"name": "Jug", "price": "1.00"})
    Format(kind.file, rows, kind.places, kind.beside, kind.read).write(tmp_path)

    report = await imported(database, kind, tmp_path)

    assert report == ImportReport(created=2, failed=1, errors=report.errors)
    assert errors(report) == [("products.csv", 6, "sku", f"{kind.rows[twice]['sku']!r} is used twice.")]
    async with database.reading() as session:
        mug = await read.find_product(session, "mug", EURO)
    assert (mug.name, mug.price) == ("Mug", Money(950, "EUR"))


@pytest.mark.parametrize(
    ("name", "kept"), [("own", "<b>Soft</b> <script>x()</script>"), ("adobe", "Soft"), ("shopify", "Soft")]
)
async def test_markup_is_shown_as_text_or_taken_out_of_what_is_html(
    database: Database, tmp_path: Path, name: str, kept: str
) -> None:
    kind = FORMATS[name]
    kind.write(tmp_path, description="<b>Soft</b> <script>x()</script>")

    assert await imported(database, kind, tmp_path) == ImportReport(created=2)
    async with database.reading() as session:
        assert (await read.find_product(session, "mug", EURO)).description == kept


async def test_a_sku_of_another_product_of_the_shop_is_refused_in_the_words_of_the_file(
    on_each_engine: Database, kind: Format, tmp_path: Path
) -> None:
    kind.write(tmp_path)
    await imported(on_each_engine, kind, tmp_path)
    path = kind.write(tmp_path, handle="jug")

    report = await imported(on_each_engine, kind, tmp_path)

    column = {"products.csv": "sku", "shopify.csv": "Variant SKU"}[path.name]
    assert (report.unchanged, report.failed) == (1, 1)
    assert [(error.column, error.message[-28:]) for error in report.errors] == [
        (column, " belongs to another product.")
    ]


def thousand(name: str) -> list[Row]:
    rows = []
    for number in range(1000):
        row = shopify_row("mug") if name == "shopify" else own_row("mug")
        options = {"Option1 Name": "Size", "Option1 Value": f"{number}"}
        own = {"option1": "size", "value1": f"{number}"}
        row |= options if name == "shopify" else own
        row |= {"Variant SKU" if name == "shopify" else "sku": f"MUG-{number}"}
        rows.append(row)
    return rows


@pytest.mark.parametrize("name", ["own", "shopify"])
async def test_a_product_may_have_a_thousand_variants(
    on_each_engine: Database, tmp_path: Path, name: str
) -> None:
    values = "".join(f"option,size,{number},{number}\n" for number in range(1000))
    beside = {
        **FORMATS["own"].beside,
        "vocabulary.csv": f"kind,code,value,name_en\noption,size,,Size\n{values}",
    }
    kind = FORMATS[name]
    kind = Format(kind.file, tuple(thousand(name)), kind.places, beside, kind.read)
    kind.write(tmp_path)

    assert await imported(on_each_engine, kind, tmp_path) == ImportReport(created=1)
    assert await imported(on_each_engine, kind, tmp_path) == ImportReport(unchanged=1)


async def test_adobe_may_name_a_thousand_variants(on_each_engine: Database, tmp_path: Path) -> None:
    kind = FORMATS["adobe"]
    parent, child = kind.rows[:2]
    variations = "|".join(f"sku=MUG-{number},size={number}" for number in range(1000))
    children = (child | {"sku": f"MUG-{number}"} for number in range(1000))
    rows = (parent | {"configurable_variations": variations}, *children)
    Format(kind.file, rows, kind.places, {}, kind.read).write(tmp_path)

    assert await imported(on_each_engine, kind, tmp_path) == ImportReport(created=1)


@pytest.mark.parametrize(
    ("variations", "column", "message"),
    [
        (
            "sku=MUG-S,size=S|sku=MUG-M",
            "configurable_variations",
            "'MUG-M' has other options: the variants of a product must have the same.",
        ),
        ("size=S", "configurable_variations", "The file has no rows for these variants: any."),
        ("", "configurable_variations", "The file has no rows for these variants: any."),
    ],
)
async def test_variations_of_adobe_that_do_not_fit_are_reported(
    database: Database, tmp_path: Path, variations: str, column: str, message: str
) -> None:
    kind = FORMATS["adobe"]
    other = kind.rows[1] | {"sku": "MUG-M"}
    rows = (kind.rows[0] | {"configurable_variations": variations}, *kind.rows[1:], other)
    Format(kind.file, rows, kind.places, {}, kind.read).write(tmp_path)

    report = await imported(database, kind, tmp_path)

    assert (column, message) in [(error.column, error.message) for error in report.errors]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("lyon,store,Lyon,first", "sources.csv:2 priority: 'first' is not a whole number."),
        (
            "lyon,store",
            "sources.csv:2: The row has 2 cells and the first row 4. Does the file end too early?",
        ),
    ],
)
def test_a_bad_source_is_named(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "sources.csv").write_text(f"code,kind,name,priority\n{row}\n")

    with pytest.raises(Unreadable) as refusal:
        read_sources(tmp_path / "sources.csv")

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (",,0,Table", "code", "The category has no code."),
        (f"{'c' * 81},,0,Table", "code", "The text has 81 characters: shorten it to at most 80."),
        ("table,,0,T\0able", "name_en", CASES[9][2]),
        ("table,,0", "row", "The row has 3 cells and the first row 4. Does the file end too early?"),
    ],
)
async def test_a_bad_category_is_named_and_the_products_are_imported(
    database: Database, tmp_path: Path, row: str, column: str, message: str
) -> None:
    kind: Any = FORMATS["own"]
    kind.write(tmp_path)
    (tmp_path / "categories.csv").write_text(f"code,parent,position,name_en\n{row}\n")

    report = await imported(database, kind, tmp_path)

    assert report.created == 2
    assert errors(report) == [("categories.csv", 2, column, message)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"country": "France"}, "country of 'lyon': The text has 6 characters: shorten it to at most 2."),
        (
            {"city": "Ly\0n"},
            "city of 'lyon': The text has the control character U+0000: delete it, or type the text anew.",
        ),
    ],
)
async def test_a_source_that_the_database_would_refuse_is_named(
    on_each_engine: Database, tmp_path: Path, cells: Row, message: str
) -> None:
    FORMATS["own"].write(tmp_path)
    row = {"code": "lyon", "kind": "store", "name": "Lyon", "city": "Lyon", "country": "FR"} | cells
    (tmp_path / "sources.csv").write_text(f"{','.join(row)}\n{','.join(row.values())}\n")

    with pytest.raises(Unreadable) as refusal:
        await import_own(on_each_engine, tmp_path)

    assert str(refusal.value) == f"sources.csv: {message}"
