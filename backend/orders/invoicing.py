"""Invoices: numbered one after another, without a gap, when they are first asked for."""

from datetime import datetime

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, insert_into, now
from backend.errors import Conflict
from backend.orders.models import Order


class NotInvoiced(Conflict):
    """There is an invoice of what was paid only."""

    code = "not_invoiced"


class Invoice(Base):
    __tablename__ = "invoice"

    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    issued_at: Mapped[datetime]


async def invoice_of(session: AsyncSession, order: Order) -> Invoice:
    """The order's, issued now if it has none: who comes second at a number takes the next. Raises NotInvoiced."""
    if order.paid_at is None:
        raise NotInvoiced
    while (found := await session.get(Invoice, order.id)) is None:
        following = select(func.coalesce(func.max(Invoice.number), 0) + 1).scalar_subquery()
        values = {"order_id": order.id, "number": following, "issued_at": now(session)}
        await session.execute(insert_into(session, Invoice).values(values).on_conflict_do_nothing())
    return found
