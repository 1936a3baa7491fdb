"""Card numbers in what people type: found however they are written, and masked before anybody keeps them.

A card number has its issuer's prefix and length and ends in a check digit (ISO/IEC 7812, the issuers' public ranges).
What goes on before or behind stays as it is, and so do IBANs, telephone numbers and what is introduced as a parcel's.
Of numbers that merely have sixteen digits one in forty looks the same: it is masked too (benchmarks/card_numbers.py).
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from backend.errors import Invalid

ISSUERS = (
    ("4", "4", (16, 19, 13)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("6011", "6011", (16, 19)),  # Discover
    ("644", "659", (16, 19)),
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14,)),
    ("38", "39", (14, 16)),
    ("3528", "3589", (16, 19)),  # JCB
    ("62", "62", (16, 18, 19)),  # UnionPay
    ("5018", "5020", (16, 18, 19)),  # Maestro, Dankort
    ("5038", "5038", (16, 18, 19)),
    ("5893", "5893", (16, 18, 19)),
    ("6304", "6304", (16, 18, 19)),
    ("6759", "6763", (16, 18, 19)),
)
"""First and last prefix of a range, and how many digits its cards have."""
LENGTHS = (16, 15, 14, 19, 18, 13)
"""The usual ones first: a security code typed behind sixteen digits does not make a number of nineteen."""
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""Twice the digit, its own digits added up (Luhn)."""
MOST_PHONE_DIGITS = 15

INVISIBLE = ("Cf", "Mn", "Me")
WORD_STARTS, WORD_ENDS = r"(?<![^\W_])", r"(?![^\W_])"
BETWEEN = r"[\W_]{1,3}"
MONTH, YEAR = r"(?:0[1-9]|1[0-2])", r"(?:20)?[2-4]\d"

CHAIN = re.compile(rf"{WORD_STARTS}\d+(?:{BETWEEN}\d+)*{WORD_ENDS}")
GROUP = re.compile(r"\d+")
GLUED = re.compile(
    rf"{WORD_STARTS}(?:visa|mastercard|amex|cb|card|carte|tarjeta|cvc|cvv)(?=\d)"
    r"|(?<=\d)(?:exp|cvc|cvv)(?=[\W\d])",
    re.I,
)
IBAN = re.compile(rf"{WORD_STARTS}[A-Z]{{2}}\d{{2}}(?:[ -]?[A-Z0-9]+){{1,12}}", re.I | re.A)
CARD_WORD = re.compile(r"\b(?:visa|card|carte|tarjeta|cb)\b", re.I)
PARCEL_NUMBER = re.compile(
    r"\b(?:track\w*|parcel|package|shipment|suivi|colis|seguimiento|env[ií]o|paquete|fedex|dpd|ups|usps|dhl|gls)"
    r"(?:\W|number|num[eé]ro|n[uú]mero|code|c[oó]digo|is|est|es|de|du|del|no|n)*",
    re.I,
)
EXPIRY_BEHIND = re.compile(rf"{BETWEEN}{MONTH}[\W_]{{0,3}}{YEAR}(?!\d)")
SECRET = re.compile(
    rf"(?<=• ){MONTH} {YEAR}{WORD_ENDS}"
    rf"|{WORD_STARTS}(?:0?[1-9]|1[0-2]) ?[/.-] ?{YEAR}{WORD_ENDS}"
    rf"|{WORD_STARTS}(?:\d{{3,4}}|\d(?:{BETWEEN}\d){{2,3}}){WORD_ENDS}"
)
"""What may be an expiry date or a security code once there is a card, wherever in the text it stands."""

Group = re.Match[str]
Span = tuple[int, int, str]
"""From, to, and what is shown instead."""


class CardNumberTyped(Invalid):
    """The text holds a card number, which is kept nowhere here."""

    code = "card_number_typed"


def mask_card_numbers(text: str) -> str:
    """With the last four digits of each card number only, and without what may be its expiry date or security code.

    Without a card number it is the same text.
    """
    if sum(map(str.isdigit, text)) < min(LENGTHS):
        return text
    plain, places = _plain(text)
    cards = list(_cards(plain))
    secrets = list(_secrets(plain, cards)) if cards else []
    for start, end, mask in sorted(cards + secrets, reverse=True):
        text = text[: places[start]] + mask + text[places[end - 1] + 1 :]
    return text


def refuse_card_numbers(text: str) -> None:
    """Raises CardNumberTyped."""
    if mask_card_numbers(text) != text:
        raise CardNumberTyped


def _plain(text: str) -> tuple[str, list[int]]:
    """In ASCII digits, spaces and dashes, without invisible signs and IBANs; and each sign's place in the text."""
    visible = [place for place, sign in enumerate(text) if unicodedata.category(sign) not in INVISIBLE]
    plain = GLUED.sub(_dots, "".join(_plain_sign(text[place]) for place in visible))
    for found in IBAN.finditer(plain):
        plain = plain.replace(iban := _iban_in(found[0]), "•" * len(iban))
    return plain, visible


