"""Who has shown to be whom, and customers who are known beyond one conversation: where they live, how they pay."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
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


class CodeRequest(Base):
    """Somebody asked for a code; whether an order fits, and so whether one was sent, is found out by a job.

    The code itself is stored nowhere (`proving.IdentityCodes`).
    """

    __tablename__ = "code_request"
    __table_args__ = (Index("ix_code_request_conversation", "conversation_id", "asked_at"),)

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    email: Mapped[str | None] = mapped_column(String(254))
    order_number: Mapped[str | None] = mapped_column(String(20))
    asked_at: Mapped[datetime]
    sent_to: Mapped[str | None] = mapped_column(String(254))
    used_at: Mapped[datetime | None]


class ProvenContact(Base):
    """Whose conversation it is: at most one customer's."""

    __tablename__ = "proven_contact"

    conversation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    proven_at: Mapped[datetime]


class NotificationChoice(Base):
    """What a customer was asked, or said, of messages that they do not wait for. Append-only: the last one counts."""

    __tablename__ = "notification_choice"
    __table_args__ = (UniqueConstraint("conversation_id", "number"),)

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    choice: Mapped[str] = mapped_column(String(12))
    """`asked`, `wanted` or `unwanted`."""
    words: Mapped[str] = mapped_column(String(20))
    """Which version of the question it belongs to, and in which language."""
    at: Mapped[datetime]


class IdentityTry(Base):
    """How often one conversation, contact or address has tried, until an hour after the last time."""

    __tablename__ = "identity_try"
    __table_args__ = (CheckConstraint("count BETWEEN 1 AND 5", name="count_in_bounds"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hashed: nobody's address is kept for it."""
    count: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime]
