"""The tables that an operator edits: text files in UTF-8, a line each; a line that starts with # is a remark."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from backend.catalogue import words
from backend.config import LANGUAGES

LONGEST_TABLE = 100_000
"""Lines."""


class UnreadableTable(Exception):
    """A table cannot be used; the text names the file, the line and what to do."""


class Line(NamedTuple):
    table: Path
    number: int
    text: str

    def refuse(self, fault: str) -> NoReturn:
        """Raises UnreadableTable."""
        raise UnreadableTable(f"{self.table}, line {self.number}: {fault}")

    def names(self) -> dict[str, list[str]]:
        """By language, of one thing in English | French | Spanish. Raises UnreadableTable."""
        columns = self.text.split("|")
        if len(columns) != len(LANGUAGES):
            self.refuse(
                "write the names in English | French | Spanish, with commas between several of one language."
            )
        return {
            language: [name.strip() for name in column.split(",") if name.strip()]
            for language, column in zip(LANGUAGES, columns, strict=True)
        }


def shipped(name: str) -> list[Line]:
    """The table of this name that comes with the program."""
    return lines(Path(words.__file__).with_name(name))


def lines(table: Path) -> list[Line]:
    """Those that say something; none when there is no such file. Raises UnreadableTable."""
    return list(_lines(table)) if table.exists() else []


def _lines(table: Path) -> Iterator[Line]:
    try:
        written = table.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableTable(f"{table}: byte {error.start} is not UTF-8: save the file as UTF-8.") from None
    if len(written) > LONGEST_TABLE:
        raise UnreadableTable(f"{table}: {len(written)} lines: {LONGEST_TABLE} are the most.")
    for number, line in enumerate(written, start=1):
        if line.strip() and not line.startswith("#"):
            yield Line(table, number, line.strip())
