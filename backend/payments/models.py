"""Money that comes in, goes back, or is quarrelled about; and the books of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

CARD, CREDIT = "card", "credit"


class Payment(Base):
    """One Checkout Session of Stripe, or what credit paid of an order. At most one of an order is `open`, held by the
    database."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("order_id", "attempt"),
        Index(
            "uq_payment_open",
            "order_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_payment_payment_intent", "payment_intent"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded_at_most_paid"),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(36))
    attempt: Mapped[int]
    method: Mapped[str] = mapped_column(String(10), default=CARD, server_default=CARD)
    """`CARD`: whatever Stripe takes; or `CREDIT`: gift cards and store credit."""
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(12), default="open")
    """`open`; `processing` while a bank takes days; then `paid`, `failed`, `expired` or `refunded`."""
    session_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    session_url: Mapped[str | None] = mapped_column(String(1000))
    payment_intent: Mapped[str | None] = mapped_column(String(120))
    expires_at: Mapped[datetime]
    saved_method_id: Mapped[str | None] = mapped_column(String(36))
    """The saved way to pay that it was taken from, where it was none on a page."""
    refunded: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of `amount`: what has gone back, or is asked to."""

    @property
    def idempotency_key(self) -> str:
        """Known before the call and the same on every retry, so a crash in between opens no second session."""
        return f"order:{self.order_id}:pay:{self.attempt}"


class Refund(Base):
    """Money that goes back: a part of a payment or all of it, asked for once under its `key`."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("refund_id"),
        Index("ix_refund_payment", "payment_id"),
        Index("ix_refund_order", "order_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(255))
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"))
    order_id: Mapped[str] = mapped_column(String(36))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20), default="requested")
    """`requested` until Stripe has heard of it; then Stripe's `pending`, `requires_action`, `succeeded`, `failed` or
    `canceled`."""
    refund_id: Mapped[str | None] = mapped_column(String(120))
    """Stripe's."""
    failure: Mapped[str | None] = mapped_column(String(80))
    saved_method_id: Mapped[str | None] = mapped_column(String(36))
    """Where it goes, if not to where it came from."""
    lines: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """SKU to how many of it are paid back, where it is for certain lines."""
    at: Mapped[datetime]


class Dispute(Base):
    """A customer's bank asks the money back; as Stripe last said it."""

    __tablename__ = "dispute"
    __table_args__ = (UniqueConstraint("dispute_id"), Index("ix_dispute_order", "order_id"))

    id: Mapped[Key]
    dispute_id: Mapped[str] = mapped_column(String(120))
    """Stripe's."""
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"))
    order_id: Mapped[str] = mapped_column(String(36))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(30))
    evidence_due_by: Mapped[datetime | None]
    at: Mapped[datetime]


class LedgerEntry(Base):
    """One side of a posting; never changed, never deleted."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("posting", "account"),)

    id: Mapped[Key]
    posting: Mapped[str] = mapped_column(String(160))
    account: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
