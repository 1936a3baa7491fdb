"""Codes of gift cards: `GC-7K3M-Q9XW-2PDF-8HJN-4T6R`, 95 random bits in letters that nobody reads out wrong.

The last sign is a check character (ISO/IEC 7064, hybrid system, over our 32 signs): every wrong sign is noticed. The
last four are shown as the card's name, which leaves 80 bits to guess.
"""

import hashlib
import hmac
import re
import unicodedata

from backend.config import derived_secret
from backend.errors import Invalid

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U."""
PREFIX = "GC"
LENGTH = 20
GROUP = 4
READ_AS = str.maketrans("OIL", "011")

SEPARATORS = re.compile(r"[\W_]")
BETWEEN = r"[\W_]{0,3}"
BEGINNING, END = r"(?<![^\W_])", r"(?![^\W_])"
GROUPED = rf"(?:[^\W_]{{4}}{BETWEEN}){{4}}[^\W_]{{4}}"
WITH_PREFIX = re.compile(rf"{BEGINNING}G{BETWEEN}C{BETWEEN}((?:[^\W_]{BETWEEN}){{19}}[^\W_]){END}", re.I)
LIKE_ONE = re.compile(
    rf"{BEGINNING}GC(?:{BETWEEN}({GROUPED})|[-–—‑]((?:[^\W_][-–—‑ ]?){{8,40}}?)){END}", re.I
)
"""Mistyped, perhaps: what begins like a code is hidden all the same."""
BARE = re.compile(rf"{BEGINNING}([^\W_]{{20}}|[^\W_]{{4}}(?:[-–—‑][^\W_]{{4}}){{4}}){END}(?![-–—‑]\w)")


class GiftCodeTyped(Invalid):
    """The text holds the code of a gift card, which belongs in no address."""

    code = "gift_code_typed"


class GiftCodes:
    """A card's code follows from the shop's secret and the card's key, so that it is stored nowhere and yet can be
    shown again to who bought it."""

    def __init__(self, secret: str) -> None:
        self._secret = derived_secret(secret, "gift cards").encode()

    def of(self, key: str) -> str:
        number = int.from_bytes(hmac.digest(self._secret, key.encode(), hashlib.sha256)[:12])
        signs = "".join(SIGNS[number >> shift & 31] for shift in range(0, 5 * (LENGTH - 1), 5))
        return written(signs + check_sign(signs))


def written(signs: str) -> str:
    """As it is printed."""
    return "-".join([PREFIX, *(signs[at : at + GROUP] for at in range(0, LENGTH, GROUP))])


def read_code(text: str) -> str | None:
    """The signs of a code, however it was typed; None when it cannot be one."""
    plain = SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    signs = (plain.removeprefix(PREFIX) if len(plain) > LENGTH else plain).translate(READ_AS)
    if len(signs) != LENGTH or set(signs) - set(SIGNS):
        return None
    return signs if check_sign(signs[:-1]) == signs[-1] else None


def hash_of(signs: str) -> str:
    """What is stored: with 95 bits of chance in it, nobody finds the code again by trying."""
    return hashlib.sha256(signs.encode()).hexdigest()


def check_sign(signs: str) -> str:
    size = len(SIGNS)
    product = size
    for sign in signs:
        total = (product + SIGNS.index(sign)) % size or size
        product = 2 * total % (size + 1)
    return SIGNS[(size + 1 - product) % size]


def codes_in(text: str) -> list[tuple[int, int, str]]:
    """Where a text holds a gift card's code, or what looks like a mistyped one: from, to, and what was typed."""
    found: list[tuple[int, int, str]] = []
    for pattern, is_one in ((WITH_PREFIX, _is_valid), (LIKE_ONE, _has_digit), (BARE, _is_mixed_and_valid)):
        for match in pattern.finditer(text):
            typed = next(filter(None, match.groups()))
            is_new = all(match.end() <= start or end <= match.start() for start, end, _ in found)
            if is_new and is_one(typed):
                found.append((*match.span(), typed))
    return sorted(found)


def mask_gift_codes(text: str) -> str:
    """With the last four signs of each code only; without one it is the same text."""
    for start, end, typed in reversed(codes_in(text)):
        text = f"{text[:start]}{shown(typed)}{text[end:]}"
    return text


def refuse_gift_codes(text: str) -> None:
    """Raises GiftCodeTyped."""
    if codes_in(text):
        raise GiftCodeTyped


def shown(typed: str) -> str:
    """What may stand in a log: the card's name."""
    return f"{PREFIX} •••• {SEPARATORS.sub('', typed)[-4:].upper()}"


def _is_valid(typed: str) -> bool:
    return read_code(typed) is not None


def _has_digit(typed: str) -> bool:
    """Twenty signs without any digit are words."""
    return any(map(str.isdigit, typed))


def _is_mixed_and_valid(typed: str) -> bool:
    """Numbers of parcels have as many digits, and no letters."""
    return _has_digit(typed) and any(map(str.isalpha, typed)) and _is_valid(typed)
