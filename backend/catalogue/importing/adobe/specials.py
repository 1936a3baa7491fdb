"""Adobe's special prices, each for a time of its own: one price list for each time, known by its days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from backend.catalogue.importing.parsed import ParsedEntry, ParsedPriceList, Rejected, RowError
from backend.catalogue.importing.tables import Line, Table, Unusable, minor_units

FAMILY = "adobe-special"
NAME = {"en": "Special prices of Adobe", "fr": "Prix spéciaux d'Adobe", "es": "Precios especiales de Adobe"}
DATES = ("%m/%d/%y", "%m/%d/%y, %I:%M %p", "%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
"""As the export writes a day, and as it takes one."""
Times = tuple[datetime | None, datetime | None]


def special_prices(
    export: Table, handles: Mapping[str, str], currency: str
) -> Iterator[ParsedPriceList | Rejected]:
    """To be read when the products are stored; `handles` by SKU are filled by then. What has no special price now
    has none of an earlier export either."""
    if "special_price" not in export.columns:
        return
    entries: dict[Times, list[ParsedEntry]] = defaultdict(list)
    spoken_of: dict[Times, dict[str, str]] = defaultdict(dict)
    for line in export:
        if line.fault or line["store_view_code"] or line["sku"] not in handles:
            continue
        if line["product_type"] == "bundle":  # there it is a share of the price, in percent
            continue
        try:
            times = _times(line) if line["special_price"] else (None, None)
            if line["special_price"]:
                amount = minor_units(line["special_price"], "special_price")
                entries[times].append(ParsedEntry(line.row, line["sku"], 1, amount))
            spoken_of[times][line["sku"]] = handles[line["sku"]]
        except Unusable as unusable:
            yield Rejected([RowError(export.name, line.row, unusable.column, str(unusable))])
    for times, skus in spoken_of.items():
        yield ParsedPriceList(
            file=export.name,
            row=1,
            entries_file=export.name,
            code="-".join(
                [FAMILY, currency.lower(), *(f"{time:%Y%m%d}" if time else "open" for time in times)]
            ),
            name=NAME,
            currency=currency,
            customer_group=None,
            starts_at=times[0],
            ends_at=times[1],
            entries=entries[times],
            handles=skus,
            family=f"{FAMILY}-{currency.lower()}-",
        )


def _times(line: Line) -> Times:
    """From the first day on, through the whole last one."""
    first, last = (_day(line, column) for column in ("special_price_from_date", "special_price_to_date"))
    if first and last and last < first:
        raise Unusable("special_price_to_date", "It is before special_price_from_date.")
    return first, last and last + timedelta(days=1)


def _day(line: Line, column: str) -> datetime | None:
    text = line[column]
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(hour=0, minute=0, second=0, tzinfo=UTC)
        except ValueError:
            continue
    if text:
        raise Unusable(column, f"{text!r} is not a day: write 2026-12-01.")
    return None
