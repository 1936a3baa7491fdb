"""`backorders.csv`: what may be ordered before it is there, a row for each SKU."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from backend.catalogue.exporting.own import written
from backend.catalogue.importing import RowError
from backend.catalogue.importing.tables import Line, Table, Unusable, whole_number
from backend.inventory.backorder_terms import KINDS, Terms

FILE = "backorders.csv"


def read_terms(path: Path) -> Iterator[tuple[int, Terms | RowError]]:
    """Each row with its line of the file; nothing where there is no such file. Raises Unreadable."""
    if not path.exists():
        return
    table = Table(path)
    table.require(("sku",), ("kind",), ("limit",))
    seen: set[str] = set()
    for line in table:
        try:
            terms = _terms(line)
            if terms.sku in seen:
                raise Unusable("sku", f"{terms.sku!r} stands in two rows.")
            seen.add(terms.sku)
            yield line.row, terms
        except Unusable as unusable:
            yield line.row, RowError(path.name, line.row, unusable.column, str(unusable))


def write_terms(path: Path, rows: Sequence[Terms]) -> None:
    with written(path, Terms.__struct_fields__) as table:
        table.writerows(msgspec.to_builtins(row) for row in rows)


def _terms(line: Line) -> Terms:
    if line.fault:
        raise Unusable("row", line.fault)
    if line["kind"] not in KINDS:
        raise Unusable("kind", f"{line['kind']!r} is not a kind: choose among {', '.join(KINDS)}.")
    if not line["sku"]:
        raise Unusable("sku", "The row has no SKU.")
    days = line["lead_days"]
    return Terms(
        sku=line["sku"],
        kind=line["kind"],
        limit=whole_number(line["limit"], "limit"),
        ships_on=_day(line["ships_on"]),
        lead_days=whole_number(days, "lead_days") if days else None,
    )


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise Unusable("ships_on", f"{cell!r} is not a day: write 2027-01-15.") from None
