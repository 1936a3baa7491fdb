"""Words of customers without what tells who they are. Card numbers and gift card codes are masked at the door."""

import re
from collections.abc import Iterable

from phonenumbers import PhoneNumberMatcher

from backend.customers.addresses import folded
from backend.customers.reading import names_street

REGIONS = {"en": "GB", "fr": "FR", "es": "ES"}
EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.\w+")
DIGIT = re.compile(r"\d")
LONG_NUMBER = re.compile(r"\d{4,}")
CODE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[\w-]{8,}\b")
"""Order and parcel numbers, coupons of one customer."""
SHORTEST_KNOWN = 3
HIDDEN = "…"


def masked(text: str, language: str, known: Iterable[str]) -> str | None:
    """`known` are the customer's name, e-mail and parts of their address. None where an address is in it."""
    if names_street(text) and DIGIT.search(text):
        return None
    text = EMAIL.sub("name@example.com", text)
    for number in list(PhoneNumberMatcher(text, REGIONS[language])):
        text = text.replace(number.raw_string, DIGIT.sub("0", number.raw_string))
    text = CODE.sub(lambda found: re.sub(r"\w", "0", found[0]), text)
    text = LONG_NUMBER.sub(lambda found: "0" * len(found[0]), text)
    return _without(text, {folded(word) for value in known for word in value.split()})


def _without(text: str, hidden: set[str]) -> str:
    hidden = {word for word in hidden if len(word) >= SHORTEST_KNOWN}
    return re.sub(r"[^\W_]+", lambda found: HIDDEN if folded(found[0]) in hidden else found[0], text)
