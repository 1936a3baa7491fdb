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
    store: Mapped[str | None] = mapped_column(String(40))
    """The code of the store where it is to be collected, if it is."""
    accepted: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What the customer was asked about and stands by, as it was then: `{"house_number": "rue des Lilas"}`."""
    quotes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What the carrier asked for what, and until when it holds, by delivery method; see `quoting`."""
