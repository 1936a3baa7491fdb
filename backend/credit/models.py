"""Gift cards and store credit as ledgers: a balance that the database guards, and the entries it is the sum of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class CreditAccount(Base):
    """A gift card, whose code is stored hashed, or the store credit of a customer. Spendable is `balance - held`."""

    __tablename__ = "credit_account"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("code_hash"),
        UniqueConstraint("customer_id", "currency"),
        Index("ix_credit_account_order", "order_id"),
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("balance >= held", name="never_overspent"),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(120))
    """Whoever issues twice under one key has issued once; the code follows from it."""
    kind: Mapped[str] = mapped_column(String(12))
    """`gift_card` or `store_credit`."""
    code_hash: Mapped[str | None] = mapped_column(String(64))
    last_four: Mapped[str] = mapped_column(String(4), default="")
    customer_id: Mapped[str | None] = mapped_column(String(120))
    """Whose store credit it is: the website's own number for them."""
    order_id: Mapped[str | None] = mapped_column(String(36))
    """Of a gift card that was bought: by which order."""
    currency: Mapped[str] = mapped_column(String(3))
    balance: Mapped[int] = mapped_column(default=0)
    """Minor units."""
    held: Mapped[int] = mapped_column(default=0)
    """Of the balance, what is kept for orders that wait for the rest of their payment."""
    is_blocked: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None]
    issued_at: Mapped[datetime]


class CreditEntry(Base):
    """Append-only: the amounts of an account are its balance. Each has a posting of the same key in the books."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_credit_entry_account", "account_id"),
        Index("ix_credit_entry_order", "order_id"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(160))
    account_id: Mapped[str] = mapped_column(ForeignKey("credit_account.id"))
    amount: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    """`issued`, `sold`, `redeemed`, `refunded` (of what it had paid), `returned` (of what something else had paid) or
    `expired`."""
    order_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]


class CreditHold(Base):
    """A part of a balance kept for an order: `held`, then `committed` (spent) or `released`."""

    __tablename__ = "credit_hold"
    __table_args__ = (
        UniqueConstraint("order_id", "account_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(36))
    account_id: Mapped[str] = mapped_column(ForeignKey("credit_account.id"))
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="held")


class AppliedCredit(Base):
    """A conversation means to pay with it, the first applied first."""

    __tablename__ = "applied_credit"
    __table_args__ = (UniqueConstraint("conversation_id", "account_id"),)

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    account_id: Mapped[str] = mapped_column(ForeignKey("credit_account.id"))
    applied_at: Mapped[datetime]
