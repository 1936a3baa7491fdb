"""That somebody wanted to be forgotten, and how far that is."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class Erasure(Base):
    """`previewed`; `asked` after the yes; `emptied` once the tables hold nothing of the person any more; `done` once
    files and the assistant's memory don't either. Then the row says no more than that there was one."""

    __tablename__ = "erasure"

    id: Mapped[Key]
    email: Mapped[str | None] = mapped_column(String(254))
    """Whose data it is, from the yes until the tables are emptied."""
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    """Where it was asked for, and is said to be done; null when staff did it."""
    conversations: Mapped[list[Any]]
    """Those whose files and memory are still there."""
    state: Mapped[str] = mapped_column(String(12), default="previewed")
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
