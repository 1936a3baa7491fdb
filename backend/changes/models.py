"""Changes of placed orders, from their preview on, and what comes back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

LONGEST_WORDS = 300


class OrderChange(Base):
    """`previewed`, then `done`; or `charging` in between, while a saved card pays the difference: a card that
    declines makes it `declined`, and everything is as it was."""

    __tablename__ = "order_change"
    __table_args__ = (Index("ix_order_change_order", "order_id", "made_at"),)

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    conversation_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    asked: Mapped[dict[str, Any]]
    """As the customer said it (`changes.asked`)."""
    planned: Mapped[dict[str, Any]]
    """What it means, as it was shown (`changes.asked.Plan`)."""
    saved_method_id: Mapped[str | None] = mapped_column(String(36))
    """What the plan calls by its reference."""
    state: Mapped[str] = mapped_column(String(12), default="previewed")
    made_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    done_at: Mapped[datetime | None]


class OrderReturn(Base):
    """Goods that come back: `requested`, `in_transit` once the carrier has them, `received`, then `refunded` or
    `exchanged` once they were looked at, or `refused` then. A claim, of which nothing comes back, is `claimed` where
    a person has to decide, then `refunded`, `replaced` or `refused`."""

    __tablename__ = "order_return"
    __table_args__ = (UniqueConstraint("change_id"), Index("ix_order_return_order", "order_id"))

    id: Mapped[Key]
    change_id: Mapped[str] = mapped_column(ForeignKey("order_change.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    kind: Mapped[str] = mapped_column(String(16))
    """`return`, `exchange` or `claim`."""
    status: Mapped[str] = mapped_column(String(16), default="requested")
    requested_at: Mapped[datetime]
    send_by: Mapped[date | None]
    """The last day of its label, where the shop made one."""
    words: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="", server_default=text("''"))
    """Why it was refused, as staff tell the customer."""
