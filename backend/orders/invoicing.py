"""Invoices and credit notes: numbered one after another, without a gap, when they are first asked for."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, insert_into, now
from backend.errors import Conflict
from backend.orders.models import Order
from backend.payments.models import Refund


class NotInvoiced(Conflict):
    """There is an invoice of what was paid only, and a credit note of what was paid back."""

    code = "not_invoiced"


class Invoice(Base):
    __tablename__ = "invoice"

    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    issued_at: Mapped[datetime]


class CreditNote(Base):
    """Of one refund that has succeeded; its numbers are a series of their own."""

    __tablename__ = "credit_note"

    refund_id: Mapped[str] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    issued_at: Mapped[datetime]


T = TypeVar("T", Invoice, CreditNote)


async def invoice_of(session: AsyncSession, order: Order) -> Invoice:
    """The order's, issued now if it has none. Raises NotInvoiced."""
    if order.paid_at is None:
        raise NotInvoiced
    return await _numbered(session, Invoice, "order_id", order.id)


async def credit_note_of(session: AsyncSession, order: Order, refund_id: str) -> tuple[CreditNote, Refund]:
    """Issued now if there is none. Raises NotInvoiced."""
    paid_back = select(Refund).filter_by(id=refund_id, order_id=order.id, status="succeeded")
    refund = await session.scalar(paid_back)
    if refund is None:
        raise NotInvoiced
    return await _numbered(session, CreditNote, "refund_id", refund.id), refund


async def _numbered(session: AsyncSession, table: type[T], key: str, id: str) -> T:
    """Who comes second at a number takes the next."""
    while (found := await session.get(table, id)) is None:
        following = select(func.coalesce(func.max(table.number), 0) + 1).scalar_subquery()
        values = {key: id, "number": following, "issued_at": now(session)}
        await session.execute(insert_into(session, table).values(values).on_conflict_do_nothing())
    return found
