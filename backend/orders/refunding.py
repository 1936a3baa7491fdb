"""What staff pay back of an order: an amount, certain lines, or all that is left."""

from collections import Counter

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Conflict, Invalid
from backend.money import unit_shares
from backend.orders.models import Order, OrderLine
from backend.orders.service import OrderNotFound, lines_of
from backend.payments import refunds
from backend.payments.models import Payment, Refund
from backend.payments.refunds import OVER, refunds_of


class NotPaid(Conflict):
    """Nothing was paid for this order, or it has gone back already."""

    code = "not_paid"


class NotInOrder(Invalid):
    """The order has no such line, or not so many of it are left to be paid back."""

    code = "not_in_order"


class Asked(msgspec.Struct, frozen=True):
    """`amount` in minor units, or `lines`: SKU to how many; with neither, all that is left."""

    amount: int | None = None
    lines: dict[str, int] = {}


async def refund_order(session: AsyncSession, number: str, asked: Asked, key: str) -> Refund:
    """The same `key` again is the same refund. Raises OrderNotFound, NotPaid, NotInOrder, RefundTooLarge,
    RefundKeyUsed."""
    order = await session.scalar(select(Order).filter_by(number=number).with_for_update())
    if order is None:
        raise OrderNotFound(number=number)
    if made := await session.scalar(select(Refund).filter_by(key=key)):
        amount = asked.amount or made.amount
        return await refunds.request(session, made.payment_id, amount, key=key)
    payment = await _payment(session, order.id)
    if asked.lines:
        amount = await _price_of(session, order.id, asked.lines)
    else:
        amount = payment.amount - payment.refunded if asked.amount is None else asked.amount
    return await refunds.request(session, payment.id, amount, key=key, lines=asked.lines)


async def currency_of(session: AsyncSession, number: str) -> str:
    """Raises OrderNotFound."""
    currency = await session.scalar(select(Order.currency).filter_by(number=number))
    if currency is None:
        raise OrderNotFound(number=number)
    return currency


async def _payment(session: AsyncSession, order_id: str) -> Payment:
    paid = select(Payment).filter_by(order_id=order_id, status="paid").order_by(Payment.attempt)
    payment = await session.scalar(paid)
    if payment is None:
        raise NotPaid
    return payment


async def _price_of(session: AsyncSession, order_id: str, wanted: dict[str, int]) -> int:
    lines = {line.sku: line for line in await lines_of(session, order_id)}
    back = await _quantities_back(session, order_id)
    for sku, quantity in wanted.items():
        if sku not in lines or not 1 <= quantity <= lines[sku].quantity - back[sku]:
            raise NotInOrder(sku=sku)
    order = await session.get_one(Order, order_id)
    taxes = {sku: 0 if order.is_tax_included else line.tax for sku, line in lines.items()}
    return sum(
        price_of_units(lines[sku], quantity, back[sku], taxes[sku]) for sku, quantity in wanted.items()
    )


def price_of_units(line: OrderLine, quantity: int, back: int, tax_on_top: int = 0) -> int:
    """What was paid for the next so many units, where `back` have gone back: all units together are the line."""
    return sum(unit_shares(line.total + tax_on_top, line.quantity)[back : back + quantity])


async def _quantities_back(session: AsyncSession, order_id: str) -> Counter[str]:
    back: Counter[str] = Counter()
    for refund in await refunds_of(session, order_id):
        if refund.status not in OVER:
            back.update(refund.lines)
    return back
