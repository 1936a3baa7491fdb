"""What was bought. Three independent axes: payment, fulfilment, and (with returns) return."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

MOST_DOWNLOADS = 10
DOWNLOAD = "download"


class Order(Base):
    """At most one order of a cart waits for its payment, held by the database."""

    __tablename__ = "order"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("token"),
        Index(
            "uq_order_waiting",
            "cart_id",
            unique=True,
            sqlite_where=text("payment_status = 'waiting'"),
            postgresql_where=text("payment_status = 'waiting'"),
        ),
        Index("ix_order_conversation", "conversation_id", "placed_at"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("credit BETWEEN 0 AND total", name="credit_at_most_total"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20))
    token: Mapped[str] = mapped_column(String(60))
    """The secret in the customer's links; never in a log."""
    conversation_id: Mapped[str] = mapped_column(String(36))
    cart_id: Mapped[str] = mapped_column(ForeignKey("cart.id"))
    cart_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(5))
    currency: Mapped[str] = mapped_column(String(3))
    goods: Mapped[int]
    delivery: Mapped[int]
    total: Mapped[int]
    credit: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of the total, what gift cards and store credit pay; the rest is `due` at Stripe."""
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[dict[str, Any]]
    delivery_method: Mapped[str] = mapped_column(String(20))
    """A code of the shop's, or `DOWNLOAD` where nothing goes into a parcel."""
    payment_status: Mapped[str] = mapped_column(String(12), default="waiting")
    """`waiting`, `paid`, `canceled` (expired, or replaced by a newer order) or `refunded`."""
    fulfilment_status: Mapped[str] = mapped_column(String(20), default="unfulfilled")
    """`unfulfilled`, then the status of its parcel, or `downloadable` when it has none."""
    placed_at: Mapped[datetime]
    pay_by: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    @property
    def due(self) -> int:
        return self.total - self.credit


class OrderLine(Base):
    """A snapshot: later changes of the catalogue do not rewrite what was bought."""

    __tablename__ = "order_line"
    __table_args__ = (
        Index("ix_order_line_order", "order_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    sku: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(300))
    price: Mapped[int]
    quantity: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    is_digital: Mapped[bool] = mapped_column(default=False)
    parts: Mapped[list[Any]] = mapped_column(default=list)
    """Of a bundle, what was in one of it then: `[{"variant_id": …, "sku": "STRAP", "name": "Strap, 6 ft",
    "quantity": 2, "is_digital": false}]`."""

    @property
    def stocked(self) -> dict[str, int]:
        """Variant to how many of it one of the line takes from the shelves."""
        if self.parts:
            return {part["variant_id"]: part["quantity"] for part in self.parts if not part["is_digital"]}
        return {} if self.is_digital else {self.variant_id: 1}


class Download(Base):
    """A file that a paid order gives, at most `MOST_DOWNLOADS` times."""

    __tablename__ = "download"
    __table_args__ = (
        Index("ix_download_order", "order_id"),
        CheckConstraint(f"taken BETWEEN 0 AND {MOST_DOWNLOADS}", name="taken_in_bounds"),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    name: Mapped[str] = mapped_column(String(300))
    file: Mapped[str] = mapped_column(String(200))
    """Within the folder of downloads."""
    taken: Mapped[int] = mapped_column(default=0)
    position: Mapped[int]


class OrderEvent(Base):
    """Append-only: what happened to an order, in facts."""

    __tablename__ = "order_event"
    __table_args__ = (Index("ix_order_event_order", "order_id"),)

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]]
