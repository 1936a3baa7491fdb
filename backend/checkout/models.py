"""What is known so far of how a cart is to be sent and billed."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class Checkout(Base):
    __tablename__ = "checkout"
    __table_args__ = (UniqueConstraint("conversation_id"),)

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[dict[str, Any]]
    delivery_method: Mapped[str | None] = mapped_column(String(20))
