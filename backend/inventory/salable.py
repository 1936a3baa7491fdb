"""How many can be sold of what is made of parts that others may be made of, too."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

ENDLESS = 1_000_000
"""What takes nothing from a shelf can be sold this often."""
NOTHING: Mapping[str, int] = MappingProxyType({})


class Later(msgspec.Struct, frozen=True):
    """So many units beyond those on the shelves may be ordered now and leave on `ships_on`; of what is `unreleased`,
    those on the shelves do not leave before either."""

    units: int
    ships_on: date
    is_preorder: bool = False
    is_unreleased: bool = False


class Promise(msgspec.Struct, frozen=True):
    """`now` units can leave at once, the `later` ones on `ships_on`."""

    now: int
    later: int
    ships_on: date
    is_preorder: bool
    is_unreleased: bool


class Salable(msgspec.Struct, frozen=True):
    """By variant the stocked variants that one of it takes, and by stocked variant the units that nobody holds; and
    what may be ordered of it before it is there."""

    parts: dict[str, dict[str, int]]
    units: dict[str, int]
    later: dict[str, Later] = {}

    def of(self, variant_id: str, beside: Mapping[str, int] = NOTHING) -> int:
        """Units of one variant, when so many of others (by variant) are sold with it."""
        return self._fit(self._taken(beside), variant_id, self.units)

    def in_all(self, variant_id: str, beside: Mapping[str, int] = NOTHING) -> int:
        """The same, with what is not there yet."""
        units = dict(self.units)
        for part, later in self.later.items():
            units[part] = units.get(part, 0) + later.units
        return self._fit(self._taken(beside), variant_id, units)

    def next_promise(self, variant_id: str) -> Promise | None:
        """When the next one leaves that cannot leave at once; None where nobody has to wait, or may."""
        in_all = self.in_all(variant_id)
        return self.promise(variant_id, min(in_all, self.of(variant_id) + 1)) if in_all else None

    def promise(self, variant_id: str, quantity: int, beside: Mapping[str, int] = NOTHING) -> Promise | None:
        """Of a quantity that can be had in all: when the last of it leaves; None when all of it leaves at once."""
        taken = self._taken(beside)
        waited_for = []
        for part, each in self.parts[variant_id].items():
            later = self.later.get(part)
            is_short = taken[part] + each * quantity > self.units.get(part, 0)
            if later and (is_short or later.is_unreleased):
                waited_for.append(later)
        if not waited_for:
            return None
        is_unreleased = any(later.is_unreleased for later in waited_for)
        now = 0 if is_unreleased else min(self._fit(taken, variant_id, self.units), quantity)
        last = max(later.ships_on for later in waited_for)
        is_preorder = any(later.is_preorder for later in waited_for)
        return Promise(now, quantity - now, last, is_preorder, is_unreleased)

    def together(self, variant_ids: Iterable[str]) -> int:
        """Units of all of them, as many of each as those before it leave: what they share counts once."""
        taken: Counter[str] = Counter()
        total = 0
        for variant_id in variant_ids:
            quantity = self._fit(taken, variant_id, self.units)
            self._take(taken, variant_id, quantity)
            total += quantity
        return total

    def _taken(self, beside: Mapping[str, int]) -> Counter[str]:
        taken: Counter[str] = Counter()
        for other, quantity in beside.items():
            self._take(taken, other, quantity)
        return taken

    def _take(self, taken: Counter[str], variant_id: str, quantity: int) -> None:
        for part, each in self.parts[variant_id].items():
            taken[part] += each * quantity

    def _fit(self, taken: Counter[str], variant_id: str, units: Mapping[str, int]) -> int:
        parts = self.parts[variant_id].items()
        left = ((units.get(part, 0) - taken[part]) // each for part, each in parts)
        return max(0, min(left, default=ENDLESS))
