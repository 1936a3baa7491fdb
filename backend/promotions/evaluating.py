"""What promotions take off a cart: a pure function of the cart and the rules.

Rules come in the order of their priority, then of their code; each takes its share of what those before it left. A
line that a rule with `stops_further` made cheaper takes part in none after it. Percentages are counted of the whole,
rounded once (a half goes up) and spread over the lines by the largest remainder. No line is ever below zero.
"""

from collections.abc import Iterable, Sequence
from functools import singledispatch

import msgspec

from backend.money import share_of, spread, unit_shares
from backend.promotions.actions import (
    AmountEach,
    AmountOff,
    BundlePrice,
    BuyGet,
    FreeDelivery,
    Gift,
    PercentOff,
    Tier,
    Tiers,
)
from backend.promotions.basket import Basket
from backend.promotions.rules import Rule


class Discount(msgspec.Struct, frozen=True):
    """`promotion` is its code."""

    promotion: str
    amount: int


class GiftGiven(msgspec.Struct, frozen=True):
    """So many more of it are to be added to the cart for nothing, if there are any."""

    promotion: str
    sku: str
    quantity: int


class Outcome(msgspec.Struct, frozen=True):
    """`lines` are in the order of the basket's; `delivery` are the rules that make it cheaper."""

    lines: tuple[tuple[Discount, ...], ...]
    gifts: tuple[GiftGiven, ...] = ()
    delivery: tuple[Rule, ...] = ()

    @property
    def discount(self) -> int:
        return sum(discount.amount for line in self.lines for discount in line)

    def of(self, promotion: str) -> int:
        """What it takes off the lines."""
        found = (discount for line in self.lines for discount in line if discount.promotion == promotion)
        return sum(discount.amount for discount in found)

    def has_effect(self, promotion: str) -> bool:
        gives = any(gift.promotion == promotion for gift in self.gifts)
        return gives or self.of(promotion) > 0 or any(rule.code == promotion for rule in self.delivery)

    def off_delivery(self, method: str, price: int, currency: str) -> tuple[Discount, ...]:
        """What it takes off this way of delivery, which costs so much."""
        found = []
        for rule in self.delivery:
            amount = min(price, _off_price(rule, method, price, currency))
            if amount:
                found.append(Discount(rule.code, amount))
                price -= amount
                if rule.stops_further:
                    break
        return tuple(found)


