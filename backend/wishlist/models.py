"""What a customer keeps for later."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.models import MOST_OF_ONE
from backend.db import Base, Key


class Wish(Base):
    """A variant on a wish list; what it cost then and whether there was any, so that what changed can be told."""

    __tablename__ = "wish"
    __table_args__ = (
        UniqueConstraint("owner", "variant_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_OF_ONE}", name="quantity_in_bounds"),
    )

    id: Mapped[Key]
    owner: Mapped[str] = mapped_column(String(160))
    """`conversation:<id>`; `customer:<id>` is for those whom a website has signed in."""
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    price: Mapped[int | None]
    """Of one, in minor units; None where it was not for sale any more."""
    currency: Mapped[str] = mapped_column(String(3))
    was_available: Mapped[bool]
    kept_at: Mapped[datetime]
