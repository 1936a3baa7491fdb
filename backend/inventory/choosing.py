"""Which source sends what: as few parcels as can be, from the sources that come first."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

import msgspec

MOST_COMPARED = 10
"""Sources of which every combination is looked at; of more than that the first ones."""


class Shelf(msgspec.Struct, frozen=True):
    """So many units of a variant that nobody holds, at one source. A lower priority is used first; what is not out
    yet does not leave before `released_on`."""

    item_id: str
    variant_id: str
    units: int
    priority: int
    sku: str
    source: str
    notify_below: int
    released_on: date | None = None


Shelves = Mapping[str, Sequence[Shelf]]
"""By variant."""


def chosen(
    shelves: Shelves, wanted: Mapping[str, int], ranks: Mapping[str, float] | None = None
) -> list[tuple[Shelf, int]]:
    """How much to take from which, of what is there, in the order of variants.

    One parcel before two: the fewest sources that have all of it together; of as few, those that come first by
    `ranks` (by source, the lowest first), or by priority. Of one variant, a source that has all comes first.
    """
    needed = {
        variant_id: min(quantity, sum(shelf.units for shelf in shelves.get(variant_id, ())))
        for variant_id, quantity in wanted.items()
    }
    rank = _ranks(shelves, ranks)
    senders = _senders(shelves, needed, rank)
    return [
        take
        for variant_id in sorted(needed)
        for take in _taken(
            [shelf for shelf in shelves.get(variant_id, ()) if shelf.source in senders],
            needed[variant_id],
            rank,
        )
    ]


def _ranks(shelves: Shelves, ranks: Mapping[str, float] | None) -> dict[str, tuple[float, int, str]]:
    """A source that the ranks do not know comes after those that they know."""
    return {
        shelf.source: (
            0 if ranks is None else ranks.get(shelf.source, float("inf")),
            shelf.priority,
            shelf.source,
        )
        for on_shelves in shelves.values()
        for shelf in on_shelves
    }


def _senders(
    shelves: Shelves, needed: Mapping[str, int], rank: Mapping[str, tuple[float, int, str]]
) -> frozenset[str]:
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for variant_id, on_shelves in shelves.items():
        for shelf in on_shelves:
            units[shelf.source][variant_id] = shelf.units
    known = sorted(units, key=lambda source: rank[source])
    for size in range(1, min(len(known), MOST_COMPARED) + 1):
        fitting = [
            some
            for some in combinations(known[:MOST_COMPARED], size)
            if all(
                sum(units[source].get(variant_id, 0) for source in some) >= quantity
                for variant_id, quantity in needed.items()
            )
        ]
        if fitting:
            return frozenset(min(fitting, key=lambda some: [rank[source] for source in some]))
    return frozenset(known)


def _taken(
    shelves: Sequence[Shelf], quantity: int, rank: Mapping[str, tuple[float, int, str]]
) -> Iterator[tuple[Shelf, int]]:
    for shelf in sorted(shelves, key=lambda shelf: (shelf.units < quantity, rank[shelf.source])):
        take = min(shelf.units, quantity)
        if take:
            yield shelf, take
            quantity -= take