class Units(msgspec.Struct, frozen=True):
    """What is left to pay of the lines that a rule is about: per line the amount, and how many units."""

    left: tuple[int, ...]
    quantities: tuple[int, ...]
    currency: str

    @property
    def total(self) -> int:
        return sum(self.left)

    def each(self) -> list[tuple[int, int]]:
        """Of each unit what it costs now and the place of its line, the dearest first."""
        units = [
            (amount, place)
            for place, (left, quantity) in enumerate(zip(self.left, self.quantities, strict=True))
            for amount in unit_shares(left, quantity)
        ]
        return sorted(units, key=lambda unit: (-unit[0], unit[1]))

    def counts(self, step: int, most: int | None) -> list[int]:
        """Full steps of units, at most so many, of each line."""
        return [min(quantity // step * step, most or quantity) for quantity in self.quantities]

    def some(self, step: int, most: int | None) -> tuple[int, ...]:
        """What these cost."""
        return tuple(
            left if count == quantity else sum(unit_shares(left, quantity)[:count])
            for left, quantity, count in zip(self.left, self.quantities, self.counts(step, most), strict=True)
        )


def evaluate(basket: Basket, rules: Iterable[Rule]) -> Outcome:
    left = [line.total for line in basket.lines]
    taken: list[list[Discount]] = [[] for _ in basket.lines]
    closed: set[int] = set()
    gifts: list[GiftGiven] = []
    delivery: list[Rule] = []
    for rule in in_order(rules):
        if not (basket.lines and rule.is_asked(basket) and rule.is_met(basket)):
            continue
        meant = rule.meant(basket)
        if rule.level == "shipping":
            delivery += [rule] if _is_about_delivery(rule, basket, meant) else []
            continue
        meant = [place for place in meant if place not in closed]
        if isinstance(rule.action, Gift):
            meant = [place for place in meant if basket.lines[place].sku != rule.action.sku]
            off, missing = _given(rule.action, basket, left) if meant else ({}, 0)
            gifts += [GiftGiven(rule.code, rule.action.sku, missing)] if missing else []
        else:
            off = dict(zip(meant, _off(rule.action, _units(basket, left, meant)), strict=True))
        for place, amount in off.items():
            if amount > 0:
                left[place] -= amount
                taken[place].append(Discount(rule.code, amount))
                closed |= {place} if rule.stops_further else set()
    return Outcome(tuple(map(tuple, taken)), tuple(gifts), tuple(delivery))


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (rule.priority, rule.code))


def _units(basket: Basket, left: Sequence[int], meant: Sequence[int]) -> Units:
    quantities = tuple(basket.lines[place].quantity for place in meant)
    return Units(tuple(left[place] for place in meant), quantities, basket.currency)


@singledispatch
def _off(action: object, units: Units) -> list[int]:
    """By line, in minor units."""
    raise TypeError(f"{action} takes nothing off a line")


@_off.register
def _percent(action: PercentOff, units: Units) -> list[int]:
    some = units.some(action.step, action.most_units)
    return spread(share_of(sum(some), action.percent), some)


@_off.register
def _amount_each(action: AmountEach, units: Units) -> list[int]:
    amount = action.amounts.get(units.currency, 0)
    counts = units.counts(action.step, action.most_units)
    return [min(left, amount * count) for left, count in zip(units.left, counts, strict=True)]


@_off.register
def _amount_off(action: AmountOff, units: Units) -> list[int]:
    return spread(min(action.amounts.get(units.currency, 0), units.total), units.left)


@_off.register
def _tiers(action: Tiers, units: Units) -> list[int]:
    def begins(tier: Tier) -> int:
        return tier.spend[units.currency]

    reached = [tier for tier in action.steps if units.currency in tier.spend and begins(tier) <= units.total]
    if not reached:
        return [0] * len(units.left)
    tier = max(reached, key=begins)
    if tier.percent is not None:
        return _off(PercentOff(tier.percent), units)
    return _off(AmountOff(tier.amounts), units)


@_off.register
def _bundle_price(action: BundlePrice, units: Units) -> list[int]:
    price = action.prices.get(units.currency)
    off = [0] * len(units.left)
    if price is None:
        return off
    for group in _groups(units.each(), action.quantity)[: action.most_times]:
        amounts = [amount for amount, _ in group]
        for (_, place), amount in zip(group, spread(max(0, sum(amounts) - price), amounts), strict=True):
            off[place] += amount
    return off


@_off.register
def _buy_get(action: BuyGet, units: Units) -> list[int]:
    lines = _by_line(units) if action.each_line else [units.each()]
    off = [0] * len(units.left)
    for line in lines:
        cheaper = _cheaper(line, action)[: action.most_units]
        amounts = [amount for amount, _ in cheaper]
        shares = spread(share_of(sum(amounts), action.percent), amounts)
        for (_, place), amount in zip(cheaper, shares, strict=True):
            off[place] += amount
    return off


def _by_line(units: Units) -> list[list[tuple[int, int]]]:
    each = units.each()
    return [[unit for unit in each if unit[1] == place] for place in range(len(units.left))]


def _cheaper(units: Sequence[tuple[int, int]], action: BuyGet) -> list[tuple[int, int]]:
    """The cheapest of each group; of the rest whatever is more than must be bought."""
    size = action.buy + action.get
    full = len(units) // size * size
    found = [unit for start in range(0, full, size) for unit in units[start + action.buy : start + size]]
    return found + list(units[full + action.buy :])


def _groups(units: Sequence[tuple[int, int]], size: int) -> list[Sequence[tuple[int, int]]]:
    return [units[start : start + size] for start in range(0, len(units) - size + 1, size)]


def _given(action: Gift, basket: Basket, left: Sequence[int]) -> tuple[dict[int, int], int]:
    """What becomes free of what is in the cart already, by line, and how many are to be added."""
    off, missing = {}, action.quantity
    for place, line in enumerate(basket.lines):
        if line.sku == action.sku:
            free = min(missing, line.quantity)
            off[place] = sum(unit_shares(left[place], line.quantity)[:free])
            missing -= free
    return off, missing


def _is_about_delivery(rule: Rule, basket: Basket, meant: Sequence[int]) -> bool:
    travelling = [place for place, line in enumerate(basket.lines) if line.is_shipped]
    if isinstance(rule.action, FreeDelivery) and rule.action.only_matching:
        return bool(travelling) and set(travelling) <= set(meant)
    return bool(set(travelling) & set(meant))


def _off_price(rule: Rule, method: str, price: int, currency: str) -> int:
    match rule.action:
        case FreeDelivery(methods=methods):
            return price if not methods or method in methods else 0
        case PercentOff(percent=percent):
            return share_of(price, percent)
        case AmountOff(amounts=amounts):
            return amounts.get(currency, 0)
    return 0
