"""Stock: counters that the database guards, and the ledger beside them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key


class Source(Base):
    """A warehouse or a store. A lower priority is used first."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("shop", "code"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    priority: Mapped[int] = mapped_column(default=0)
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    region: Mapped[str] = mapped_column(String(80), default="", server_default=text("''"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    """In degrees, north and east; None where nobody has said."""
    phone: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))
    time_zone: Mapped[str] = mapped_column(String(60), default="", server_default=text("''"))
    """Of its clocks; the shop's where it is empty."""
    opening_hours: Mapped[str] = mapped_column(String(2000), default="", server_default=text("''"))
    """As `inventory.opening` reads them; nothing is said where it is empty."""


class StockItem(Base):
    """How much of a variant lies at a source. Salable is `on_hand - reserved - threshold`, or nothing."""

    __tablename__ = "stock_item"
    __table_args__ = (
        UniqueConstraint("variant_id", "source_id"),
        CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("reserved <= on_hand", name="never_oversold"),
        CheckConstraint("threshold >= 0", name="threshold_not_negative"),
        CheckConstraint("notify_below >= 0", name="notify_below_not_negative"),
    )

    id: Mapped[Key]
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    threshold: Mapped[int] = mapped_column(default=0, server_default="0")
    """Units that are kept back: the last ones may be damaged, or on show."""
    notify_below: Mapped[int] = mapped_column(default=0, server_default="0")
    """Staff are told when fewer than this are salable; 0 tells nobody."""


class Reservation(Base):
    """Units held for an order at one source: `held`, then `committed` (sold) or `released`."""

    __tablename__ = "reservation"
    __table_args__ = (Index("ix_reservation_order", "order_id"),)

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(36))
    stock_item_id: Mapped[str] = mapped_column(ForeignKey("stock_item.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="held")
    not_before: Mapped[date | None]
    """The day on which it comes out, of what was ordered before."""
    shipment_id: Mapped[str | None] = mapped_column(String(36))
    """The parcel that it is planned for."""


class StockMovement(Base):
    """Append-only: the sums of its changes are the counters of its stock item."""

    __tablename__ = "stock_movement"
    __table_args__ = (Index("ix_stock_movement_item", "stock_item_id"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    stock_item_id: Mapped[str] = mapped_column(ForeignKey("stock_item.id"))
    on_hand_change: Mapped[int] = mapped_column(default=0)
    reserved_change: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(20))
    """`counted`, `reserved`, `released`, `sold` or `returned`."""
    actor: Mapped[str] = mapped_column(String(120), server_default="shop")
    """Who did it, as `backend.db.actor` says."""
    order_id: Mapped[str | None] = mapped_column(String(36))
    conversation_id: Mapped[str | None] = mapped_column(String(36))


class StockSubscription(Base):
    """A conversation waits for a variant that is sold out; gone when it has been told, or waits no more."""

    __tablename__ = "stock_subscription"
    __table_args__ = (
        UniqueConstraint("variant_id", "conversation_id"),
        Index("ix_stock_subscription_conversation", "conversation_id"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[str] = mapped_column(String(36))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    subscribed_at: Mapped[datetime]


class BackorderTerms(Base):
    """A variant may be ordered before it is there: when it has sold out (a backorder), or before it comes out on
    `ships_on` (a preorder): until then none of it leaves."""

    __tablename__ = "backorder_terms"
    __table_args__ = (
        UniqueConstraint("variant_id"),
        CheckConstraint("most >= 0", name="most_not_negative"),
        CheckConstraint("promised >= 0", name="promised_not_negative"),
        CheckConstraint("lead_days >= 0", name="lead_days_not_negative"),
    )

    id: Mapped[Key]
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    is_preorder: Mapped[bool]
    most: Mapped[int]
    """So many units may be promised at a time; less than that is no promise to take back, only none to make."""
    promised: Mapped[int] = mapped_column(default=0)
    """Units that orders wait for."""
    ships_on: Mapped[date | None]
    lead_days: Mapped[int | None]
    """Where there is no day, or it has passed: so many days after the order."""
    version: Mapped[int] = mapped_column(default=1)
    """Of what staff said; what orders take of it is no new one."""


class Backorder(Base):
    """Units of an order that are not there yet: `held` while it waits for its payment, then `owed`, and `served` once
    all of them lie aside for it. `released` ones are waited for no more."""

    __tablename__ = "backorder"
    __table_args__ = (
        Index("ix_backorder_order", "order_id"),
        Index("ix_backorder_waiting", "variant_id", "state", "owed_since"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("served BETWEEN 0 AND quantity", name="served_in_bounds"),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(36))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    served: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(12), default="held")
    ships_on: Mapped[date]
    is_preorder: Mapped[bool] = mapped_column(default=False, server_default=false())
    owed_since: Mapped[datetime | None]
    """When the order was paid: who paid first is served first."""
    conversation_id: Mapped[str] = mapped_column(String(36))
