"""Parcels and what their carriers say of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key

CANCELED = "canceled"


class Shipment(Base):
    """One parcel of an order, or one that comes back. `status` is a step of the lattice and never goes back."""

    __tablename__ = "shipment"
    __table_args__ = (Index("ix_shipment_order", "order_id"),)

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(36))
    """Or, where `is_return`, what it brings back."""
    is_return: Mapped[bool] = mapped_column(default=False, server_default=false())
    service: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default="preparing")
    """`preparing`, `picked_up`, `in_transit`, `out_for_delivery` or `delivered`; or `CANCELED` before it left."""
    tracking_status: Mapped[str] = mapped_column(
        String(20), default="pending", server_default=text("'pending'")
    )
    """One of `tracking.STATUSES`: what the carrier's events come to, troubles among them."""
    tracking_number: Mapped[str | None] = mapped_column(String(60), unique=True)
    tracking_url: Mapped[str | None] = mapped_column(String(300))
    promised_from: Mapped[date | None]
    promised_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))
    """The code of the warehouse or store that it leaves from."""
    contents: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """What is in it, where the order has several: `[{"sku": "MUG", "name": "Mug, blue", "quantity": 2}]`."""
    not_before: Mapped[date | None]
    """Not handed to the carrier before, because it is not out yet."""
    is_held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Not to be handed to the carrier for now."""


class TrackingEvent(Base):
    """What the carrier said, once each, in the carrier's own time."""

    __tablename__ = "tracking_event"
    __table_args__ = (
        UniqueConstraint("carrier_event_id"),
        Index("ix_tracking_event_shipment", "shipment_id"),
    )

    id: Mapped[Key]
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shipment.id"))
    carrier_event_id: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))
    """Why something is wrong, in our words; empty where nothing is, or nobody says."""
    occurred_at: Mapped[datetime]
    location: Mapped[str] = mapped_column(String(120), default="")
