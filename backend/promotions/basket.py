"""A cart as promotions see it."""

from collections.abc import Mapping

import msgspec


class Line(msgspec.Struct, frozen=True):
    """`price` is that of one, in minor units; values of `attributes` are in small letters, the chosen options among
    them. `is_reduced`: it costs less than usually."""

    sku: str
    price: int
    quantity: int
    product: str = ""
    categories: frozenset[str] = frozenset()
    """The codes of its category and of those above."""
    brand: str = ""
    attributes: Mapping[str, frozenset[str]] = {}
    is_shipped: bool = True
    is_reduced: bool = False

    @property
    def total(self) -> int:
        return self.price * self.quantity


class Basket(msgspec.Struct, frozen=True):
    """`country` is where it goes, where that is known; `promotions` are those that a coupon asks for."""

    lines: tuple[Line, ...]
    currency: str
    country: str | None = None
    group: str | None = None
    promotions: frozenset[str] = frozenset()

    @property
    def subtotal(self) -> int:
        """Before any discount of the cart."""
        return sum(line.total for line in self.lines)
