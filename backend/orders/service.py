"""Orders: placed with their stock held, paid once, moved by their parcel."""

import secrets
from datetime import date, datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart
from backend.cart.service import CartChanged
from backend.credit import selling, spending
from backend.credit.spending import InsufficientCredit, Share
from backend.db import now, rows_changed, undone_by_refusal
from backend.errors import NotFound
from backend.events import publish
from backend.inventory import service as inventory
from backend.inventory.backorders import BackorderConsentNeeded, let_go, owe_again
from backend.inventory.nearness import Destination
from backend.jobs import enqueue
from backend.money import Money
from backend.orders.collecting import CollectionView, await_collection, collection_of
from backend.orders.downloads import DownloadView, downloads_of, give
from backend.orders.models import DOWNLOAD, UNPAID, Order, OrderEvent, OrderLine
from backend.orders.parcels import Awaited, awaited_of, fulfilment_of, plan_parcels
from backend.payments.disputes import DisputeMoved
from backend.payments.refunds import RefundMoved, refunds_of
from backend.payments.service import PaymentSucceeded, is_all_back, record_credit, refund_key
from backend.promotions import redemptions
from backend.promotions.coupons import CouponExhausted, CouponUsed
from backend.shipping.service import ParcelView, ShipmentMoved, hold, parcels_of, release
from backend.shop import shop_of

log = structlog.get_logger()

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U: nobody reads a number out wrong, and it spells no words."""


class OrderNotFound(NotFound):
    """No order of this conversation has this number."""

    code = "order_not_found"


class OrderPaid(msgspec.Struct, frozen=True):
    order_id: str


class OrderCanceled(msgspec.Struct, frozen=True):
    order_id: str
    reason: str
    """`expired`, `replaced` (by a newer order), `changed` (its cart was) or `refunded` (paid too late, and sold out
    since)."""


class OrderMoved(msgspec.Struct, frozen=True):
    """`status` is a parcel's, named by its tracking number."""

    order_id: str
    status: str
    parcel: str


class DraftPart(msgspec.Struct, frozen=True):
    """So many of it are in one of a bundle."""

    variant_id: str
    sku: str
    name: str
    quantity: int
    is_digital: bool


class DraftSaving(msgspec.Struct, frozen=True):
    """What a promotion takes off, in minor units."""

    promotion: str
    name: str
    amount: int


class DraftLine(msgspec.Struct, frozen=True):
    variant_id: str
    sku: str
    name: str
    price: int
    quantity: int
    is_digital: bool = False
    parts: tuple[DraftPart, ...] = ()
    agreed_date: date | None = None
    """The customer agreed to it being sent as late as this."""
    savings: tuple[DraftSaving, ...] = ()
    tax: int = 0
    """Of the whole line."""

    @property
    def discount(self) -> int:
        return sum(saving.amount for saving in self.savings)

    @property
    def is_shipped(self) -> bool:
        """Something of it goes into a parcel."""
        return not all(part.is_digital for part in self.parts) if self.parts else not self.is_digital


class Draft(msgspec.Struct, frozen=True):
    """Everything that an order needs, complete and checked. Amounts are minor units."""

    conversation_id: str
    cart_id: str
    cart_version: int
    language: str
    currency: str
    email: str
    address: dict[str, Any]
    delivery_method: str
    delivery: int
    lines: tuple[DraftLine, ...]
    pay_by: datetime
    delivery_savings: tuple[DraftSaving, ...] = ()
    coupons: tuple[str, ...] = ()
    """The codes that take something off."""
    coupon_ids: tuple[str, ...] = ()
    """Their row ids."""
    store_id: str | None = None
    """Where it is collected; its stock is held there."""
    delivery_tax: int = 0
    is_tax_included: bool = True
    credit: tuple[Share, ...] = ()
    """What gift cards and store credit pay of it."""

    @property
    def goods(self) -> int:
        """Before the discount."""
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def delivery_discount(self) -> int:
        return sum(saving.amount for saving in self.delivery_savings)

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines) + self.delivery_tax

    @property
    def total(self) -> int:
        priced = self.goods - self.discount + self.delivery - self.delivery_discount
        return priced + (0 if self.is_tax_included else self.tax)

    @property
    def paid_by_credit(self) -> int:
        return sum(share.amount for share in self.credit)


class OrderPart(msgspec.Struct, frozen=True):
    """So many of it are in one of a bundle."""

    sku: str
    name: str
    quantity: int


class OrderSaving(msgspec.Struct, frozen=True):
    """What a promotion took off, by its name in the order's language."""

    promotion: str
    name: str
    amount: Money


class OrderLineView(msgspec.Struct, frozen=True):
    """`total` is before the `discounts`."""

    sku: str
    name: str
    quantity: int
    price: Money
    total: Money
    is_digital: bool
    parts: list[OrderPart]
    later: int
    """So many of it leave on `ships_on`; the others at once."""
    ships_on: date | None
    is_preorder: bool
    discounts: list[OrderSaving]


