"""Money: integer minor units with a currency. No float ever touches an amount."""

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
