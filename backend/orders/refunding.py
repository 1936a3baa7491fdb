"""What staff pay back of an order: an amount, certain lines, or all that is left.

It goes to where it came from: to the bank card first, as far as it was charged, then to gift cards and store credit.
"""

from collections import Counter
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.credit import selling
from backend.errors import Conflict, Invalid
from backend.money import unit_shares
from backend.orders.finding import OrderNotFound, lines_of
from backend.orders.models import Order, OrderLine
from backend.payments import refunds
from backend.payments import service as paying
from backend.payments.models import CARD, CREDIT, Payment, Refund
from backend.payments.refunds import OVER, RefundKeyUsed, RefundTooLarge, refunds_of


class NotPaid(Conflict):
    """Nothing was paid for this order, or it has gone back already."""

    code = "not_paid"


class NotInOrder(Invalid):
    """The order has no such line, or not so many of it are left to be paid back."""

    code = "not_in_order"


class Asked(msgspec.Struct, frozen=True):
    """`amount` in minor units, or `lines`: SKU to how many; with neither, all that is left. `to` is where it goes
    first, or the bank card."""

    amount: int | None = None
    lines: dict[str, int] = {}
    to: Literal["card", "gift_card"] | None = None


async def refund_order(session: AsyncSession, number: str, asked: Asked, key: str) -> Refund:
    """The first part of `refund_split`."""
    return (await refund_split(session, number, asked, key))[0]


async def refund_split(session: AsyncSession, number: str, asked: Asked, key: str) -> list[Refund]:
    """A refund of each payment that gives some of it. The same `key` again is the same.

    Raises OrderNotFound, NotPaid, NotInOrder, RefundTooLarge, RefundKeyUsed.
    """
    order_id = await session.scalar(select(Order.id).filter_by(number=number))
    if order_id is None:
        raise OrderNotFound(number=number)
    await paying.lock(session, order_id)
    order = await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    keys = [key, _second(key)]
    made = (await session.scalars(select(Refund).where(Refund.key.in_(keys)).order_by(Refund.key))).all()
    if made:
        is_same = asked.amount in (None, sum(refund.amount for refund in made))
        if not is_same or made[0].order_id != order.id:
            raise RefundKeyUsed
        return list(made)
    payments = await _payments(session, order.id, asked.to)
    left = sum(payment.amount - payment.refunded for payment in payments)
    if asked.lines:
        amount = await _price_of(session, order.id, asked.lines)
    else:
        amount = left if asked.amount is None else asked.amount
    if not 0 < amount <= left:
        raise RefundTooLarge(left=left)
    for line in await lines_of(session, order.id):
        if quantity := asked.lines.get(line.sku):
            await selling.block_of_line(session, line.id, quantity)
    return await _split(session, payments, amount, asked.lines, keys)


async def _split(
    session: AsyncSession, payments: list[Payment], amount: int, lines: dict[str, int], keys: list[str]
) -> list[Refund]:
    """The lines are noted with the first part."""
    made: list[Refund] = []
    for payment in payments:
        part = min(amount, payment.amount - payment.refunded)
        if part:
            noted = {} if made else lines
            key = keys[len(made)]
            made.append(await refunds.request(session, payment.id, part, key=key, lines=noted))
            amount -= part
    return made


def _second(key: str) -> str:
    return f"{key}:credit"


async def currency_of(session: AsyncSession, number: str) -> str:
    """Raises OrderNotFound."""
    currency = await session.scalar(select(Order.currency).filter_by(number=number))
    if currency is None:
        raise OrderNotFound(number=number)
    return currency


async def _payments(session: AsyncSession, order_id: str, to: str | None) -> list[Payment]:
    """Those that still stand, in the order in which they give back. Raises NotPaid."""
    paid = select(Payment).filter_by(order_id=order_id, status="paid").order_by(Payment.attempt)
    found = (await session.scalars(paid.execution_options(populate_existing=True))).all()
    first = CREDIT if to == "gift_card" else CARD
    one_of_each = {payment.method: payment for payment in reversed(found)}
    if not one_of_each:
        raise NotPaid
    return sorted(one_of_each.values(), key=lambda payment: payment.method != first)


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
