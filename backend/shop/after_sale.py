"""What may become of an order once it is placed: one readable file per shop (`demo/after_sale.yml`).

A section that is left out allows nothing of its kind: the customer is sent to a person.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from backend.config import LANGUAGES, InvalidSetting
from backend.shop.delivery import Amounts

FILE = "after_sale.yml"
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Changeable = Literal["address", "items", "payment_method"]
Target = Literal["original", "gift_card", "saved"]
"""Where money goes: back to where it came from, to a gift card that the customer has saved, or to another saved way
to pay, which a person has to do by hand."""
Targets = list[Target]
Trouble = Literal["damaged", "missing", "wrong"]
Remedy = Literal["replacement", "refund"]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


def _original() -> Targets:
    return ["original"]


class Cancelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reasons` are what customers may give, as they are called in each language; where there are none, none is asked
    for."""

    until: Literal["unpaid", "preparing"] = "preparing"
    """The last state in which it may be: not paid yet, or no parcel handed over."""
    reasons: dict[Code, dict[str, str]] = {}


class Changing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of an order may be changed before a parcel of it is handed over; items to another variant of the same
    product."""

    what: list[Changeable]
    is_final_after_items: bool = False
    """Once items were changed nothing else is, and the order is not canceled either."""
    difference_to: Targets = msgspec.field(default_factory=_original)
    """Where goes what a cheaper item leaves."""


class Returning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    days: Days | None = None
    """From the delivery on; without it, at any time."""
    reasons: dict[Code, dict[str, str]] = {}
    to: Targets = msgspec.field(default_factory=_original)
    fee: Amounts = {}
    """Taken off what is paid back, by currency."""
    is_once: bool = False
    """An order is sent back or exchanged once, so all of it has to be said at a time."""


class Claiming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is offered for goods that came damaged, did not come, or are not what was ordered. They stay where they
    are."""

    offers: Annotated[list[Remedy], msgspec.Meta(min_length=1)]
    days: Days | None = None
    """From the delivery on; without it, at any time."""
    is_photo_needed: bool = False
    up_to: Amounts = {}
    """By currency: so much for one order in all is given at once; a person decides on more, and where it says
    nothing."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a parcel comes back to."""

    name: Line
    line1: Line
    postcode: Line
    city: Line
    country: Line


class SendingBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The carrier takes what comes back, with the shop's label on it."""

    to: Place
    service: str = "standard"
    within_days: Days = 14
    """From the label on."""


class AfterSale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cancel: Cancelling | None = None
    change: Changing | None = None
    returns: Returning | None = None
    exchanges: Returning | None = None
    claims: dict[Trouble, Claiming] = {}
    send_back: SendingBack | None = None
    """Without it no label is made: the customer sends the goods as they like."""
    person_above: Amounts = {}
    """By currency: what pays back more than this is decided by a person."""

    @classmethod
    def beside(cls, shop_file: Path) -> "AfterSale":
        """Raises InvalidSetting, naming the file and the place in it. Without a file nothing is allowed."""
        path = shop_file.parent / FILE
        if not path.exists():
            return cls()
        try:
            policy = msgspec.convert(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader), cls)
        except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
            raise InvalidSetting(f"{path}: {error}") from None
        for section in ("cancel", "returns", "exchanges"):
            kind: Cancelling | Returning | None = getattr(policy, section)
            for code, names in (kind.reasons if kind else {}).items():
                if missing := set(LANGUAGES) - names.keys():
                    raise InvalidSetting(
                        f"{path}: say it in {', '.join(sorted(missing))}, too - at `$.{section}.reasons.{code}`"
                    )
        return policy
