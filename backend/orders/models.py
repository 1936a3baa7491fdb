"""What was bought. Three independent axes: payment, fulfilment, and (with returns) return."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

MOST_DOWNLOADS = 10
DOWNLOAD = "download"
CANCELED = "canceled"
UNPAID = ("waiting", "processing")
"""The payment statuses of an order whose stock is held for it."""


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
        Index("ix_order_email", "email", "placed_at"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint(
            "discount BETWEEN 0 AND goods AND delivery_discount BETWEEN 0 AND delivery",
            name="discounts_in_bounds",
        ),
        CheckConstraint("tax >= 0", name="tax_not_negative"),
        UniqueConstraint("collection_code"),
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
    """Before the discount."""
    discount: Mapped[int] = mapped_column(default=0, server_default="0")
    """The sum of those of its lines."""
    delivery: Mapped[int]
    delivery_discount: Mapped[int] = mapped_column(default=0, server_default="0")
    delivery_savings: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Of which promotions: like those of a line."""
    coupons: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """The codes that were used."""
    total: Mapped[int]
    tax: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of goods and delivery: within their amounts, or on top of them where it is not included."""
    delivery_tax: Mapped[int] = mapped_column(default=0, server_default="0")
    is_tax_included: Mapped[bool] = mapped_column(default=True, server_default=true())
    credit: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of the total, what gift cards and store credit pay; the rest is `due` at Stripe."""
    lowered: Mapped[int] = mapped_column(default=0, server_default="0")
    """By how much changes have made it cheaper than what was paid for it; that has gone back, or is about to."""
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[dict[str, Any]]
    delivery_method: Mapped[str] = mapped_column(String(20))
    """A code of the shop's, or `DOWNLOAD` where nothing goes into a parcel."""
    store_id: Mapped[str | None] = mapped_column(ForeignKey("source.id"))
    """Where it is collected, and its stock is taken from; null for what is sent."""
    collection_code: Mapped[str | None] = mapped_column(String(12))
    """Whoever says it at the store gets the order; never in a log."""
    ready_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    payment_status: Mapped[str] = mapped_column(String(12), default="waiting")
    """`waiting`, `processing` (its money is on its way for days), `paid`, `canceled` (expired, or replaced by a newer
    order) or `refunded`."""
    fulfilment_status: Mapped[str] = mapped_column(String(20), default="unfulfilled")
    """`unfulfilled`, then the status of its parcel, of several the one that is least far; `backordered` while what is
    left of it is not there; `downloadable` when there is nothing to send; of what is collected `to_be_prepared`,
    `ready` and `collected`; `CANCELED` by its customer, once it was paid."""
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
        CheckConstraint("discount BETWEEN 0 AND price * quantity", name="discount_in_bounds"),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    sku: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(300))
    price: Mapped[int]
    quantity: Mapped[int]
    discount: Mapped[int] = mapped_column(default=0, server_default="0")
    """Off all of it, in minor units."""
    savings: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What the discount consists of, in the order's language: `[{"promotion": "summer", "name": "Summer sale",
    "amount": 250}]`."""
    tax: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of the whole line, see `Order.tax`."""
    position: Mapped[int] = mapped_column(default=0)
    is_digital: Mapped[bool] = mapped_column(default=False)
    agreed_date: Mapped[date | None]
    """The customer has said yes to it being sent as late as this."""
    later: Mapped[int] = mapped_column(default=0, server_default="0")
    """So many of it were not there when it was ordered, or not out yet, and leave on `ships_on`."""
    ships_on: Mapped[date | None]
    is_preorder: Mapped[bool] = mapped_column(default=False, server_default=false())
    parts: Mapped[list[Any]] = mapped_column(default=list)
    """Of a bundle, what was in one of it then: `[{"variant_id": …, "sku": "STRAP", "name": "Strap, 6 ft",
    "quantity": 2, "is_digital": false}]`."""

    @property
    def total(self) -> int:
        """What is paid for it."""
        return self.price * self.quantity - self.discount

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
