"""What a customer means to buy."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.models import MOST_OF_ONE
from backend.db import Base, Key


class Cart(Base):
    """One open cart per conversation, held by the database. `version` grows with every change of its lines."""

    __tablename__ = "cart"
    __table_args__ = (
        Index(
            "uq_cart_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_cart_changed", "state", "changed_at"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default="open")
    """`open`, then `ordered` once it is paid, `expired` when nobody changed it for long, or `merged` into another."""
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(server_default=text("CURRENT_TIMESTAMP"))
    warned_at: Mapped[datetime | None]
    """When the customer was told that it ends soon."""


class CartLine(Base):
    __tablename__ = "cart_line"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_OF_ONE}", name="quantity_in_bounds"),
    )

    id: Mapped[Key]
    cart_id: Mapped[str] = mapped_column(ForeignKey("cart.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    agreed_date: Mapped[date | None]
    """The customer has said yes to it being sent as late as this."""


class CartCoupon(Base):
    """A coupon that the customer has given; whether it takes anything off is counted anew each time."""

    __tablename__ = "cart_coupon"
    __table_args__ = (UniqueConstraint("cart_id", "coupon_id"),)

    id: Mapped[Key]
    cart_id: Mapped[str] = mapped_column(ForeignKey("cart.id"))
    coupon_id: Mapped[str] = mapped_column(ForeignKey("coupon.id"))
    position: Mapped[int] = mapped_column(default=0)
