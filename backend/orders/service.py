"""Orders: placed with their stock held, paid once, moved by their parcel."""

import secrets
from datetime import date
from typing import Any

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart
from backend.cart.service import CartChanged
from backend.credit import selling, spending
from backend.credit.spending import InsufficientCredit
from backend.db import now, rows_changed, undone_by_refusal
from backend.events import publish
from backend.inventory import service as inventory
from backend.inventory.backorders import BackorderConsentNeeded, let_go, owe_again
from backend.inventory.nearness import Destination
from backend.jobs import enqueue
from backend.money import Money
from backend.orders.collecting import await_collection
from backend.orders.downloads import give
from backend.orders.drafts import Draft
from backend.orders.finding import lines_of
from backend.orders.models import CANCELED, DOWNLOAD, UNPAID, Order, OrderEvent, OrderLine
from backend.orders.parcels import fulfilment_of, plan_parcels
from backend.payments.disputes import DisputeMoved
from backend.payments.refunds import RefundMoved
from backend.payments.service import PaymentSucceeded, is_all_back, record_credit, refund_key
from backend.promotions import redemptions
from backend.promotions.coupons import CouponExhausted, CouponUsed
from backend.shipping.service import ShipmentMoved, hold, release

log = structlog.get_logger()

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U: nobody reads a number out wrong, and it spells no words."""


class OrderPaid(msgspec.Struct, frozen=True):
    order_id: str


class OrderCanceled(msgspec.Struct, frozen=True):
    order_id: str
    reason: str
    """`expired`, `replaced` (by a newer order), `changed` (its cart was), `asked` (by its customer) or `refunded`
    (paid too late, and sold out since)."""


class OrderMoved(msgspec.Struct, frozen=True):
    """`status` is a parcel's, named by its tracking number."""

    order_id: str
    status: str
    parcel: str


async def place_order(session: AsyncSession, draft: Draft) -> Order:
    """Holds the stock for it. The same draft again returns the order that waits already; another one replaces it.

    One that costs nothing, or that credit pays all of, is paid at once. Call it with the cart's row locked. Raises
    InsufficientStock, BackorderConsentNeeded, CouponExhausted, CouponUsed, InsufficientCredit.
    """
    waiting = await session.scalar(select(Order).filter_by(cart_id=draft.cart_id, payment_status="waiting"))
    if waiting and _is_same(waiting, draft) and await _is_held_alike(session, waiting, draft):
        return waiting
    if waiting:
        await cancel(session, waiting, "replaced")
    order = Order(
        number=_number(),
        token=secrets.token_urlsafe(24),
        conversation_id=draft.conversation_id,
        cart_id=draft.cart_id,
        cart_version=draft.cart_version,
        language=draft.language,
        currency=draft.currency,
        goods=draft.goods,
        discount=draft.discount,
        delivery=draft.delivery,
        delivery_discount=draft.delivery_discount,
        delivery_savings=msgspec.to_builtins(draft.delivery_savings),
        coupons=list(draft.coupons),
        total=draft.total,
        tax=draft.tax,
        delivery_tax=draft.delivery_tax,
        is_tax_included=draft.is_tax_included,
        credit=draft.paid_by_credit,
        email=draft.email,
        address=draft.address,
        delivery_method=draft.delivery_method,
        store_id=draft.store_id,
        placed_at=now(session),
        pay_by=draft.pay_by,
    )
    session.add(order)
    await session.flush()
    for position, line in enumerate(draft.lines):
        values = msgspec.to_builtins(line, builtin_types=(date,))
        session.add(OrderLine(order_id=order.id, position=position, discount=line.discount, **values))
    await session.flush()
    await _reserve(session, order)
    await redemptions.hold(session, order.id, draft.coupon_ids, order.conversation_id, order.email)
    await spending.hold(session, order.id, draft.credit)
    _record(session, order, "placed")
    if not order.due:
        await _take_payment(session, order)
        return order
    await enqueue(session, "expire_order", {"order": order.id}, key=f"expire:{order.id}", run_at=draft.pay_by)
    return order


async def cancel(session: AsyncSession, order: Order, reason: str) -> None:
    """Only an order that waits for its payment; its stock is free again, its payment page is closed by a job."""
    canceled = (
        update(Order)
        .where(Order.id == order.id, Order.payment_status == "waiting")
        .values(payment_status="canceled")
    )
    if not await rows_changed(session, canceled):
        return
    await inventory.release(session, order.id, order.conversation_id)
    await redemptions.release(session, order.id)
    await spending.release(session, order.id)
    await enqueue(session, "close_sessions", {"order": order.id}, key=f"close:{order.id}")
    _record(session, order, "canceled", reason=reason)
    await publish(session, OrderCanceled(order.id, reason))


async def on_payment_succeeded(session: AsyncSession, fact: PaymentSucceeded) -> None:
    order = await session.get_one(Order, fact.order_id, with_for_update=True)
    if order.payment_status in UNPAID or await _is_revived(session, order):
        await _take_payment(session, order)
        return
    await enqueue(session, "refund_payment", {"payment": fact.payment_id}, key=refund_key(fact.payment_id))
    if order.payment_status == "canceled":
        order.payment_status = "refunded"
        _record(session, order, "refunded", payment=fact.payment_id)
        await publish(session, OrderCanceled(order.id, "refunded"))


async def on_shipment_moved(session: AsyncSession, fact: ShipmentMoved) -> None:
    order = await session.get_one(Order, fact.order_id, with_for_update=True)
    order.fulfilment_status = await fulfilment_of(session, order.id)
    _record(session, order, fact.status, shipment=fact.shipment_id)
    await publish(session, OrderMoved(order.id, fact.status, fact.tracking_number))


