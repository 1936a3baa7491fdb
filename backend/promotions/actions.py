"""What a promotion does, checked when it is read: one class per action, told apart by `action`."""

from decimal import Decimal
from typing import Annotated

import msgspec

Amounts = dict[str, Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]]
"""By currency, in minor units. In another currency the promotion does nothing."""
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class PercentOff(msgspec.Struct, frozen=True, tag_field="action", tag="percent", forbid_unknown_fields=True):
    """Of what the lines cost by then; only of every full `step` of units of a line, and of `most_units` of it."""

    percent: Decimal
    step: Count = 1
    most_units: Count | None = None


class AmountEach(
    msgspec.Struct, frozen=True, tag_field="action", tag="amount_each", forbid_unknown_fields=True
):
    """Off each unit."""

    amounts: Amounts
    step: Count = 1
    most_units: Count | None = None


class AmountOff(
    msgspec.Struct, frozen=True, tag_field="action", tag="amount_off", forbid_unknown_fields=True
):
    """Off the whole, spread over its lines."""

    amounts: Amounts


class BuyGet(msgspec.Struct, frozen=True, tag_field="action", tag="buy_x_get_y", forbid_unknown_fields=True):
    """Of each `buy` + `get` units, the dearest taken together first, the cheapest `get` are `percent` off. With
    `each_line` they must be of one line."""

    buy: Count
    get: Count = 1
    percent: Decimal = Decimal(100)
    each_line: bool = False
    most_units: Count | None = None
    """Units that become cheaper."""


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From so much on: a percentage, or an amount."""

    spend: Amounts
    percent: Decimal | None = None
    amounts: Amounts = {}


class Tiers(msgspec.Struct, frozen=True, tag_field="action", tag="tiers", forbid_unknown_fields=True):
    """The highest step that the lines reach."""

    steps: Annotated[list[Tier], msgspec.Meta(min_length=1, max_length=20)]


class BundlePrice(
    msgspec.Struct, frozen=True, tag_field="action", tag="bundle_price", forbid_unknown_fields=True
):
    """Any so many units together for one price; the dearest are taken together first."""

    quantity: Annotated[int, msgspec.Meta(ge=2, le=99)]
    prices: Amounts
    most_times: Count | None = None


class Gift(msgspec.Struct, frozen=True, tag_field="action", tag="gift", forbid_unknown_fields=True):
    """So many of it free; what is in the cart already becomes free, what is not is added while there is any."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1


class FreeDelivery(
    msgspec.Struct, frozen=True, tag_field="action", tag="free_delivery", forbid_unknown_fields=True
):
    """Of the whole parcel as soon as one line is meant; `only_matching`: when all that travels is meant."""

    methods: list[str] = []
    """Codes of the ways of delivery that it is about; none means all."""
    only_matching: bool = False


Action = PercentOff | AmountEach | AmountOff | BuyGet | Tiers | BundlePrice | Gift | FreeDelivery
OF_LEVEL: dict[str, tuple[type, ...]] = {
    "catalogue": (PercentOff, AmountEach),
    "cart": (PercentOff, AmountEach, AmountOff, BuyGet, Tiers, BundlePrice, Gift),
    "shipping": (FreeDelivery, PercentOff, AmountOff),
}


def action_of(name: str, terms: dict[str, object]) -> Action:
    """Raises msgspec.ValidationError."""
    action: Action = msgspec.convert({**terms, "action": name}, Action)
    percents = [getattr(action, "percent", None)]
    if isinstance(action, Tiers):
        percents = [tier.percent for tier in action.steps]
        if any((tier.percent is None) == (not tier.amounts) for tier in action.steps):
            raise msgspec.ValidationError("a step has either a percent or amounts")
    for percent in percents:
        if percent is not None and not (percent.is_finite() and 0 < percent <= 100):
            raise msgspec.ValidationError(f"percent is {percent}: more than 0 and at most 100")
    return action


def terms_of(action: Action) -> dict[str, object]:
    """As they are stored; `action_of` reads them."""
    terms: dict[str, object] = msgspec.to_builtins(action)
    terms.pop("action")
    return terms
