"""Tables of rates as CSV files: our own, and those of Adobe Commerce as they are."""

import csv
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from babel.numbers import get_currency_precision

from backend.shop.delivery import Rate
from backend.shop.zones import EVERYWHERE, Zone

COLUMNS = {
    "country": "country",
    "region": "region",
    "region/state": "region",
    "zip": "postcode",
    "zip/postal code": "postcode",
    "postcode": "postcode",
    "order_subtotal": "subtotal",
    "order subtotal": "subtotal",
    "order subtotal (and above)": "subtotal",
    "subtotal": "subtotal",
    "weight_grams": "grams",
    "weight": "kilograms",
    "weight (and above)": "kilograms",
    "price": "price",
    "shipping price": "price",
}
"""How a column may be called, and what is in it. Adobe's weights are kilograms, as its shops are set up."""
ALL = ("", "*", "0")


class BadTable(ValueError):
    """Its words name the line."""


def rates_of(path: Path, currency: str) -> list[Rate]:
    """Raises BadTable, OSError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            names = {_column(name): name for name in lines.fieldnames or ()}
            missing = {"country", "price"} - names.keys()
            if missing:
                raise BadTable(f"the column {sorted(missing)[0]!r} is missing")
            return list(_rates(lines, names, currency))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"this is no CSV file in UTF-8: {error}") from None


def _rates(lines: "csv.DictReader[str]", names: Mapping[str, str], currency: str) -> Iterator[Rate]:
    seen: dict[tuple[object, ...], int] = {}
    for line in lines:
        cells = {column: (line[name] or "").strip() for column, name in names.items()}
        try:
            rate = _rate(cells, currency)
        except ValueError as error:
            raise BadTable(f"line {lines.line_num}: {error}") from None
        key = (
            cells["country"],
            cells.get("region"),
            cells.get("postcode"),
            rate.from_grams,
            *rate.from_subtotal.values(),
        )
        if key in seen:
            raise BadTable(f"line {lines.line_num}: the same place and bound as in line {seen[key]}")
        seen[key] = lines.line_num
        yield rate


def _rate(cells: Mapping[str, str], currency: str) -> Rate:
    grams = int(cells.get("grams") or 0) + int(_number(cells.get("kilograms") or "0") * 1000)
    return Rate(
        price={currency: minor_units(cells["price"], currency)},
        to=_zone(cells["country"], cells.get("region", ""), cells.get("postcode", "")),
        from_grams=grams,
        from_subtotal={currency: minor_units(cells.get("subtotal") or "0", currency)},
    )


def _zone(country: str, region: str, postcode: str) -> Zone:
    """Adobe writes US or USA, and a star where all of them are meant."""
    if country in ALL:
        return EVERYWHERE
    country = {"USA": "US", "CAN": "CA", "FRA": "FR", "ESP": "ES", "GBR": "GB", "DEU": "DE"}.get(
        country, country
    )
    if not re.fullmatch("[A-Z]{2}", country):
        raise ValueError(f"{country!r} is no code of a country, such as FR")
    if postcode not in ALL:
        return Zone(countries=[country], postcodes=[postcode])
    if region in ALL:
        return Zone(countries=[country])
    if not re.fullmatch("[A-Z0-9]{1,3}", region):
        raise ValueError(f"{region!r} is no code of a region, such as AK")
    return Zone(regions=[f"{country}-{region}"])


def minor_units(text: str, currency: str) -> int:
    """Raises ValueError for what is no amount, or more exact than the currency."""
    units = _number(text).scaleb(get_currency_precision(currency))
    if units != units.to_integral_value() or units < 0:
        raise ValueError(f"{text!r} is no amount of {currency}")
    return int(units)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is no number")
    return number


def _column(name: str) -> str:
    return COLUMNS.get(name.strip().casefold(), name)
