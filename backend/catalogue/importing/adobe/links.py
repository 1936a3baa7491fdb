"""Links between Adobe's products, and what the sample data's customers say of them."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from backend.catalogue.importing.parsed import ParsedLink, ParsedLinks, ParsedReview, Rejected, RowError
from backend.catalogue.importing.reviews import made_code, rating, reviews_of, said
from backend.catalogue.importing.tables import Line, Table
from backend.catalogue.reviews import LONGEST_AUTHOR, LONGEST_TEXT, LONGEST_TITLE, plain, plain_line

LINKS = {"related": "related", "crosssell": "complementary", "upsell": "up_sell"}
"""Their word for a kind of link to ours."""
NEEDED_OF_A_REVIEW = ("sku", "rating_value", "title", "review", "reviewer")


def read_links(
    export: Table, folders: Sequence[Path], handles: dict[str, str]
) -> Iterator[ParsedLinks | Rejected]:
    """`handles` are those by SKU when it is read. Raises Unreadable."""
    return _links(export, list(_tables(folders)), handles)


def _tables(folders: Sequence[Path]) -> Iterator[tuple[Table, str]]:
    """Those of the sample data, each with its kind. Raises Unreadable."""
    for folder in folders:
        for word, kind in LINKS.items():
            for path in folder.glob(f"Link*/{word}.csv"):
                table = Table(path)
                table.require(("sku",), ("linked_sku",))
                yield table, kind


def _links(
    export: Table, tables: list[tuple[Table, str]], handles: dict[str, str]
) -> Iterator[ParsedLinks | Rejected]:
    """Of the products that have some: their other products may have been linked by somebody else.

    A row that cannot be read leaves its product the links that it had.
    """
    found: dict[str, list[ParsedLink]] = {}
    faulty = set()
    for table, _ in tables:
        for line in table:
            if line.fault:
                faulty.add(line["sku"])
                yield Rejected([RowError(table.name, line.row, "row", line.fault)])
    for sku, link in _linked(export, tables):
        linked = msgspec.structs.replace(link, linked=handles.get(link.linked, link.linked))
        found.setdefault(sku, []).append(linked)
    for sku, links in found.items():
        if sku not in faulty:
            yield ParsedLinks(links[0].file, links[0].row, "sku", handles.get(sku, sku), links)


def _linked(export: Table, tables: list[tuple[Table, str]]) -> Iterator[tuple[str, ParsedLink]]:
    """Each with the SKU that it goes from: columns of the export, and tables whose cells hold one SKU a line."""
    for line in export:
        for word, kind in LINKS.items():
            column = f"{word}_skus"
            for sku in filter(None, line[column].split(",")) if not line.fault else ():
                yield line["sku"], ParsedLink(export.name, line.row, column, kind, sku.strip())
    for table, kind in tables:
        for line in table:
            rows = {sku.strip(): row for row, sku in enumerate(line["linked_sku"].splitlines(), line.row)}
            for sku, row in rows.items():  # the sample data names some twice
                yield line["sku"], ParsedLink(table.name, row, "linked_sku", kind, sku)


def read_reviews(path: Path, handles: dict[str, str]) -> Iterator[ParsedReview | Rejected]:
    """Of the sample data, which shows all of them and says not when they were written. Raises Unreadable."""
    if not path.exists():
        return iter(())
    table = Table(path)
    table.require(*((column,) for column in NEEDED_OF_A_REVIEW))
    return reviews_of(table, partial(_review, handles))


def _review(handles: dict[str, str], file: str, line: Line) -> ParsedReview:
    """Raises Unusable."""
    title, text, author = plain_line(line["title"]), plain(line["review"]), plain_line(line["reviewer"])
    return ParsedReview(
        file=file,
        row=line.row,
        column="sku",
        code=made_code(line["sku"], author, title, text),
        handle=handles.get(line["sku"], line["sku"]),
        rating=rating(line["rating_value"], "rating_value"),
        title=said(title, "title", LONGEST_TITLE),
        text=said(text, "review", LONGEST_TEXT),
        author=said(author, "reviewer", LONGEST_AUTHOR),
        language="en",
        created_at=None,
        status="approved",
        source="adobe",
    )
