"""What may be wrong with a complete address: asked about once, and taken as it is when the customer says so."""

import re
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec
import yaml

from backend.customers.addresses import Address, folded
from backend.shop.regions import region_named, region_of_postcode

Doubt = Literal["house_number", "postcode_fit"]
DOUBTS: tuple[Doubt, ...] = get_args(Doubt)

NUMBER = re.compile(
    r"\W*(?:(?:c'est|it's|es)\s+)?(?:(?:le|the|el)\s+)?(?:numero|number|n[°oº]?\.?)?\s*"
    r"(\d+\s?(?:bis|ter|[a-z])?)\W*"
)
NO_NUMBER = re.compile(
    r"\b(?:no (?:house )?number|without (?:a )?number|there (?:is|'s) none"
    r"|(?:pas de|sans|aucun) numero|il n'y en a pas|sin numero|s/n|no (?:hay|tiene)(?: numero)?)\b"
)
NUMBER_FIRST = ("AU", "CA", "FR", "GB", "IE", "LU", "NZ", "US")
"""Where one writes "12 Baker Street"; elsewhere the number follows the street."""


def doubts_about(address: Address) -> dict[Doubt, str]:
    """By doubt what it is about: another street or town is doubted anew."""
    found: dict[Doubt, str] = {}
    if address.line1 and not any(character.isdigit() for character in address.line1 + address.line2):
        found["house_number"] = address.line1
    if _is_elsewhere(address):
        found["postcode_fit"] = " ".join(filter(None, (address.postcode, address.city, address.region)))
    return found


def says_no_number(text: str) -> bool:
    return NO_NUMBER.search(folded(text)) is not None


def with_number(address: Address, text: str) -> Address | None:
    """ "It's 12 bis" completes the street; None where the text is no number."""
    number = NUMBER.fullmatch(folded(text))
    if number is None:
        return None
    is_first = address.country in NUMBER_FIRST
    parts = (number[1], address.line1) if is_first else (address.line1, number[1])
    return msgspec.structs.replace(address, line1=" ".join(parts))


def _is_elsewhere(address: Address) -> bool:
    """The postcode is one of another region than the town or the region that was given."""
    by_postcode = region_of_postcode(address.country, address.postcode)
    given = region_named(address.country, address.region) or _towns(address.country).get(
        _plain(address.city), ""
    )
    return bool(by_postcode and given and by_postcode != given)


@cache
def _towns(country: str) -> dict[str, str]:
    known = yaml.safe_load((Path(__file__).parent / "towns.yml").read_text("utf-8"))
    return {
        _plain(town): region for region, towns in known.get(country, {}).items() for town in towns.split(",")
    }


def _plain(town: str) -> str:
    """Without a quarter's number ("Lyon 3e"), CEDEX, hyphens and accents."""
    words = re.sub(r"\bcedex\b|\d+\w*|[^\w\s]", " ", folded(town).replace("-", " "))
    return " ".join(words.split())
