"""Which source sends what."""

from collections.abc import Iterator, Sequence

import msgspec


class Shelf(msgspec.Struct, frozen=True):
    """So many units of a variant that nobody holds, at one source. A lower priority is used first."""

    item_id: str
    variant_id: str
    units: int
    priority: int
    sku: str
    source: str
    notify_below: int


def chosen(shelves: Sequence[Shelf], quantity: int) -> Iterator[tuple[Shelf, int]]:
    """How much to take from which, until it is all: one parcel before two, so a source that has all of it comes
    first, then by priority."""
    for shelf in sorted(shelves, key=lambda shelf: (shelf.units < quantity, shelf.priority)):
        take = min(shelf.units, quantity)
        if take:
            yield shelf, take
            quantity -= take
