"""Changes, and all that was paid and paid back, as their customer sees them."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes.asked import Plan
from backend.changes.models import OrderChange, OrderReturn
from backend.customers.models import SavedMethod
from backend.money import Money
from backend.orders.models import Order
from backend.payments.models import Payment
from backend.payments.refunds import OVER, refunds_of


class ChangedItem(msgspec.Struct, frozen=True):
    """So many units, and what they become, or nothing new where they come back."""

    sku: str
    name: str
    quantity: int
    new_sku: str | None
    new_name: str | None


class ChangeView(msgspec.Struct, frozen=True):
    """Of the `difference`, what is above zero is to be paid, and what is below goes back: to `method`, or to where it
    came from. Nothing is done before the yes, which is only taken until `valid_until`."""

    id: str
    number: str
    kind: str
    state: str
    difference: Money
    items: list[ChangedItem]
    address: dict[str, Any] | None
    method: str | None
    reason: str | None
    is_for_person: bool
    """Staff decide on it after the yes."""
    valid_until: datetime


class ReturnView(msgspec.Struct, frozen=True):
    """`words` are why it was refused; `label_url` opens the label, which is good until `send_by`."""

    id: str
    status: str
    words: str
    label_url: str | None
    send_by: date | None
    change: ChangeView


class PaidView(msgspec.Struct, frozen=True):
    """One movement of money: a `payment` or a `refund`, its state, and the saved way to pay, if it was one."""

    kind: str
    amount: Money
    status: str
    method: str | None
    credit_note_url: str | None = None


class AfterSaleView(msgspec.Struct, frozen=True):
    number: str
    address: dict[str, Any]
    money: list[PaidView]
    changes: list[ChangeView]
    returns: list[ReturnView]


def change_view(order: Order, change: OrderChange) -> ChangeView:
    plan = msgspec.convert(change.planned, Plan)
    return ChangeView(
        id=change.id,
        number=order.number,
        kind=change.kind,
        state=change.state,
        difference=plan.difference,
        items=[
            ChangedItem(piece.sku, piece.name, piece.quantity, piece.new_sku, piece.new_name)
            for piece in plan.pieces
        ],
        address=msgspec.structs.asdict(plan.address) if plan.address else None,
        method=plan.method,
        reason=plan.reason,
        is_for_person=plan.is_for_person,
        valid_until=change.valid_until,
    )


async def after_sale_of(session: AsyncSession, order: Order, public_url: str) -> AfterSaleView:
    """What was agreed to, and what was paid."""
    made = select(OrderChange).where(OrderChange.order_id == order.id, OrderChange.state != "previewed")
    changes = {
        change.id: change_view(order, change)
        for change in await session.scalars(made.order_by(OrderChange.made_at))
    }
    returns = await session.scalars(
        select(OrderReturn).filter_by(order_id=order.id).order_by(OrderReturn.requested_at)
    )
    return AfterSaleView(
        number=order.number,
        address=order.address,
        money=await _money(session, order, f"{public_url}/orders/{order.token}"),
        changes=list(changes.values()),
        returns=[
            ReturnView(
                one.id,
                one.status,
                one.words,
                f"{public_url}/orders/{order.token}/returns/{one.id}/label" if one.send_by else None,
                one.send_by,
                changes[one.change_id],
            )
            for one in returns
        ],
    )


async def _money(session: AsyncSession, order: Order, order_url: str) -> list[PaidView]:
    """What was paid, the first payment first, then what went back."""
    payments = select(Payment).filter_by(order_id=order.id).order_by(Payment.attempt)
    paid = [
        one for one in await session.scalars(payments) if one.status in ("processing", "paid", "refunded")
    ]
    back = [one for one in await refunds_of(session, order.id) if one.status not in OVER]
    of_payment = {one.id: one.saved_method_id for one in paid}
    methods = {one.id: one.reference for one in await session.scalars(select(SavedMethod).where(
        SavedMethod.id.in_({*of_payment.values(), *(one.saved_method_id for one in back)} - {None})
    ))}  # fmt: skip

    def view(kind: str, amount: int, status: str, method: str | None, refund: str = "") -> PaidView:
        note = f"{order_url}/credit-notes/{refund}" if refund and status == "succeeded" else None
        return PaidView(kind, Money(amount, order.currency), status, methods.get(method or ""), note)

    return [
        *(view("payment", one.amount, one.status, one.saved_method_id) for one in paid),
        *(
            view(
                "refund",
                one.amount,
                one.status,
                one.saved_method_id or of_payment.get(one.payment_id),
                one.id,
            )
            for one in back
        ),
    ]
