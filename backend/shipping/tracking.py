"""One vocabulary for what carriers say of parcels: twelve statuses, and why something is wrong.

Each carrier's and aggregator's own codes are in `codes/<name>.yml`, as `code: status` or `code: status reason`.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
import yaml

STATUSES = (
    "pending",
    "picked_up",
    "in_transit",
    "on_hold",
    "delivery_delayed",
    "out_for_delivery",
    "delivery_failed",
    "ready_for_pickup",
    "cancelled",
    "return_to_sender",
    "delivered",
    "unknown",
)
"""Of two at the same moment, the later in this list counts."""
ENDS = ("delivered", "return_to_sender", "cancelled")
"""Nothing comes after them, whatever time it bears; the first of these counts."""
TROUBLES = ("on_hold", "delivery_delayed", "delivery_failed", "ready_for_pickup", "return_to_sender")
"""What customers are told that is no step of the way."""
STEP_OF = {
    "picked_up": "picked_up",
    "in_transit": "in_transit",
    "on_hold": "in_transit",
    "delivery_delayed": "in_transit",
    "return_to_sender": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivery_failed": "out_for_delivery",
    "ready_for_pickup": "out_for_delivery",
    "delivered": "delivered",
}
"""How far a parcel has come that is in this status."""


class Said(msgspec.Struct, frozen=True):
    """One event, as far as it counts for where the parcel is."""

    occurred_at: datetime
    status: str
    reason: str = ""


def standing(said: Iterable[Said]) -> Said | None:
    """Where the parcel is, whatever order its events came in and however often; None while nobody knows."""
    known = [one for one in said if one.status != "unknown"]
    for end in ENDS:
        if ended := [one for one in known if one.status == end]:
            return min(ended, key=lambda one: one.occurred_at)
    moved = [one for one in known if one.status != "pending"] or known
    return max(moved, key=lambda one: (one.occurred_at, STATUSES.index(one.status)), default=None)


def meaning(dictionary: str, code: str) -> tuple[str, str] | None:
    """Status and reason; None where the dictionary, or the code in it, is not known."""
    found = DICTIONARIES.get(dictionary.lower(), {}).get(code.upper())
    if found is None:
        return None
    status, _, reason = found.partition(" ")
    return status, reason


def _read(file: Path) -> dict[str, str]:
    return {str(code).upper(): meant for code, meant in yaml.safe_load(file.read_text("utf-8")).items()}


DICTIONARIES = {file.stem: _read(file) for file in (Path(__file__).parent / "codes").glob("*.yml")}
