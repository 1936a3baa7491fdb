"""Card numbers that nobody has, in the ways in which people write them."""

import re
import unicodedata
from collections.abc import Callable
from random import Random

ISSUED = (
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("305", 14),
    ("36", 14),
    ("3528", 16),
    ("62", 16),
    ("6759", 16),
)
"""What a number may begin with, and how long it then is."""
PRINTED = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4)}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")  # noqa: RUF001 - these digits are meant
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

Written = Callable[[str], str]


def card_number(random: Random) -> str:
    start, length = random.choice(ISSUED)
    return with_check_digit(start + "".join(random.choices("0123456789", k=length - len(start) - 1)))


def with_check_digit(digits: str) -> str:
    """Luhn: from the right every other digit counts twice, and the sum is a multiple of ten."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(sum(divmod(each, 10)) for each in doubled) % 10)


def grouped(separator: str) -> Written:
    """As it is printed on the card, with this between its groups."""

    def write(number: str) -> str:
        groups, rest = [], number
        for size in PRINTED[len(number)]:
            groups.append(rest[:size])
            rest = rest[size:]
        return separator.join(groups)

    return write


WAYS: dict[str, Written] = {
    "in one": str,
    "with spaces": grouped(" "),
    "with thin spaces": grouped("\u202f"),
    "with hyphens": grouped("-"),
    "with dashes": grouped(" – "),
    "with dots": grouped("."),
    "with slashes": grouped("/"),
    "with underscores": grouped("_"),
    "on lines": grouped("\n"),
    "digit by digit": " ".join,
    "full-width": lambda number: grouped("\u3000")(number).translate(FULL_WIDTH),
    "Arabic, with invisible signs": lambda number: grouped("\u200b")(number).translate(ARABIC),
}

ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def digits_in(kept: object) -> str:
    """In whichever script, without what stands between them, be it as an escape."""
    text = ESCAPE.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), str(kept))
    return "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdigit())
