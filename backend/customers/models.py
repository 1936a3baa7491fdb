"""Customers who are known beyond one conversation: where they live, and how they pay."""

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

GIFT_CARD = "gift_card"


class Customer(Base):
    """By the number that their website, or an import, knows them by."""

    __tablename__ = "customer"
    __table_args__ = (UniqueConstraint("reference"),)

    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), index=True)
    given_name: Mapped[str] = mapped_column(String(120))
    family_name: Mapped[str] = mapped_column(String(120))
    address: Mapped[dict[str, Any]]
    """Where their parcels go unless they say otherwise: the fields of `addresses.Address`."""


class SavedMethod(Base):
    """A way to pay that they have used before. No card number: Stripe keeps that."""

    __tablename__ = "saved_method"
    __table_args__ = (UniqueConstraint("customer_id", "reference"),)

    id: Mapped[Key]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    reference: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    """`card`, `paypal`, or `GIFT_CARD`."""
    brand: Mapped[str] = mapped_column(String(20), default="")
    last_four: Mapped[str] = mapped_column(String(4), default="")
    stripe_method: Mapped[str | None] = mapped_column(String(120))
    stripe_customer: Mapped[str | None] = mapped_column(String(120))
    account_id: Mapped[str | None] = mapped_column(String(36))
    """Of a gift card, its account of credit."""