async def on_refund_moved(session: AsyncSession, fact: RefundMoved) -> None:
    """An order counts as refunded once all that was paid for it has gone back."""
    order = await session.get_one(Order, fact.order_id, with_for_update=True)
    _record(session, order, f"refund_{fact.status}", refund=fact.refund_id)
    is_over = order.fulfilment_status == CANCELED
    if order.paid_at and not is_over:  # what ended otherwise stays refunded, whatever becomes of the money
        is_back = await is_all_back(session, order.id)
        order.payment_status = "refunded" if is_back else "paid"
        if is_back:
            await selling.block_sold(session, order.id, is_blocked=True)
            await let_go(session, order.id)
        else:
            await owe_again(session, order.id)


async def on_dispute_moved(session: AsyncSession, fact: DisputeMoved) -> None:
    """Nothing of the order leaves while its money is in doubt."""
    order = await session.get_one(Order, fact.order_id)
    _record(session, order, f"dispute_{fact.status}", dispute=fact.dispute_id)
    await selling.block_sold(session, order.id, is_blocked=fact.is_freezing)
    if not fact.is_freezing:
        await release(session, order.id, f"dispute:{fact.dispute_id}")
    elif gone := await hold(session, order.id):
        log.warning("disputed_order_has_left", order=order.id, parcels=gone)


async def on_cart_changed(session: AsyncSession, fact: CartChanged) -> None:
    """A link that was sent is for what the cart held then; paying it now would buy something else."""
    waiting = await session.scalar(select(Order).filter_by(cart_id=fact.cart_id, payment_status="waiting"))
    if waiting:
        await cancel(session, waiting, "changed")


async def _is_revived(session: AsyncSession, order: Order) -> bool:
    """Money came for an order that was canceled a moment before: it stands if its stock can still be had, its coupons
    are still to be used, and its gift cards can still pay what they were to."""
    if order.payment_status != "canceled" or await _is_unwanted(session, order):
        return False
    try:
        async with undone_by_refusal(session):
            await _reserve(session, order)
            await redemptions.hold_again(session, order.id)
            await spending.hold_again(session, order.id)
    except (
        inventory.InsufficientStock,
        BackorderConsentNeeded,
        CouponExhausted,
        CouponUsed,
        InsufficientCredit,
    ):
        return False
    return True


async def _is_unwanted(session: AsyncSession, order: Order) -> bool:
    """Its customer has canceled it: whoever still pays it on a page that was open gets the money back."""
    events = select(OrderEvent).filter_by(order_id=order.id, kind="canceled")
    last = await session.scalar(events.order_by(OrderEvent.at.desc()).limit(1))
    return last is not None and last.details["reason"] == "asked"


async def _reserve(session: AsyncSession, order: Order) -> None:
    """What its lines consisted of when they were ordered, whatever the catalogue says now. Raises
    InsufficientStock, BackorderConsentNeeded."""
    lines = await lines_of(session, order.id)
    wanted = [
        inventory.Wanted(line.variant_id, line.sku, line.quantity, line.stocked, line.agreed_date)
        for line in lines
    ]
    destination = Destination.of(order.address)
    promises = await inventory.reserve(
        session, order.id, wanted, order.conversation_id, destination, order.store_id
    )
    for line in lines:
        if promise := promises.get(line.variant_id):
            line.later, line.ships_on = promise.later, promise.ships_on
            line.is_preorder = promise.is_preorder


async def _take_payment(session: AsyncSession, order: Order) -> None:
    await inventory.commit(session, order.id, order.conversation_id)
    await redemptions.commit(session, order.id)
    if spent := await spending.commit(session, order.id):
        await record_credit(session, order.id, Money(spent, order.currency))
    order.payment_status = "paid"
    order.paid_at = now(session)
    await session.execute(
        update(Cart)
        .where(Cart.id == order.cart_id, Cart.version == order.cart_version, Cart.state == "open")
        .values(state="ordered")
    )
    lines = await lines_of(session, order.id)
    await give(session, order.id, lines)
    bought = [selling.Bought(line.id, line.variant_id, line.price, line.quantity) for line in lines]
    await selling.issue_sold(session, order.id, order.currency, bought)
    if order.delivery_method == DOWNLOAD:
        order.fulfilment_status = "downloadable"
    elif order.store_id:
        await_collection(order)
    else:
        await plan_parcels(session, order)
    _record(session, order, "paid")
    await publish(session, OrderPaid(order.id))


def _is_same(order: Order, draft: Draft) -> bool:
    return (
        order.cart_version,
        order.total,
        order.discount,
        order.coupons,
        order.credit,
        order.email,
        order.address,
        order.delivery_method,
        order.store_id,
        order.language,
    ) == (
        draft.cart_version,
        draft.total,
        draft.discount,
        list(draft.coupons),
        draft.paid_by_credit,
        draft.email,
        draft.address,
        draft.delivery_method,
        draft.store_id,
        draft.language,
    )


async def _is_held_alike(session: AsyncSession, order: Order, draft: Draft) -> bool:
    """The same gift cards pay the same parts."""
    held = await spending.held_for(session, order.id)
    return held == {share.account_id: share.amount for share in draft.credit}


def _number() -> str:
    return "CP-" + "".join(secrets.choice(CROCKFORD) for _ in range(8))


def _record(session: AsyncSession, order: Order, kind: str, **details: Any) -> None:
    session.add(OrderEvent(order_id=order.id, at=now(session), kind=kind, details=details))
