"""CSV files as operators have them: any separator, a mark at the start, rows that are not whole; and what can be read
from a cell.

UTF-8 is read, and UTF-16 where a mark at the start says so. Any other encoding is refused before the first row: a
guess that is wrong would show in every name of the shop.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path

import msgspec

from backend.catalogue.importing.checking import MOST
from backend.catalogue.importing.parsed import RowError, Texts
from backend.catalogue.visibility import CHANNELS
from backend.config import LANGUAGES

SEPARATORS = (",", ";", "\t")
MARKS_OF_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CHUNK = 1 << 20
CENTS = 100
ESCAPED = re.compile(r"\\([\\|;])")

csv.field_size_limit(16 << 20)  # a quote that is never closed makes one cell of all that follows

Cells = dict[str, str]
Words = dict[str, list[str]]


class Unreadable(Exception):
    """A whole file cannot be used; the text names it and says what to do."""


class Unusable(Exception):
    def __init__(self, column: str, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.column = column
        self.row = row


class Line(msgspec.Struct, frozen=True):
    """`fault` says what is wrong with the row as a whole."""

    row: int
    cells: Cells
    fault: str = ""

    def __getitem__(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()


class Table:
    """Raises Unreadable, and OSError when there is no such file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = _encoding(path)
        self._separator, self.columns = self._header()

    @property
    def name(self) -> str:
        return self._path.name

    def require(self, *columns: tuple[str, ...]) -> None:
        """One of each tuple must be there. Raises Unreadable."""
        for names in columns:
            if not set(names) & set(self.columns):
                wanted = " or ".join(map(repr, names))
                raise Unreadable(
                    f"{self.name}: the column {wanted} is missing: name it in the first row, "
                    f"which has {', '.join(map(repr, self.columns))}."
                )

    def refuse_empty(self) -> None:
        """Raises Unreadable."""
        if next(iter(self), None) is None:
            raise Unreadable(f"{self.name} has no rows below the names of its columns.")

    def refuse_doubled(self, columns: Iterable[str]) -> None:
        """Raises Unreadable."""
        for column in filter(None, columns):
            if self.columns.count(column) > 1:
                raise Unreadable(f"{self.name} has the column {column!r} twice: rename one of them.")

    def __iter__(self) -> Iterator[Line]:
        """Each row with the line of the file on which it starts; a cell may hold line breaks.

        A row whose quotes do not match has the cells of the row above: it may belong to the same product.
        """
        with self._path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self._separator, strict=True)
            next(reader)
            cells: Cells = {}
            while True:
                row = reader.line_num + 1
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield Line(row, cells, _unmatched(row, reader.line_num))
                    continue
                if any(map(str.strip, record)):
                    cells = dict(zip(self.columns, record, strict=False))
                    yield Line(row, cells, _wrong_count(len(record), len(self.columns)))

    def _header(self) -> tuple[str, list[str]]:
        """The separator is the one that finds the most columns."""
        headers = {}
        for separator in SEPARATORS:
            with self._path.open(encoding=self._encoding, newline="") as file:
                headers[separator] = [
                    name.strip() for name in next(csv.reader(file, delimiter=separator), [])
                ]
        separator = max(SEPARATORS, key=lambda separator: len(headers[separator]))
        columns = headers[separator]
        if not any(columns):
            raise Unreadable(f"{self.name} is empty: its first row must name the columns.")
        return separator, columns


def sound_lines(path: Path) -> Iterator[Line]:
    """Of a small table, without which nothing can be read. Raises Unreadable at the first row with a fault."""
    for line in Table(path):
        if line.fault:
            raise Unreadable(f"{path.name}:{line.row}: {line.fault}")
        yield line


def grouped(
    table: Table, column: str, handle_of: Callable[[Line], str]
) -> Iterator[tuple[list[Line], list[RowError]]]:
    """The rows of each product, and what is wrong with them before anybody reads their cells."""
    seen: set[str] = set()
    for handle, group in groupby(table, key=handle_of):
        rows = list(group)
        errors = [RowError(table.name, line.row, "row", line.fault) for line in rows if line.fault]
        if handle in seen:
            message = f"The rows of {handle!r} do not stand together."
            errors.append(RowError(table.name, rows[0].row, column, message))
        seen.add(handle)
        yield rows, errors


