"""The log of a conversation, and the turns that the assistant owes it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class Conversation(Base):
    """`epoch` grows whenever `owner` changes; what was computed under an older one is never said to the customer."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "contact"),)

    id: Mapped[Key]
    channel: Mapped[str] = mapped_column(String(20))
    contact: Mapped[str] = mapped_column(String(120))
    """Who writes, in the channel's own terms; on the website each conversation is a contact of its own."""
    language: Mapped[str] = mapped_column(String(5))
    currency: Mapped[str] = mapped_column(String(3))
    owner: Mapped[str] = mapped_column(String(20), default="bot")
    """`bot` or `staff`: who answers."""
    owner_name: Mapped[str | None] = mapped_column(String(60))
    """How a person of the staff is called here."""
    epoch: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    read_seq: Mapped[int] = mapped_column(default=0)
    """The customer's messages up to this number were taken up by whoever answers."""
    started_at: Mapped[datetime]
    customer_id: Mapped[str | None] = mapped_column(String(120))
    """The website's own number for them; with the three below, once it has said who they are."""
    customer_name: Mapped[str | None] = mapped_column(String(120))
    customer_email: Mapped[str | None] = mapped_column(String(254))
    customer_group: Mapped[str | None] = mapped_column(String(80))
    """Whose prices they have (`catalogue.models.PriceList`)."""
    came_from: Mapped[str | None] = mapped_column(String(64))
    """The address of the last message, hashed."""


class Event(Base):
    """One line of the log. `seq` is given in the transaction that stores it: no gap, no repetition."""

    __tablename__ = "conversation_event"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
        UniqueConstraint("key"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    sender: Mapped[str] = mapped_column(String(12))
    audience: Mapped[str] = mapped_column(String(8), default="public")
    language: Mapped[str] = mapped_column(String(5))
    client_id: Mapped[str | None] = mapped_column(String(36))
    """The UUID that the customer's side gave its message: sent again, it is the same message."""
    key: Mapped[str | None] = mapped_column(String(80))
    """Unique per answer of a turn: a turn that runs again after a crash says nothing twice."""
    body: Mapped[dict[str, Any]]


class Choice(Base):
    """A button that we offered; its payload never leaves the house."""

    __tablename__ = "choice"
    __table_args__ = (Index("ix_choice_event", "conversation_id", "seq"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    payload: Mapped[str] = mapped_column(String(1000))


class Turn(Base):
    """An answer that is owed: to a customer's message, or to news that the customer should hear."""

    __tablename__ = "turn"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_turn_owed", "state", "due_at"),
        Index("ix_turn_conversation", "conversation_id", "number"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    number: Mapped[int]
    """Order within the conversation: turns are taken one after another."""
    seq: Mapped[int] = mapped_column(default=0)
    """The message that is answered; 0 for news."""
    kind: Mapped[str] = mapped_column(String(8))
    """`message` or `news`."""
    key: Mapped[str] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(String(2000))
    payload: Mapped[str | None] = mapped_column(String(2000))
    state: Mapped[str] = mapped_column(String(8), default="owed")
    """`owed`, `done`, `failed` after the last attempt, or `dropped` because a person answers instead."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    readings: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What its words, or each wish in them, were read as: `[{"intent": "nlu_fallback", "read": "ask_stock",
    "confidence": 0.41}]`, where `intent` is what was answered, and `read` the likeliest."""


class UploadedFile(Base):
    """A photo or document of the customer; its bytes lie in the data directory, under the row's id."""

    __tablename__ = "uploaded_file"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    client_id: Mapped[str] = mapped_column(String(36))
    """The UUID that the customer's side gave it: uploaded again, it is the same file."""
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    """Bytes, as they are kept."""
    at: Mapped[datetime]
