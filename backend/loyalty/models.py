"""Points as a ledger: a balance that the database guards, and the entries it is the sum of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class LoyaltyAccount(Base):
    """Of whoever orders with this e-mail address."""

    __tablename__ = "loyalty_account"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("points >= 0", name="points_not_negative"),
    )

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254))
    points: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]


class LoyaltyEntry(Base):
    """Append-only."""

    __tablename__ = "loyalty_entry"
    __table_args__ = (
        UniqueConstraint("account_id", "number"),
        Index("ix_loyalty_entry_order", "order_id"),
        CheckConstraint("points <> 0", name="points_not_zero"),
    )

    id: Mapped[Key]
    account_id: Mapped[str] = mapped_column(ForeignKey("loyalty_account.id"))
    number: Mapped[int]
    """Of the account's entries, from 0 on."""
    points: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    """`earned`, `taken_back` (what was paid has gone back), `spent` (turned into store credit) or `expired`."""
    order_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]
