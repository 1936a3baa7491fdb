"""Tax: which rate holds where, when and for what, and how it is rounded.

Per rate, the tax of all that bears it is rounded half up once; the lines then get its whole minor units, those with
the largest remainders the last ones. So the lines sum to the tax of the rate, and none is a minor unit off.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import msgspec

from backend.shop.regions import region_named
from backend.shop.zones import Destination, Fit, Zone

STANDARD = "standard"
"""The class of what is in no other."""


class BadTaxTable(ValueError):
    """Its words name the line."""


class TaxRate(Zone, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """In percent, as in "5.5", for a class, there, from the first of these days through the last."""

    rate: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,6})?$")]
    tax_class: str = STANDARD
    first_day: date | None = None
    last_day: date | None = None

    @property
    def share(self) -> Fraction:
        return Fraction(self.rate) / 100

    def holds(self, on: date) -> bool:
        return (self.first_day or on) <= on <= (self.last_day or on)


class Taxable(msgspec.Struct, frozen=True):
    """What something costs in minor units, after all discounts."""

    amount: int
    tax_class: str = STANDARD


class Taxes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`included` by currency: prices are with the tax, unless it says otherwise. Until the customer's address is
    known, `home` is taken for it."""

    home: Destination
    name: dict[str, str] = msgspec.field(default_factory=lambda: {"en": "VAT", "fr": "TVA", "es": "IVA"})
    included: dict[str, bool] = {}
    rates: list[TaxRate] = []
    tables: list[str] = []
    """CSV files of Adobe Commerce's tax rates, beside the shop's own file."""
    classes: dict[str, list[str]] = {}
    """By tax class the codes of the categories whose products are in it; what is below them is, too."""
    delivery_class: str = STANDARD

    def is_included(self, currency: str) -> bool:
        return self.included.get(currency, True)

    def rate(self, tax_class: str, to: Destination, on: date) -> Fraction:
        """The rate of the zone that names the destination most exactly; of a class that has none there, the standard
        one's; where nothing is taxed, 0."""
        for wanted in (tax_class, STANDARD):
            holding = (each for each in self.rates if each.tax_class == wanted and each.holds(on))
            fitting: list[tuple[Fit, Fraction]] = [
                (fit, each.share) for each in holding if (fit := each.fit(to)) is not None
            ]
            if fitting:
                return max(fitting)[1]
        return Fraction(0)

    def taxes(self, lines: Sequence[Taxable], to: Destination, on: date, currency: str) -> list[int]:
        """The tax of each line in minor units: of its amount where prices include it, else on top of it."""
        is_included = self.is_included(currency)
        exact: list[Fraction] = []
        by_rate: dict[Fraction, list[int]] = defaultdict(list)
        for at, line in enumerate(lines):
            rate = self.rate(line.tax_class, to, on)
            exact.append(line.amount * rate / (1 + rate if is_included else 1))
            by_rate[rate].append(at)
        found = [0] * len(lines)
        for places in by_rate.values():
            shared = spread([exact[at] for at in places])
            for at, amount in zip(places, shared, strict=True):
                found[at] = amount
        return found


def spread(exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers next to the exact ones, whose sum is the exact sum rounded half up."""
    parts = [int(each // 1) for each in exact]
    missing = int((sum(exact, Fraction(0)) + Fraction(1, 2)) // 1) - sum(parts)
    by_remainder = sorted(range(len(exact)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_remainder[:missing]:
        parts[at] += 1
    return parts


def rates_of_adobe(path: Path) -> Iterator[TaxRate]:
    """`code,tax_country_id,tax_region_name,tax_postcode,rate`, a star being all. Raises BadTaxTable, OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        for line in lines:
            try:
                yield _rate_of_adobe({name: (cell or "").strip() for name, cell in line.items()})
            except (KeyError, ValueError, msgspec.ValidationError) as error:
                raise BadTaxTable(f"line {lines.line_num}: {error}") from None


def _rate_of_adobe(line: dict[str, str]) -> TaxRate:
    country, region, postcode = line["tax_country_id"], line["tax_region_name"], line["tax_postcode"]
    rate = line["rate"].rstrip("0").rstrip(".") if "." in line["rate"] else line["rate"]
    place: dict[str, list[str]] = {"countries": [country]}
    if postcode not in ("", "*"):
        place |= {"postcodes": [postcode]}
    elif region not in ("", "*"):
        code = region_named(country, region)
        if not code:
            raise ValueError(f"{country} has no region {region!r}")
        place = {"regions": [f"{country}-{code}"]}
    return msgspec.convert(place | {"rate": rate or "0"}, TaxRate)
