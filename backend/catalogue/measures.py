"""How big and how heavy an offer is, as far as it says so: for "bigger" and "lighter"."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

SIZES = ("capacity", "volume", "diameter", "length", "width", "dimensions", "area", "height", "depth", "size")
WEIGHTS = ("weight", "net_weight")
CODES = {"size": SIZES, "weight": WEIGHTS}
"""What is compared first, where a product says several."""
IN_BASE_UNITS = {"mm": 0.1, "cm": 1, "m": 100, "ml": 1, "cl": 10, "l": 1000, "g": 1, "kg": 1000}
MEASURE = re.compile(r"(\d+(?:[.,_]\d+)?)\s*(?:(mm|cm|m|ml|cl|l|kg|g)\b)?", re.IGNORECASE)


class Beyond(msgspec.Struct, frozen=True):
    """More or less of a `kind` ("size" or "weight") than what is in talk. `code` is what it says that by, None when
    it says nothing; `amount` is in cm, ml or g."""

    kind: str
    is_more: bool
    code: str | None = None
    amount: float = 0

    def holds(self, measures: Mapping[str, float]) -> bool:
        said = measures.get(self.code or "")
        return said is not None and (said > self.amount if self.is_more else said < self.amount)

    def distance(self, measures: Mapping[str, float]) -> float:
        return abs(measures.get(self.code or "", self.amount) - self.amount)


def measures_of(
    attributes: Iterable[Mapping[str, Any]], options: Mapping[str, str], weight_grams: int = 0
) -> dict[str, float]:
    """By option or attribute, in cm, ml or g; an area in square centimetres."""
    said = {
        attribute["code"]: f"{attribute.get('number') or ''} {attribute.get('unit') or ''}".strip()
        or next(iter(attribute["value"].values()), "")
        for attribute in attributes
        if attribute["code"] in (*SIZES, *WEIGHTS)
    }
    said |= {code: value for code, value in options.items() if code in (*SIZES, *WEIGHTS)}
    measures = {code: amount for code, text in said.items() if (amount := _amount(text)) is not None}
    return measures | ({"weight": float(weight_grams)} if weight_grams else {})


def beyond(kind: str, is_more: bool, measures: list[dict[str, float]]) -> Beyond:
    """More or less than any of the offers of the product in talk."""
    for code in CODES[kind]:
        said = [of_offer[code] for of_offer in measures if code in of_offer]
        if said:
            return Beyond(kind, is_more, code, max(said) if is_more else min(said))
    return Beyond(kind, is_more)


def _amount(text: str) -> float | None:
    """ "40x60" is 2400, "1_5l" is 1500."""
    amount: float | None = None
    for number, unit in MEASURE.findall(text.replace("x", " x ")):
        amount = (amount or 1) * float(re.sub("[,_]", ".", number)) * IN_BASE_UNITS.get(unit.lower(), 1)
    return amount
