"""What an order is made of, before there is one. Amounts are minor units."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.credit.spending import Share


class DraftPart(msgspec.Struct, frozen=True):
    """So many of it are in one of a bundle."""

    variant_id: str
    sku: str
    name: str
    quantity: int
    is_digital: bool


class DraftSaving(msgspec.Struct, frozen=True):
    """What a promotion takes off, in minor units."""

    promotion: str
    name: str
    amount: int


class DraftLine(msgspec.Struct, frozen=True):
    variant_id: str
    sku: str
    name: str
    price: int
    quantity: int
    is_digital: bool = False
    parts: tuple[DraftPart, ...] = ()
    agreed_date: date | None = None
    """The customer agreed to it being sent as late as this."""
    savings: tuple[DraftSaving, ...] = ()
    tax: int = 0
    """Of the whole line."""

    @property
    def discount(self) -> int:
        return sum(saving.amount for saving in self.savings)

    @property
    def is_shipped(self) -> bool:
        """Something of it goes into a parcel."""
        return not all(part.is_digital for part in self.parts) if self.parts else not self.is_digital


class Draft(msgspec.Struct, frozen=True):
    """Everything that an order needs, complete and checked. Amounts are minor units."""

    conversation_id: str
    cart_id: str
    cart_version: int
    language: str
    currency: str
    email: str
    address: dict[str, Any]
    delivery_method: str
    delivery: int
    lines: tuple[DraftLine, ...]
    pay_by: datetime
    delivery_savings: tuple[DraftSaving, ...] = ()
    coupons: tuple[str, ...] = ()
    """The codes that take something off."""
    coupon_ids: tuple[str, ...] = ()
    """Their row ids."""
    store_id: str | None = None
    """Where it is collected; its stock is held there."""
    delivery_tax: int = 0
    is_tax_included: bool = True
    credit: tuple[Share, ...] = ()
    """What gift cards and store credit pay of it."""

    @property
    def goods(self) -> int:
        """Before the discount."""
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def delivery_discount(self) -> int:
        return sum(saving.amount for saving in self.delivery_savings)

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines) + self.delivery_tax

    @property
    def total(self) -> int:
        priced = self.goods - self.discount + self.delivery - self.delivery_discount
        return priced + (0 if self.is_tax_included else self.tax)

    @property
    def paid_by_credit(self) -> int:
        return sum(share.amount for share in self.credit)
