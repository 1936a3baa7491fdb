"""Amounts with their units, written in one way: "1,2 m", "120 centimètres" and "120cm" are the same.

A table, `units.<language>.txt`, names a unit a line (`cm, centimetre, centimetres`), or says what one is in
another one (`1 m = 100 cm`).
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from backend.catalogue.analysis import fold
from backend.catalogue.tables import Line

GLUED = "+"
"""Before a name that only counts right after its number."""
FACTOR = re.compile(r"(\d{1,9}(?:[.,]\d{1,9})?)\s*([^\d\s=]+)\s*=\s*(\d{1,9}(?:[.,]\d{1,9})?)\s*([^\d\s=]+)")
FACTOR_BOUNDS = (Decimal("1e-9"), Decimal("1e9"))
DECIMALS = 4
LENGTHS = frozenset({"mm", "in"})
"""What the sides of an area are measured in: "6 x 33 cl" is none."""
THOUSANDS = r"[1-9]\d{0,2}(?:,\d{3}){1,3}(?!\d)(?:\.\d{1,9})?"
AMOUNT = rf"(?:(?:\d{{1,3}}[\s-])?\d/[1-9]\d?|(?:{THOUSANDS}|\d{{1,9}}(?:[.,]\d{{1,9}})?)[½¼¾]?|[½¼¾])"
PARTS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
BY = r"\s*(?:x|X|×|by|sur|par|por)\s*"
HALF = r"(?:and a half|et demie?|y medi[oa])"
HALF_WORD = re.compile(r"half|demi|medi[oa]", re.IGNORECASE)
"""Cheap to look for, before what is dear."""
HAS_AMOUNT = re.compile(r"[\d½¼¾]")


class Measure(NamedTuple):
    """What was said, and how the search writes it: "1,2 m", "1200mm"."""

    said: str
    written: str


class Units:
    def __init__(self, lines: Iterable[Line]) -> None:
        """A later line takes a name over. Raises UnreadableTable."""
        self._units: dict[str, str] = {}
        self._glued: set[str] = set()
        self._factors: dict[str, tuple[Decimal, str]] = {}
        for line in lines:
            if "=" in line.text:
                self._relate(line)
            else:
                self._name(line)
        unit, plain = self._any_unit(), _any_of(self._units.keys() - self._glued)
        sides = rf"{AMOUNT}{unit}?(?:{BY}{AMOUNT}{unit}?)+(?![^\W_])"
        self._area = re.compile(rf"(?<![^\W_])(?<![.,/]){sides}")
        self._side = re.compile(rf"(?P<amount>{AMOUNT})(?P<unit>{unit})?")
        self._measure = re.compile(
            rf"(?<![^\W_])(?<![.,/])(?<![^\W\d_]-)(?P<amount>{AMOUNT})(?P<unit>{unit})"
        )
        self._and_a_half = re.compile(
            rf"\b(?:(?P<whole>\d+)|(?i:una?|one|a))?\s*(?P<unit>{plain})\s+(?i:{HALF})\b"
        )
        self._half = re.compile(rf"\b(?i:half an?|half|un demi|demi|medio)[\s-](?P<unit>{plain})")

    def rewritten(self, text: str) -> str:
        """The text with its measures as the search writes them; sides ("40 x 60 cm") lose their unit."""
        text = self._with_halves(text)
        if not HAS_AMOUNT.search(text):
            return text
        text = self._area.sub(self._sides, text)
        return self._measure.sub(lambda found: f" {self._written(found)} ", text)

    def found(self, text: str) -> Iterator[Measure]:
        for found in self._measure.finditer(self._with_halves(text)):
            yield Measure(found.group().strip(), self._written(found))

    def _with_halves(self, text: str) -> str:
        if not HALF_WORD.search(text):
            return text
        text = self._and_a_half.sub(lambda found: f" {found['whole'] or 1}.5 {found['unit']} ", text)
        return self._half.sub(r"0.5 \g<unit>", text)

    def _sides(self, area: re.Match[str]) -> str:
        """All in the unit of the last one."""
        sides = list(self._side.finditer(area.group()))
        last = self._unit(sides[-1]["unit"])
        scale, base = self._in_base(Decimal(1), last)
        if last and base not in LENGTHS:
            return area.group()
        amounts = []
        for side in sides:
            amount, own_base = self._in_base(_amount(side["amount"]), self._unit(side["unit"]))
            amounts.append(amount / scale if own_base == base else _amount(side["amount"]))
        return f" {'x'.join(map(_plain, amounts))} "

    def _written(self, found: re.Match[str]) -> str:
        amount, base = self._in_base(_amount(found["amount"]), self._unit(found["unit"]))
        return f"{_plain(amount)}{base}"

    def _unit(self, written: str | None) -> str:
        return self._units[_key(written.lstrip(" \u00a0\u202f\t\n-"))] if written else ""

    def _in_base(self, amount: Decimal, unit: str) -> tuple[Decimal, str]:
        while unit in self._factors:
            factor, unit = self._factors[unit]
            amount *= factor
        return amount, unit

    def _name(self, line: Line) -> None:
        names = [name.strip() for name in line.text.split(",")]
        plain = [name.removeprefix(GLUED) for name in names]
        if not all(plain):
            line.refuse("a name is missing between two commas.")
        if any(character.isdigit() for character in line.text):
            line.refuse("the name of a unit has no digits; “1 m = 100 cm” says what it is in another one.")
        unit = self._units.get(_key(plain[0])) or fold(plain[0])
        if not unit.isalpha():
            line.refuse(f"“{plain[0]}”: the first name of a unit is one word.")
        for name in plain:
            self._units |= {_key(name): unit, _key(fold(name) if len(name) > 1 else name): unit}
        self._glued.update(_key(name.removeprefix(GLUED)) for name in names if name.startswith(GLUED))

    def _relate(self, line: Line) -> None:
        found = FACTOR.fullmatch(line.text)
        if not found:
            line.refuse("write what one unit is in another one, as in “1 m = 100 cm”.")
        whole, one, parts, other = found.groups()
        for name in (one, other):
            if _key(name) not in self._units:
                line.refuse(f"“{name}” is no unit yet: name it in a line before.")
        unit, base = self._units[_key(one)], self._units[_key(other)]
        factor = _amount(parts) / _amount(whole) if _amount(whole) else Decimal(0)
        if not FACTOR_BOUNDS[0] <= factor <= FACTOR_BOUNDS[1]:
            line.refuse("no such amount can be used.")
        if self._in_base(factor, base)[1] in (unit, self._in_base(factor, unit)[1]):
            line.refuse(f"what “{one}” is in “{other}” follows from lines before.")
        self._factors[unit] = factor, base

    def _any_unit(self) -> str:
        apart = _any_of(self._units.keys() - self._glued)
        return rf"(?:[\s\u00a0\u202f-]{{0,2}}(?:{apart})|{_any_of(self._glued)})"


def _any_of(names: Iterable[str]) -> str:
    """Names of one letter mind capitals, and no name goes on as another word."""
    ordered = sorted(map(re.escape, names), key=len, reverse=True)
    signs = [name for name in ordered if not name[-1].isalpha()]
    words = [name for name in ordered if name[-1].isalpha() and len(name) > 1]
    letters = [name for name in ordered if name[-1].isalpha() and len(name) == 1]
    return rf"(?i:{_either(signs)}|{_either(words)}(?![^\W_]))|{_either(letters)}(?![^\W_]|['’])"


def _either(names: list[str]) -> str:
    return f"(?:{'|'.join(names) or '(?!)'})"


def _key(name: str) -> str:
    return name.lower() if len(name) > 1 else name


def _amount(said: str) -> Decimal:
    """Of "1,000", "1,5", "2½" or "1 1/2". Raises decimal.InvalidOperation."""
    parts = sum((PARTS[character] for character in said if character in PARTS), Decimal(0))
    said = said.rstrip("".join(PARTS))
    if "/" in said:
        upper, lower = said.replace("-", " ").split()[-1].split("/")
        parts += Decimal(upper) / Decimal(lower)
        said = said.replace("-", " ").rpartition(" ")[0]
    if re.fullmatch(THOUSANDS, said):
        said = said.replace(",", "")
    return Decimal(said.replace(",", ".") or 0) + parts


def _plain(amount: Decimal) -> str:
    return f"{round(amount, DECIMALS).normalize():f}"
