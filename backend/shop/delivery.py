"""How a shop delivers, and what that costs for so much, so heavy, to there."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec

from backend.shop.zones import EVERYWHERE, Destination, Fit, Zone

Amount = Annotated[int, msgspec.Meta(ge=0)]
Amounts = dict[str, Amount]
"""Minor units by currency."""


Kind = Literal["parcel", "carrier", "pickup"]
NONE_PROMISED = (0, 0)


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What delivery `to` a zone costs, from a weight and from a subtotal on. `to` names a zone of the shop's or is
    one itself; without it, it is everywhere."""

    price: Amounts
    to: Zone | str = EVERYWHERE
    from_grams: Annotated[int, msgspec.Meta(ge=0)] = 0
    from_subtotal: Amounts = {}

    def __post_init__(self) -> None:
        if self.from_subtotal and self.price.keys() - self.from_subtotal.keys():
            raise ValueError("a rate by subtotal needs a bound in each currency that it has a price in")


class Consignment(msgspec.Struct, frozen=True):
    """What is to be sent: worth `goods` in minor units. Without a `destination` nobody has said yet where to."""

    goods: int
    currency: str
    weight_grams: int
    destination: Destination | None = None


class Quote(msgspec.Struct, frozen=True):
    """`is_lowest`: it may be more, depending on where to. `is_estimate`: the carrier says it once that is known."""

    price: int
    is_lowest: bool = False
    is_estimate: bool = False


class DeliveryMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an order reaches its customer: as a parcel, or collected at a store that has all of it. Prices count minor
    units; `promise_days` of a parcel are working days, from and to. What one of the kind `carrier` costs is asked of
    the carrier, whose service has the same `code`; the `price` is taken when the carrier does not answer.

    Of the `rates` that hold, the one whose zone names the destination most exactly is taken, and of those the one
    with the highest bounds; where none holds, the flat `price` does. With neither it is not offered.
    """

    code: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,19}$")]
    name: dict[str, str]
    promise_days: tuple[int, int] = NONE_PROMISED
    price: Amounts = {}
    free_from: Amounts = {}
    words: dict[str, list[str]] = {}
    """What else customers call it, by language."""
    zones: list[str] = []
    """Where it goes; none are everywhere."""
    rates: list[Rate] = []
    tables: dict[str, str] = {}
    """By currency a CSV file of more rates, beside the shop's own file."""
    kind: Kind = "parcel"
    ready_in_minutes: Annotated[int, msgspec.Meta(ge=0)] = 120
    """Of opening hours or not, from the order until it can be collected."""

    def __post_init__(self) -> None:
        if not (self.price or self.rates or self.tables):
            raise ValueError(f"{self.code!r} needs a `price`, `rates` or `tables`")
        if self.kind == "pickup" and (self.zones or self.rates or self.tables):
            raise ValueError(f"{self.code!r} is collected: it has a `price` alone, and goes nowhere")
        if self.kind == "carrier" and (self.rates or self.tables or not all(self.price.values())):
            raise ValueError(
                f"{self.code!r} costs what the carrier says: beside that it has a `price` above 0 alone"
            )
        if self.kind != "pickup" and self.promise_days == NONE_PROMISED:
            raise ValueError(f"{self.code!r} needs `promise_days`")
        if self.promise_days[0] > self.promise_days[1]:
            raise ValueError(f"the `promise_days` of {self.code!r} end before they begin")

    @property
    def is_weighed(self) -> bool:
        return self.kind == "carrier" or any(rate.from_grams for rate in self.rates)

    def serves(self, to: Destination, zones: Mapping[str, Zone]) -> bool:
        return not self.zones or any(zones[name].fit(to) for name in self.zones)

    def quote(self, sent: Consignment, zones: Mapping[str, Zone]) -> Quote | None:
        """None where it does not go, or not that heavy, or not in this currency. Of a carrier, the stated price."""
        if self.kind == "pickup":
            flat = self.price.get(sent.currency)
            return None if flat is None else Quote(0 if self._is_free(sent) else flat)
        if sent.destination is None:
            return self._lowest(sent)
        if not self.serves(sent.destination, zones):
            return None
        price = self._rate(sent, sent.destination, zones)
        return None if price is None else Quote(0 if self._is_free(sent) else price)

    def free_from_of(self, sent: Consignment, zones: Mapping[str, Zone]) -> int | None:
        """The lowest subtotal at which it is sent for nothing, by `free_from` or by a rate."""
        if self.kind == "pickup":
            return None
        to, currency = sent.destination, sent.currency
        if to is not None and not self.serves(to, zones):
            return None
        bounds = [self.free_from[currency]] if currency in self.free_from else []
        bounds += [0] if self.price.get(currency) == 0 else []
        for rate in self.rates:
            is_near = to is None or _zone(rate, zones).fit(to) is not None
            if is_near and rate.price.get(currency) == 0 and rate.from_grams <= sent.weight_grams:
                bounds.append(rate.from_subtotal.get(currency, 0))
        return min((bound for bound in bounds if self._costs_nothing_at(bound, sent, zones)), default=None)

    def _costs_nothing_at(self, goods: int, sent: Consignment, zones: Mapping[str, Zone]) -> bool:
        """A rate of a more exact zone may ask for money all the same."""
        quote = self.quote(msgspec.structs.replace(sent, goods=max(goods, sent.goods)), zones)
        return quote is not None and quote.price == 0

    def _is_free(self, sent: Consignment) -> bool:
        free_from = self.free_from.get(sent.currency)
        return free_from is not None and sent.goods >= free_from

    def _lowest(self, sent: Consignment) -> Quote | None:
        prices = {rate.price[sent.currency] for rate in self._holding(sent)}
        if sent.currency in self.price:
            prices.add(self.price[sent.currency])
        if not prices:
            return None
        if self._is_free(sent):
            return Quote(0)
        return Quote(min(prices), is_lowest=len(prices) > 1, is_estimate=self.kind == "carrier")

    def _rate(self, sent: Consignment, to: Destination, zones: Mapping[str, Zone]) -> int | None:
        fitting: list[tuple[Fit, int, int, int]] = [
            (fit, rate.from_grams, rate.from_subtotal.get(sent.currency, 0), -rate.price[sent.currency])
            for rate in self._holding(sent)
            if (fit := _zone(rate, zones).fit(to)) is not None
        ]
        return -max(fitting)[3] if fitting else self.price.get(sent.currency)

    def _holding(self, sent: Consignment) -> Iterable[Rate]:
        return (
            rate
            for rate in self.rates
            if sent.currency in rate.price
            and rate.from_grams <= sent.weight_grams
            and rate.from_subtotal.get(sent.currency, 0) <= sent.goods
        )


def missing_for_free(
    methods: Iterable[DeliveryMethod], sent: Consignment, zones: Mapping[str, Zone]
) -> int | None:
    """How much more has to be bought until some way of delivery costs nothing; None when one does, or never will."""
    bounds = [bound for method in methods if (bound := method.free_from_of(sent, zones)) is not None]
    lowest = min(bounds, default=0)
    return lowest - sent.goods if lowest > sent.goods else None


def _zone(rate: Rate, zones: Mapping[str, Zone]) -> Zone:
    return zones[rate.to] if isinstance(rate.to, str) else rate.to
