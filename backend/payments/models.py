"""Money that comes in: one row per attempt to pay an order."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class Payment(Base):
    """One Checkout Session of Stripe. At most one of an order is `open`, held by the database."""

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
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(36))
    attempt: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(12), default="open")
    """`open`, then `paid`, `expired` or `refunded`."""
    session_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    session_url: Mapped[str | None] = mapped_column(String(1000))
    payment_intent: Mapped[str | None] = mapped_column(String(120))
    expires_at: Mapped[datetime]

    @property
    def idempotency_key(self) -> str:
        """Known before the call and the same on every retry, so a crash in between opens no second session."""
        return f"order:{self.order_id}:pay:{self.attempt}"