def _plain_sign(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    if sign in "ºª":  # letters to Python, but “nº4242” is no word
        return "."
    return {"Zs": " ", "Pd": "-"}.get(unicodedata.category(sign), sign)


def _dots(found: re.Match[str]) -> str:
    return "•" * len(found[0])


def _iban_in(words: str) -> str:
    """The IBAN that the words begin with, or nothing (ISO 13616: turned round, it leaves 1 when divided by 97)."""
    while words:
        signs = re.sub(r"[ -]", "", words)
        turned = "".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])
        if 15 <= len(signs) <= 34 and int(turned) % 97 == 1:
            break
        words = words.rpartition(" ")[0]
    return words


def _cards(plain: str) -> Iterator[Span]:
    for chain in CHAIN.finditer(plain):
        groups = list(GROUP.finditer(plain, *chain.span()))
        is_phone = plain[: chain.start()].endswith("+") and len(_digits(groups)) <= MOST_PHONE_DIGITS
        if not is_phone:
            yield from _cards_among(groups)


def _cards_among(groups: list[Group]) -> Iterator[Span]:
    while found := _first_among(groups):
        number, groups = found
        yield number[0].start(), number[-1].end(), f"•••• {_digits(number)[-4:]}"


def _first_among(groups: list[Group]) -> tuple[list[Group], list[Group]] | None:
    """The groups that make up the first card number, and those behind it."""
    for first in range(len(groups)):
        for length in LENGTHS:
            end = _end_of(groups, first, length)
            if end and _is_card_number(groups, first, end):
                return groups[first:end], groups[end:]
    return None


def _end_of(groups: list[Group], first: int, length: int) -> int | None:
    """Behind the group that makes `length` digits full, if one does."""
    for end in range(first, len(groups)):
        length -= len(groups[end][0])
        if length <= 0:
            return end + 1 if length == 0 else None
    return None


def _is_card_number(groups: list[Group], first: int, end: int) -> bool:
    number = groups[first:end]
    return (
        _is_valid(digits := _digits(number))
        and _is_grouped_like_one(number, is_all=len(number) == len(groups))
        and not _goes_on(groups, first, end)
        and not _is_other_number(number[0], len(digits))
    )


def _is_valid(digits: str) -> bool:
    """Issuer, length and check digit."""
    is_issued = any(
        low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in ISSUERS
    )
    ordered = [int(digit) for digit in reversed(digits)]
    return is_issued and (sum(ordered[::2]) + sum(DOUBLED[digit] for digit in ordered[1::2])) % 10 == 0


def _is_grouped_like_one(number: list[Group], *, is_all: bool) -> bool:
    sizes = [len(group[0]) for group in number]
    is_even = set(sizes[:-1]) <= {sizes[0]} and sizes[-1] <= sizes[0]
    if len(_separators(number)) > 1:  # prices and dates in a row have several too
        return sizes[0] == 4 and (is_even or sizes in ([4, 6, 5], [4, 6, 4]))
    return is_all or is_even or min(sizes) >= 4


def _goes_on(groups: list[Group], first: int, end: int) -> bool:
    """Equal groups go on in the same manner before or behind: these are a part of something longer."""
    number = groups[first:end]
    size = len(number[0][0])
    if size == 1 or len(number) == 1 or len(number[1][0]) != size:
        return False
    before, behind = groups[max(first - 1, 0) : first + 1], groups[end - 1 : end + 1]
    return _is_alike(before, number) or (
        _is_alike(behind, number)
        and not EXPIRY_BEHIND.match(number[-1].string, number[-1].end())
        and not _is_valid(_digits(groups[end : end + len(number)]))
    )


def _is_alike(neighbours: list[Group], number: list[Group]) -> bool:
    sizes = {len(group[0]) for group in [*neighbours, number[0]]}
    return len(neighbours) == 2 and len(sizes) == 1 and _separators(neighbours) <= _separators(number)


def _is_other_number(start: Group, length: int) -> bool:
    """Sixteen digits are always taken for a card's. Thirteen are on every product's label, fourteen on parcels."""
    if length == 16:
        return False
    before = start.string[: start.start()]
    is_of_parcel = any(found.end() == len(before) for found in PARCEL_NUMBER.finditer(before))
    return is_of_parcel or (length == 13 and not CARD_WORD.search(start.string))


def _separators(groups: list[Group]) -> set[str]:
    return {one.string[one.end() : other.start()] for one, other in pairwise(groups)}


def _digits(groups: list[Group]) -> str:
    return "".join(group[0] for group in groups)


def _secrets(plain: str, cards: list[Span]) -> Iterator[Span]:
    for start, end, _ in cards:
        plain = plain[:start] + "•" * (end - start) + plain[end:]
    for found in SECRET.finditer(plain):
        yield found.start(), found.end(), "•••"
