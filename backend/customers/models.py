"""Who has shown to be whom, and how often it was tried."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


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


class IdentityTry(Base):
    """How often one conversation, contact or address has tried, until an hour after the last time."""

    __tablename__ = "identity_try"
    __table_args__ = (CheckConstraint("count BETWEEN 1 AND 5", name="count_in_bounds"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hashed: nobody's address is kept for it."""
    count: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime]
