"""From our own link to the one open page of Stripe, and what happens when nobody pays in time."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.checkout.hold import extend
from backend.db import Database, now
from backend.errors import Conflict
from backend.events import publish
from backend.jobs import enqueue
from backend.money import Money
from backend.orders.finding import OrderNotFound, lines_of
from backend.orders.models import UNPAID, Order, OrderLine
from backend.orders.service import cancel
from backend.payments import service as payments
from backend.payments.gateway import Item, PaymentsUnavailable, Session, StripeGateway
from backend.payments.models import Payment
from backend.payments.service import (
    SHORTEST_SESSION,
    close_session,
    keep_session,
    open_payment,
    open_sessions,
    record,
    settle,
)
from backend.shop import shop_of


class OrderNotPayable(Conflict):
    """The order is paid already, or waits no more; `payment_status` says which."""

    code = "order_not_payable"


class Opening(msgspec.Struct, frozen=True):
    """All that the call of Stripe needs, read in the transaction before it."""

    payment: Payment
    order: Order
    items: list[Item]


async def open_page(database: Database, gateway: StripeGateway, token: str, public_url: str) -> str:
    """The address of Stripe's page for this order; the same one for everybody who asks at the same time.

    No transaction is open while Stripe is called. Raises OrderNotFound, OrderNotPayable, PaymentsUnavailable.
    """
    opening = await _prepare(database, token)
    if opening.payment.session_url:
        return opening.payment.session_url
    opened = await _open(gateway, opening, public_url)
    async with database.transaction() as session:
        await keep_session(session, opening.payment.id, opened)
    if not opened.url:  # a retry after a crash found the session finished meanwhile
        await record(database, opened)
        raise OrderNotPayable(payment_status="paid" if opened.is_paid else "canceled")
    return opened.url


class PaymentPageReady(msgspec.Struct, frozen=True):
    order_id: str


async def promise_page(session: AsyncSession, token: str) -> None:
    """Whoever found Stripe down is told in the chat when it is back; asked again meanwhile, that is one promise."""
    order = await session.scalar(select(Order).filter_by(token=token, payment_status="waiting"))
    if order:
        key = f"page:{order.id}:{now(session):%Y%m%d%H}"
        await enqueue(session, "open_page", {"order": order.id, "token": token}, key=key)


async def keep_promise(
    database: Database, gateway: StripeGateway, order_id: str, token: str, public_url: str
) -> None:
    """Raises PaymentsUnavailable while Stripe is still down: the job tries again."""
    try:
        await open_page(database, gateway, token, public_url)
    except OrderNotPayable:
        return
    async with database.transaction() as session:
        await publish(session, PaymentPageReady(order_id))


async def expire(database: Database, gateway: StripeGateway, order_id: str) -> None:
    """Once its time is over: the page is closed first, so that nobody pays for stock that is free again."""
    async with database.transaction() as session:
        order = await session.get_one(Order, order_id)
        if order.payment_status != "waiting":
            return
        if order.pay_by > now(session):
            key = f"expire:{order.id}:{order.pay_by.timestamp():.0f}"
            await enqueue(session, "expire_order", {"order": order_id}, key=key, run_at=order.pay_by)
            return
    await close_pages(database, gateway, order_id)
    async with database.transaction() as session:
        order = await session.get_one(Order, order_id, with_for_update=True)
        if order.pay_by <= now(session):
            await cancel(session, order, "expired")


async def close_pages(database: Database, gateway: StripeGateway, order_id: str) -> None:
    async with database.reading() as session:
        sessions = await open_sessions(session, order_id)
    for session_id in sessions:
        await close_session(database, gateway, session_id)


async def reconcile(database: Database, gateway: StripeGateway) -> None:
    """Makes every open payment right without any webhook."""
    async with database.reading() as session:
        sessions = await open_sessions(session)
    for session_id in sessions:
        try:
            await settle(database, gateway, session_id)
        except (
            PaymentsUnavailable
        ):  # this one is looked at again next time; the others should not wait for it
            continue


async def settle_order(database: Database, gateway: StripeGateway, token: str) -> None:
    """The return page does not wait for the webhook. Raises PaymentsUnavailable."""
    async with database.reading() as session:
        unpaid = select(Order.id).where(Order.token == token, Order.payment_status.in_(UNPAID))
        order_id = await session.scalar(unpaid)
        sessions = await open_sessions(session, order_id) if order_id else []
    for session_id in sessions:
        await settle(database, gateway, session_id)


async def _prepare(database: Database, token: str) -> Opening:
    async with database.transaction() as session:
        order_id = await session.scalar(select(Order.id).filter_by(token=token))
        if order_id is None:
            raise OrderNotFound
        await payments.lock(session, order_id)
        order = await session.get_one(Order, order_id, with_for_update=True)
        if order.payment_status != "waiting" or order.pay_by <= now(session):
            raise OrderNotPayable(payment_status=order.payment_status)
        await extend(session, order, SHORTEST_SESSION)
        until = max(
            order.pay_by, now(session) + SHORTEST_SESSION
        )  # a page that outlives the hold is closed with it
        payment = await open_payment(session, order.id, Money(order.due, order.currency), until)
        return Opening(payment, order, await _items(session, order))


async def _items(session: AsyncSession, order: Order) -> list[Item]:
    """The order's lines, or in one what gift cards leave of them: Stripe's page has no lines below zero."""
    if order.credit:
        return [Item(f"{shop_of(session).name} {order.number}", order.due, 1)]
    items = [item_of(line) for line in await lines_of(session, order.id)]
    delivery = order.delivery - order.delivery_discount
    if delivery:
        method = shop_of(session).delivery_method(order.delivery_method)
        assert method
        items.append(Item(method.name[order.language], delivery, 1))
    if order.tax and not order.is_tax_included:
        taxes = shop_of(session).taxes
        items.append(Item(taxes.name[order.language] if taxes else "Tax", order.tax, 1))
    return items


def item_of(line: OrderLine) -> Item:
    """At what is paid for it; where that is not the same for each unit, all of them are one item."""
    each, rest = divmod(line.total, line.quantity)
    if rest:
        return Item(f"{line.quantity} × {line.name}", line.total, 1)
    return Item(line.name, each, line.quantity)


async def _open(gateway: StripeGateway, opening: Opening, public_url: str) -> Session:
    order, payment = opening.order, opening.payment
    page = f"{public_url}/orders/{order.token}"
    return await gateway.open_session(
        key=payment.idempotency_key,
        reference=order.id,
        items=opening.items,
        currency=order.currency,
        email=order.email,
        language=order.language,
        expires_at=payment.expires_at,
        success_url=f"{page}?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=page,
    )
