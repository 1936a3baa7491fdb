"""What each wish means for an order: a plan, or the refusal that stands in the way. Nothing is written here."""

from typing import assert_never

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.weights import weigh
from backend.changes import allowed, claiming, swapping
from backend.changes.asked import (
    Asked,
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangeNotAllowed,
    ChangePayment,
    Claim,
    DeliveryWouldChange,
    Exchange,
    Piece,
    Plan,
    Return,
)
from backend.changes.claiming import coming_back
from backend.changes.money import payments_of, refuse_method
from backend.customers.addresses import Address, destination
from backend.customers.models import SavedMethod
from backend.customers.profiles import find_method, refuse_incomplete
from backend.money import Money
from backend.orders.finding import lines_of
from backend.orders.models import DOWNLOAD, Order
from backend.shop import shop_of
from backend.shop.after_sale import Targets
from backend.shop.delivery import Consignment
from backend.shop.taxes import STANDARD, Taxes
from backend.shop.zones import Destination


async def plan(session: AsyncSession, order: Order, asked: Asked, customer: str | None) -> Plan:
    """`customer` is whose saved ways to pay are meant. The same order gives the same plan. Raises the refusals of
    `changes.asked`, NotInOrder, VariantNotFound, InsufficientStock, InsufficientCredit, SavedMethodNotFound and
    IncompleteAddress."""
    match asked:
        case Cancel():
            return await _cancel(session, order, asked)
        case ChangeAddress():
            return await _address(session, order, asked)
        case ChangeItems():
            return await _items(session, order, asked, customer)
        case ChangePayment():
            return await _payment(session, order, asked, customer)
        case Return():
            return await _return(session, order, asked, customer)
        case Exchange():
            return await _exchange(session, order, asked, customer)
        case Claim():
            return await claiming.plan(session, order, asked)
        case _:
            assert_never(asked)


async def _cancel(session: AsyncSession, order: Order, asked: Cancel) -> Plan:
    await allowed.refuse_cancel(session, order, asked.reason)
    left = sum(payment.amount - payment.refunded for payment in await payments_of(session, order.id))
    return Plan(Money(-left, order.currency), reason=asked.reason)


async def _address(session: AsyncSession, order: Order, asked: ChangeAddress) -> Plan:
    await allowed.refuse_change(session, order, "address")
    refuse_incomplete(asked.address)
    await _refuse_other_delivery(session, order, asked.address)
    return Plan(Money(0, order.currency), address=asked.address)


async def _items(session: AsyncSession, order: Order, asked: ChangeItems, customer: str | None) -> Plan:
    await allowed.refuse_change(session, order, "items")
    policy = shop_of(session).after_sale.change
    assert policy
    pieces = await swapping.swapped(session, order, asked.items, {})
    return await _paid(
        session, order, pieces, await _method(session, customer, asked.method), policy.difference_to
    )


async def _payment(session: AsyncSession, order: Order, asked: ChangePayment, customer: str | None) -> Plan:
    await allowed.refuse_change(session, order, "payment_method")
    method = await find_method(session, customer, asked.method)
    paid = await payments_of(session, order.id)
    if len(paid) != 1 or paid[0].refunded or paid[0].saved_method_id == method.id:
        raise ChangeNotAllowed(reason="same" if len(paid) == 1 else "status")
    await refuse_method(session, order, order.total, method, [])
    return Plan(Money(0, order.currency), method=method.reference)


async def _return(session: AsyncSession, order: Order, asked: Return, customer: str | None) -> Plan:
    policy = shop_of(session).after_sale.returns
    await allowed.refuse_return(session, order, policy, asked.reason)
    assert policy
    gone = await coming_back(session, order.id)
    found = swapping.pieces_of(await lines_of(session, order.id), list(asked.items.items()), gone)
    pieces = [piece for pieces in found for piece in pieces]
    await claiming.refuse_other_kinds(session, order, pieces)
    planned = await _paid(session, order, pieces, await _method(session, customer, asked.method), policy.to)
    back = -planned.difference.amount - policy.fee.get(order.currency, 0)
    allowed.refuse_large(session, order, back)
    return msgspec.structs.replace(
        planned, difference=Money(-max(0, back), order.currency), reason=asked.reason
    )


async def _exchange(session: AsyncSession, order: Order, asked: Exchange, customer: str | None) -> Plan:
    policy = shop_of(session).after_sale.exchanges
    await allowed.refuse_return(session, order, policy, asked.reason)
    assert policy
    gone = await coming_back(session, order.id)
    pieces = await swapping.swapped(session, order, asked.items, gone)
    planned = await _paid(session, order, pieces, await _method(session, customer, asked.method), policy.to)
    return msgspec.structs.replace(planned, reason=asked.reason)


async def _paid(
    session: AsyncSession, order: Order, pieces: list[Piece], method: SavedMethod | None, to: Targets
) -> Plan:
    difference = swapping.difference(order, pieces)
    await refuse_method(session, order, difference, method, to)
    allowed.refuse_large(session, order, -difference)
    return Plan(Money(difference, order.currency), pieces=pieces, method=method.reference if method else None)


async def _method(session: AsyncSession, customer: str | None, reference: str | None) -> SavedMethod | None:
    return await find_method(session, customer, reference) if reference else None


async def _refuse_other_delivery(session: AsyncSession, order: Order, address: Address) -> None:
    """Raises DeliveryWouldChange: at another price, not at all, or at other taxes."""
    shop, to = shop_of(session), destination(address)
    method = shop.delivery_method(order.delivery_method)
    if order.delivery_method == DOWNLOAD or method is None or to is None:
        raise ChangeNotAllowed(reason="kind")
    units = {line.sku: line.quantity for line in await lines_of(session, order.id) if line.stocked}
    goods, before = order.goods - order.discount, destination(Address(**order.address))
    weight = await weigh(session, units) if method.is_weighed else 0
    quotes = [shop.quote(method, Consignment(goods, order.currency, weight, where)) for where in (before, to)]
    if quotes[1] is None or quotes[0] != quotes[1] or not _taxed_alike(shop.taxes, before, to, order):
        raise DeliveryWouldChange


def _taxed_alike(taxes: Taxes | None, before: Destination | None, to: Destination, order: Order) -> bool:
    if taxes is None:
        return True
    day = order.placed_at.date()
    classes = {STANDARD, taxes.delivery_class, *taxes.classes}
    return all(taxes.rate(one, before or taxes.home, day) == taxes.rate(one, to, day) for one in classes)
