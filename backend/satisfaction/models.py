"""How content customers say that they are."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class Satisfaction(Base):
    """A question that was asked, and what was answered to it, if anything."""

    __tablename__ = "satisfaction"
    __table_args__ = (
        Index("ix_satisfaction_conversation", "conversation_id", "asked_at"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_bounds"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    language: Mapped[str] = mapped_column(String(5))
    asked_at: Mapped[datetime]
    score: Mapped[int | None]
    """From 1 (very bad) to 5 (very good)."""
    comment: Mapped[str | None] = mapped_column(String(2000))
