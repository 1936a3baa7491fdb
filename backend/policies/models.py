"""The operator's texts as they were written; what is shown and searched is made of them (`shelf.Shelf`)."""

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class PolicyVersion(Base):
    """One row, whose number grows in each transaction that changes a text."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("shop"),)

    id: Mapped[Key]
    number: Mapped[int]


class PolicyText(Base):
    """A file `<topic>.<language>.md`, front matter included."""

    __tablename__ = "policy_text"
    __table_args__ = (UniqueConstraint("shop", "topic", "language"),)

    id: Mapped[Key]
    topic: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(5))
    source: Mapped[str] = mapped_column(Text)
