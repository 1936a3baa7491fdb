"""What makes things cheaper, the codes that ask for it, and who has used them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

LEVELS = ("catalogue", "cart", "shipping")


class Promotion(Base):
    """`rules.Rule` is what it says, checked; docs/promotions.md explains it to operators."""

    __tablename__ = "promotion"
    __table_args__ = (UniqueConstraint("shop", "code"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(10))
    """One of `LEVELS`: a price that everybody sees, what a cart costs, or what its delivery costs."""
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    conditions: Mapped[dict[str, Any]]
    """What the cart must be like (`conditions`); `{}` is met by any."""
    applies_to: Mapped[dict[str, Any]]
    """Which lines it is about; `{}` means all."""
    action: Mapped[str] = mapped_column(String(20))
    terms: Mapped[dict[str, Any]]
    """What the action needs (`actions`), amounts by currency in minor units."""
    priority: Mapped[int] = mapped_column(default=0)
    """Lower ones come first."""
    stops_further: Mapped[bool] = mapped_column(default=False)
    needs_coupon: Mapped[bool] = mapped_column(default=False)
    is_combinable: Mapped[bool] = mapped_column(default=True)
    """With another coupon."""
    is_public: Mapped[bool] = mapped_column(default=True)
    """Told to whoever asks what there is."""
    customer_groups: Mapped[list[Any]]
    """None means everybody."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """The first moment at which it runs no more."""
    is_active: Mapped[bool] = mapped_column(default=True)
    """False once staff have stopped it."""


class Coupon(Base):
    """`used` counts held and committed redemptions; the database keeps it within the limit."""

    __tablename__ = "coupon"
    __table_args__ = (
        UniqueConstraint("shop", "folded_code"),
        Index("ix_coupon_promotion", "promotion_id"),
        CheckConstraint(
            "used >= 0 AND (limit_in_all IS NULL OR used <= limit_in_all)", name="used_within_limit"
        ),
        CheckConstraint(
            "(limit_in_all IS NULL OR limit_in_all > 0)"
            " AND (limit_per_customer IS NULL OR limit_per_customer > 0)",
            name="limits_positive",
        ),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40))
    """As it is printed."""
    folded_code: Mapped[str] = mapped_column(String(40))
    """Without a difference between capitals and small letters."""
    promotion_id: Mapped[str] = mapped_column(ForeignKey("promotion.id"))
    limit_in_all: Mapped[int | None]
    limit_per_customer: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    is_public: Mapped[bool] = mapped_column(default=False)
    """It may be told to whoever asks."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


class Redemption(Base):
    """One use of a coupon by one order: held while it waits for its payment, then committed, or released."""

    __tablename__ = "redemption"
    __table_args__ = (
        UniqueConstraint("coupon_id", "order_id"),
        Index("ix_redemption_order", "order_id"),
        Index("ix_redemption_customer", "coupon_id", "customer"),
    )

    id: Mapped[Key]
    coupon_id: Mapped[str] = mapped_column(ForeignKey("coupon.id"))
    order_id: Mapped[str] = mapped_column(String(36))
    """Of a higher domain: a word, not a key."""
    conversation_id: Mapped[str] = mapped_column(String(36))
    customer: Mapped[str] = mapped_column(String(254))
    """Their e-mail address, in small letters."""
    state: Mapped[str] = mapped_column(String(10), default="held")
    at: Mapped[datetime]
