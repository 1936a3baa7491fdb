"""Reviews: read from reviews.csv, and stored when all products are there."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import tell
from backend.catalogue.importing.checking import text_fault
from backend.catalogue.importing.links import product_ids
from backend.catalogue.importing.parsed import ImportReport, ParsedReview, Rejected, RowError
from backend.catalogue.importing.tables import Line, Table, Unusable, moment
from backend.catalogue.models import Review
from backend.catalogue.reviews import (
    LONGEST_AUTHOR,
    LONGEST_TEXT,
    LONGEST_TITLE,
    STATUSES,
    plain,
    plain_line,
)
from backend.config import LANGUAGES
from backend.db import now

LONGEST_CODE, LONGEST_SOURCE = 80, 40
RATINGS = ("1", "2", "3", "4", "5")


def read_reviews(path: Path) -> Iterator[ParsedReview | Rejected]:
    """Raises Unreadable."""
    if not path.exists():
        return iter(())
    table = Table(path)
    table.require(("product",), ("rating",), ("text",), ("author",))
    table.refuse_doubled(table.columns)
    return reviews_of(table, _review)


def reviews_of(
    table: Table, review_of: Callable[[str, Line], ParsedReview]
) -> Iterator[ParsedReview | Rejected]:
    """One a row. `review_of` has the file's name and the line, and raises Unusable."""
    seen: set[str] = set()
    for line in table:
        try:
            if line.fault:
                raise Unusable("row", line.fault)
            review = review_of(table.name, line)
            if review.code in seen:
                raise Unusable("code", "This review is there twice.")
            seen.add(review.code)
            yield review
        except Unusable as unusable:
            yield Rejected([RowError(table.name, line.row, unusable.column, str(unusable))])


def rating(text: str, column: str) -> int:
    """Raises Unusable."""
    if text not in RATINGS:
        raise Unusable(column, f"{text!r} is not a rating: write a whole number from 1 to 5.")
    return int(text)


def said(text: str, column: str, most: int) -> str:
    """Raises Unusable."""
    if not text:
        raise Unusable(column, f"The review has no {column}.")
    if fault := text_fault(text, most):
        raise Unusable(column, fault)
    return text


def made_code(*parts: str) -> str:
    """Of a review that has none: always the same for the same words about the same product."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(parts)))


def _review(file: str, line: Line) -> ParsedReview:
    """Raises Unusable."""
    text = said(plain(line["text"]), "text", LONGEST_TEXT)
    author = said(plain_line(line["author"]), "author", LONGEST_AUTHOR)
    title = plain_line(line["title"])
    return ParsedReview(
        file=file,
        row=line.row,
        column="product",
        code=said(line["code"] or made_code(line["product"], author, title, text), "code", LONGEST_CODE),
        handle=line["product"],
        rating=rating(line["rating"], "rating"),
        title=said(title, "title", LONGEST_TITLE) if title else "",
        text=text,
        author=author,
        language=_one_of(LANGUAGES, line["language"] or LANGUAGES[0], "language"),
        created_at=moment(line["created_at"], "created_at"),
        status=_one_of(STATUSES, line["status"] or STATUSES[0], "status"),
        source=said(plain_line(line["source"] or "import"), "source", LONGEST_SOURCE),
    )


def _one_of(known: Iterable[str], text: str, column: str) -> str:
    if text not in known:
        raise Unusable(column, f"{text!r} is not a {column}: choose among {', '.join(known)}.")
    return text


async def store_reviews(
    session: AsyncSession, batch: Iterable[ParsedReview | Rejected], report: ImportReport
) -> None:
    """A review that is there keeps the status that staff gave it, whatever the file says."""
    parsed = []
    for part in batch:
        if isinstance(part, Rejected):
            report.errors += part.errors
        else:
            parsed.append(part)
    products = await product_ids(session, {review.handle for review in parsed})
    codes = [review.code for review in parsed]
    stored = {row.code: row for row in await session.scalars(select(Review).where(Review.code.in_(codes)))}
    rated = set()
    for review in parsed:
        problem = _problem(review, products.get(review.handle), stored.get(review.code))
        if problem:
            report.errors.append(RowError(review.file, review.row, *problem))
        elif review.code not in stored or _renewed(stored[review.code], review):
            if review.code not in stored:
                session.add(_new(session, review, products[review.handle]))
            report.reviews += 1
            rated.add(products[review.handle])
    await session.flush()
    await tell(session, rated)


def _problem(review: ParsedReview, product: str | None, stored: Review | None) -> tuple[str, str] | None:
    """The column and what is wrong."""
    if product is None:
        return review.column, f"{review.handle!r} is not a product of the shop."
    if stored and stored.product_id != product:
        return "code", f"{review.code!r} belongs to another product."
    return None


def _new(session: AsyncSession, review: ParsedReview, product: str) -> Review:
    return Review(
        code=review.code,
        product_id=product,
        rating=review.rating,
        title=review.title,
        text=review.text,
        author=review.author,
        language=review.language,
        created_at=review.created_at or now(session),
        status=review.status,
        source=review.source,
    )


def _renewed(stored: Review, review: ParsedReview) -> bool:
    wanted = {
        name: getattr(review, name) for name in ("rating", "title", "text", "author", "language", "source")
    }
    wanted["created_at"] = review.created_at or stored.created_at
    differing = {name: value for name, value in wanted.items() if getattr(stored, name) != value}
    for name, value in differing.items():
        setattr(stored, name, value)
    return bool(differing)
