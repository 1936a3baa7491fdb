"""Money: integer minor units with a currency. No float ever touches an amount."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

import msgspec


class CurrencyMismatch(Exception):
    """Two amounts of different currencies met; a programming error, never a customer's."""


class Money(msgspec.Struct, frozen=True, order=False):
    """`amount` counts minor units (cents)."""

    amount: int
    currency: str

    def __add__(self, other: Self) -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} with {other.currency}")
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __sub__(self, other: Self) -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} with {other.currency}")
        return Money(self.amount - other.amount, self.currency)


def whole(amount: Decimal) -> int:
    """The nearest whole number of minor units; a half goes up."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def share_of(amount: int, percent: Decimal) -> int:
    return whole(amount * percent / 100)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """In proportion to the weights, by the largest remainder: the parts sum to the amount. Where no weight is
    above zero, nothing can be spread and each part is 0."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    first = sorted(range(len(weights)), key=lambda index: -remainders[index])
    for index in first[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def unit_shares(amount: int, quantity: int) -> list[int]:
    """What each of so many units has of it, the larger shares first: they sum to the amount."""
    return spread(amount, [1] * quantity)