def minor_units(text: str, column: str) -> int:
    """Raises Unusable."""
    try:
        amount = Decimal(text) * CENTS
    except InvalidOperation:
        raise Unusable(column, f"{text!r} is not a price: write 12.50.") from None
    if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value():
        raise Unusable(column, f"{text!r} is not a price: at least 0 and at most two decimals.")
    if amount > MOST:
        raise Unusable(column, f"{text!r} is more than the shop can charge.")
    return int(amount)


def whole_number(text: str, column: str) -> int:
    """Raises Unusable."""
    if not text.isdecimal() or len(text) > len(str(MOST)):
        raise Unusable(column, f"{text!r} is not a whole number.")
    return int(text)


def moment(text: str, column: str) -> datetime | None:
    """In UTC; a day alone begins at midnight UTC. None for an empty cell. Raises Unusable."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        read = None
    if read is None or len(text) > len("2026-12-01"):
        raise Unusable(column, f"{text!r} is not a time: write 2026-12-01T08:00Z, or a day alone.")
    return read.replace(tzinfo=UTC)


def channels(text: str, column: str) -> list[str] | None:
    """In the order of `CHANNELS`. None, for all, when the cell is empty. Raises Unusable."""
    named = split(text, "|")
    for name in named:
        if name not in CHANNELS:
            raise Unusable(column, f"{name!r} is not a channel: choose among {', '.join(CHANNELS)}.")
    return [name for name in CHANNELS if name in named] or None


def texts(line: Line, field: str) -> Texts:
    return {language: text for language in LANGUAGES if (text := line[f"{field}_{language}"])}


def words(line: Line, field: str) -> Words:
    return {language: found for language in LANGUAGES if (found := split(line[f"{field}_{language}"], "|"))}


def joined(parts: Iterable[str], separator: str) -> str:
    """One cell, which an import splits into the same parts."""
    return separator.join(re.sub(rf"[\\{separator}]", r"\\\g<0>", part) for part in parts)


def split(cell: str, separator: str) -> list[str]:
    """A backslash before a separator or another backslash makes it text."""
    parts = re.findall(rf"(?:\\.|[^{separator}])+", cell, re.DOTALL)
    return [ESCAPED.sub(r"\1", part.strip()) for part in parts if part.strip()]


def _encoding(path: Path) -> str:
    """Raises Unreadable."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(MARKS_OF_UTF16):
            encoding = seeming = "utf-16"
        elif b"\0" in start:
            raise Unreadable(_advice(path, 1, "UTF-16BE" if start.startswith(b"\0") else "UTF-16LE"))
        else:
            encoding, seeming = "utf-8-sig", "WINDOWS-1252"
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        row = 1
        try:
            while chunk := file.read(CHUNK):
                row += decoder.decode(chunk).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            row += error.object[: error.start].count(b"\n")
            raise Unreadable(_advice(path, row, seeming)) from None
    return encoding


def _advice(path: Path, row: int, seeming: str) -> str:
    if seeming == "utf-16":
        return (
            f"{path.name}:{row}: the file begins as UTF-16 and is broken here: save it anew, as CSV in UTF-8."
        )
    return (
        f"{path.name}:{row}: this is not UTF-8, it seems to be {seeming}: save the file as CSV in UTF-8, "
        f"or convert it with `iconv -f {seeming} -t UTF-8`."
    )


def _unmatched(first: int, last: int) -> str:
    rows = f"Row {first}" if first == last else f"Rows {first} to {last}"
    return f"{rows} cannot be read: a quote is not closed, or one within a text is not written twice."


def _wrong_count(cells: int, columns: int) -> str:
    if cells == columns:
        return ""
    reason = "Does the file end too early?" if cells < columns else "Write a text with a separator in quotes."
    return f"The row has {cells} cells and the first row {columns}. {reason}"
