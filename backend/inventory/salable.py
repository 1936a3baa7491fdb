"""How many can be sold of what is made of parts that others may be made of, too."""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

ENDLESS = 1_000_000
"""What takes nothing from a shelf can be sold this often."""
NOTHING: Mapping[str, int] = MappingProxyType({})


class Salable(msgspec.Struct, frozen=True):
    """By variant the stocked variants that one of it takes, and by stocked variant the units that nobody holds."""

    parts: dict[str, dict[str, int]]
    units: dict[str, int]

    def of(self, variant_id: str, beside: Mapping[str, int] = NOTHING) -> int:
        """Units of one variant, when so many of others (by variant) are sold with it."""
        taken: Counter[str] = Counter()
        for other, quantity in beside.items():
            self._take(taken, other, quantity)
        return self._fit(taken, variant_id)

    def together(self, variant_ids: Iterable[str]) -> int:
        """Units of all of them, as many of each as those before it leave: what they share counts once."""
        taken: Counter[str] = Counter()
        total = 0
        for variant_id in variant_ids:
            quantity = self._fit(taken, variant_id)
            self._take(taken, variant_id, quantity)
            total += quantity
        return total

    def _take(self, taken: Counter[str], variant_id: str, quantity: int) -> None:
        for part, each in self.parts[variant_id].items():
            taken[part] += each * quantity

    def _fit(self, taken: Counter[str], variant_id: str) -> int:
        parts = self.parts[variant_id].items()
        left = ((self.units.get(part, 0) - taken[part]) // each for part, each in parts)
        return max(0, min(left, default=ENDLESS))