class OrderView(msgspec.Struct, frozen=True):
    """`total` is the goods less the `discount` of the lines, and the delivery less its own discounts."""

    number: str
    payment_status: str
    fulfilment_status: str
    lines: list[OrderLineView]
    goods: Money
    discount: Money
    delivery: Money
    delivery_discounts: list[OrderSaving]
    coupons: list[str]
    tax: Money
    """Of all of it: within the other amounts where `is_tax_included`, else on top of them."""
    is_tax_included: bool
    total: Money
    credit: Money
    """Of the total, what gift cards and store credit pay."""
    due: Money
    """The rest."""
    language: str
    placed_at: datetime
    pay_by: datetime
    """In the shop's time zone."""
    payment_url: str
    order_url: str
    parcels: list[ParcelView]
    awaited: list[Awaited]
    collection: CollectionView | None
    downloads: list[DownloadView]
    refunded: Money
    """What has gone back to the customer."""
    credited: Money
    """Of that, what is on gift cards and in store credit again."""
    refunding: Money
    """What is on its way back."""


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


async def find_order(session: AsyncSession, conversation_id: str, number: str | None = None) -> Order:
    """The conversation's order of this number, or its latest, a canceled one last. Raises OrderNotFound.

    Somebody else's number and a number that does not exist are the same miss.
    """
    query = (
        select(Order)
        .filter_by(conversation_id=conversation_id)
        .order_by(Order.payment_status == "canceled", Order.placed_at.desc())
        .limit(1)
    )
    if number:
        query = query.where(Order.number == number)
    order = await session.scalar(query)
    if order is None:
        raise OrderNotFound(number=number or "")
    return order


async def find_by_token(session: AsyncSession, token: str) -> Order:
    """Raises OrderNotFound."""
    order = await session.scalar(select(Order).filter_by(token=token))
    if order is None:
        raise OrderNotFound
    return order


async def lines_of(session: AsyncSession, order_id: str) -> list[OrderLine]:
    return list(
        (
            await session.scalars(select(OrderLine).filter_by(order_id=order_id).order_by(OrderLine.position))
        ).all()
    )


async def view(session: AsyncSession, order: Order, public_url: str) -> OrderView:
    def money(amount: int) -> Money:
        return Money(amount, order.currency)

    def savings(stored: list[Any]) -> list[OrderSaving]:
        return [OrderSaving(one["promotion"], one["name"], money(one["amount"])) for one in stored]

    refunded, refunding = await refunded_of(session, order.id)
    return OrderView(
        number=order.number,
        payment_status=order.payment_status,
        fulfilment_status=order.fulfilment_status,
        lines=[
            OrderLineView(
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                price=money(line.price),
                total=money(line.price * line.quantity),
                is_digital=line.is_digital,
                parts=msgspec.convert(line.parts, list[OrderPart]),
                later=line.later,
                ships_on=line.ships_on,
                is_preorder=line.is_preorder,
                discounts=savings(line.savings),
            )
            for line in await lines_of(session, order.id)
        ],
        goods=money(order.goods),
        discount=money(order.discount),
        delivery=money(order.delivery),
        delivery_discounts=savings(order.delivery_savings),
        coupons=order.coupons,
        tax=money(order.tax),
        is_tax_included=order.is_tax_included,
        total=money(order.total),
        credit=money(order.credit),
        due=money(order.due),
        language=order.language,
        placed_at=order.placed_at,
        pay_by=order.pay_by.astimezone(shop_of(session).zone),
        payment_url=f"{public_url}/pay/{order.token}",
        order_url=f"{public_url}/orders/{order.token}",
        parcels=await parcels_of(session, order.id),
        awaited=await awaited_of(session, order.id),
        collection=await collection_of(session, order),
        downloads=await downloads_of(session, order),
        refunded=money(refunded),
        credited=money(await spending.given_back(session, order.id)),
        refunding=money(refunding),
    )


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
    if order.paid_at:  # one that was never taken stays refunded, whatever becomes of the money
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


async def refunded_of(session: AsyncSession, order_id: str) -> tuple[int, int]:
    """What has gone back, and what is on its way, in minor units."""
    found = await refunds_of(session, order_id)
    back = sum(refund.amount for refund in found if refund.status == "succeeded")
    under_way = sum(
        refund.amount for refund in found if refund.status in ("requested", "pending", "requires_action")
    )
    return back, under_way


async def on_cart_changed(session: AsyncSession, fact: CartChanged) -> None:
    """A link that was sent is for what the cart held then; paying it now would buy something else."""
    waiting = await session.scalar(select(Order).filter_by(cart_id=fact.cart_id, payment_status="waiting"))
    if waiting:
        await cancel(session, waiting, "changed")


async def _is_revived(session: AsyncSession, order: Order) -> bool:
    """Money came for an order that was canceled a moment before: it stands if its stock can still be had, its coupons
    are still to be used, and its gift cards can still pay what they were to."""
    if order.payment_status != "canceled":
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
