"""Where things go: a destination, and the zones that a shop sells, delivers and taxes by."""

import re
from typing import Annotated

import msgspec

RANGE = re.compile(r"([0-9]+)-([0-9]+)")
ANYWHERE, COUNTRY, REGION, POSTCODE = range(4)
"""How exactly a zone names a destination; the most exact one wins."""

Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
Fit = tuple[int, int]
"""One of the above, and how many characters of the postcode were named."""


class Destination(msgspec.Struct, frozen=True):
    """`country` is ISO 3166 alpha-2, `region` its own code there ("AK", or the département "2A"), or empty."""

    country: str
    region: str = ""
    postcode: str = ""


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Countries, or parts of them: "US-AK" is a region; a postcode is exact, a beginning ("97*") or a range
    ("20000-20999"), and means the countries beside it."""

    countries: list[Country] = []
    regions: list[Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}-[A-Z0-9]{1,3}$")]] = []
    postcodes: list[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9 -]+\*?$")]] = []

    def __post_init__(self) -> None:
        if self.postcodes and len(self.countries) != 1:
            raise ValueError("postcodes need exactly one country beside them, whose they are")
        for wanted in self.postcodes:
            low, high = _range(wanted) or ("", "")
            if low > high:
                raise ValueError(f"the range {wanted!r} ends before it begins")

    def fit(self, to: Destination) -> Fit | None:
        """None where it is not among them."""
        if f"{to.country}-{to.region}" in self.regions:
            return REGION, 0
        if to.country not in self.countries:
            return None
        if not self.postcodes:
            return COUNTRY, 0
        plain = plain_postcode(to.postcode)
        named = [size for wanted in self.postcodes if (size := _named(wanted, plain)) is not None]
        return (POSTCODE, max(named)) if named else None


class Zone(Places, frozen=True, forbid_unknown_fields=True):
    """One that names nothing is everywhere; what is in `without` is not in it."""

    without: Places | None = None

    def fit(self, to: Destination) -> Fit | None:
        if self.without and self.without.fit(to):
            return None
        if not self.countries and not self.regions:
            return ANYWHERE, 0
        return super().fit(to)


EVERYWHERE = Zone()


def plain_postcode(postcode: str) -> str:
    """Without capitals, blanks, hyphens, and what is behind the five digits of a ZIP."""
    return re.sub(r"[\s-]", "", re.sub(r"^(\d{5})-\d{4}$", r"\1", postcode.strip())).upper()


def _named(wanted: str, plain: str) -> int | None:
    """How many characters of the postcode are named; None when another one is."""
    bounds = _range(wanted)
    if bounds:
        low, high = bounds
        start = plain[: len(low)]
        return _in_common(low, high) if start.isdigit() and low <= start <= high else None
    form = plain_postcode(wanted.removesuffix("*"))
    is_named = plain.startswith(form) if wanted.endswith("*") else plain == form
    return len(form) if is_named else None


def _range(wanted: str) -> tuple[str, str] | None:
    """Two numbers of one length; "1000-001" is a postcode of Portugal."""
    found = RANGE.fullmatch(wanted)
    return (found[1], found[2]) if found and len(found[1]) == len(found[2]) else None


def _in_common(low: str, high: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a != b), len(low))
