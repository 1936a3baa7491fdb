"""What the jobs do: each is idempotent, opens its own transactions, and is tried again when it raises."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from backend.catalogue import turns
from backend.catalogue.changes import tell
from backend.changes import charging, labels
from backend.changes.labels import ReturnMoved
from backend.checkout import pay
from backend.conversations.files import Files
from backend.conversations.identity_codes import send_code
from backend.conversations.joining import JOIN_CARTS, join_carts
from backend.conversations.wording import DeskWording
from backend.credit import accounts, spending
from backend.customers.proving import SEND_CODE
from backend.db import Database, now
from backend.events import publish
from backend.inventory import service as inventory
from backend.inventory.arrivals import ARRIVED
from backend.inventory.backorders import SERVE, SERVED
from backend.inventory.subscriptions import tell_subscribers
from backend.jobs import JobHandler
from backend.loyalty import earning
from backend.mail import Mailer
from backend.orders.collecting import ORDER_READY, OrderReady
from backend.orders.models import Order
from backend.orders.parcels import on_backorders_served
from backend.payments import by_hand, disputes, refunds
from backend.payments import service as payments
from backend.payments.gateway import PaymentsUnavailable, StripeGateway
from backend.payments.service import PaymentDeclined
from backend.privacy import erasing
from backend.privacy.memory import AssistantMemory
from backend.shipping import service as shipping
from backend.shipping.carrier import CarrierClient, Recipient
from backend.shipping.models import Shipment
from backend.shipping.service import CarrierEvent
from backend.webhooks import keep

log = structlog.get_logger()

SESSION_EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
)
DISPUTE_EVENTS = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed")
DECLINED = "payment_intent.payment_failed"
AT_ONCE = ("card", "link", "ideal", "bancontact", "eps", "paypal")
"""Methods whose failure is the customer's to see at once; of those that take days the session's own event tells."""
STRIPE_EVENTS = (*SESSION_EVENTS, *REFUND_EVENTS, *DISPUTE_EVENTS, DECLINED)
MISSED_WITHIN = timedelta(days=3)
"""So long Stripe itself tries to deliver them."""


async def reconcile(database: Database, gateway: StripeGateway) -> None:
    """Makes open payments and refunds right without any webhook, and works on the webhooks that were missed; takes
    what is left from gift cards whose time is over.

    What cannot be asked now is looked at again next time.
    """
    await accounts.expire(database)
    await pay.reconcile(database, gateway)
    async with database.reading() as session:
        waiting, since = await refunds.unsettled(session), now(session) - MISSED_WITHIN
    with suppress(PaymentsUnavailable):
        for refund in waiting:
            await refunds.settle(database, gateway, refund)
        for event in await gateway.undelivered_events(STRIPE_EVENTS, since):
            async with database.transaction() as session:
                await keep(session, "stripe", event["id"], event)


def _is_seen_at_once(intent: dict[str, Any]) -> bool:
    error = intent.get("last_payment_error") or {}
    return (error.get("payment_method") or {}).get("type", "card") in AT_ONCE


def handlers(
    database: Database,
    gateway: StripeGateway,
    carrier: CarrierClient,
    mailer: Mailer,
    wording: DeskWording,
    public_url: str,
    files: Files,
    memory: AssistantMemory,
) -> dict[str, JobHandler]:
    async def stripe_event(event: dict[str, Any]) -> None:
        found = event["data"]["object"]
        if event["type"] in SESSION_EVENTS:
            await payments.settle(database, gateway, found["id"])
        elif event["type"] in REFUND_EVENTS:
            await refunds.settle(database, gateway, found["id"])
        elif event["type"] in DISPUTE_EVENTS:
            await disputes.settle(database, gateway, found["id"])
        elif event["type"] == DECLINED and "order" in found["metadata"] and _is_seen_at_once(found):
            async with database.transaction() as session:
                await publish(session, PaymentDeclined(found["metadata"]["order"], event["id"]))

    async def carrier_event(event: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await shipping.move(session, msgspec.convert(event, CarrierEvent))

    async def book_parcel(payload: dict[str, Any]) -> None:
        async with database.reading() as session:
            shipment = await session.get_one(Shipment, payload["shipment"])
            order = await session.get_one(Order, shipment.order_id)
        if shipment.is_held:
            return
        booked = await carrier.book(
            key=shipment.id,
            reference=order.number,
            service=shipment.service,
            recipient=msgspec.convert(order.address, Recipient),
        )
        async with database.transaction() as session:
            await shipping.keep_booking(session, shipment.id, booked)

    async def cancel_parcel(payload: dict[str, Any]) -> None:
        async with database.reading() as session:
            shipment = await session.get_one(Shipment, payload["shipment"])
        if shipment.tracking_number and not await carrier.cancel(shipment.tracking_number):
            log.error("canceled_parcel_has_left", shipment=shipment.id)

    async def book_return(payload: dict[str, Any]) -> None:
        await labels.book(database, carrier, payload["return"])

    async def return_moved(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await publish(session, msgspec.convert(payload, ReturnMoved))

    async def charge_difference(payload: dict[str, Any]) -> None:
        await charging.charge(database, gateway, payload["change"])

    async def expire_order(payload: dict[str, Any]) -> None:
        await pay.expire(database, gateway, payload["order"])

    async def close_sessions(payload: dict[str, Any]) -> None:
        await pay.close_pages(database, gateway, payload["order"])

    async def open_page(payload: dict[str, Any]) -> None:
        await pay.keep_promise(database, gateway, payload["order"], payload["token"], public_url)

    async def refund_payment(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            payment = payload["payment"]
            await refunds.request_rest(session, payment, key=payments.refund_key(payment))

    async def make_refund(payload: dict[str, Any]) -> None:
        if not await spending.give_back(database, payload["refund"]):
            await refunds.make(database, gateway, payload["refund"])

    async def paid_by_hand(payload: dict[str, Any]) -> None:
        await by_hand.record_paid(database, payload["refund"])

    async def post_fee(payload: dict[str, Any]) -> None:
        await payments.post_fee(database, gateway, payload["payment"])

    async def order_ready(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await publish(session, OrderReady(payload["order"]))

    async def parcel_late(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await shipping.tell_late(session, payload["shipment"])

    async def price_list_turns(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await tell(session, await turns.turned(session, turns.PRICES, payload))

    async def stock_turned(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await tell(session, await turns.turned(session, turns.STOCK, payload))

    async def stock_arrived(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await tell_subscribers(session, payload["variants"])

    async def serve_backorders(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await inventory.serve_backorders(session, payload["variants"])

    async def backorders_served(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await on_backorders_served(session, payload["order"])

    async def code_to_send(payload: dict[str, Any]) -> None:
        await send_code(database, mailer, wording, payload["request"])

    async def carts_to_join(payload: dict[str, Any]) -> None:
        await join_carts(database, payload["conversation"])

    async def erase(payload: dict[str, Any]) -> None:
        await erasing.erase(database, files, memory, wording, payload["erasure"])

    async def earn_points(payload: dict[str, Any]) -> None:
        await earning.earn(database, payload["order"])

    async def correct_points(payload: dict[str, Any]) -> None:
        await earning.correct(database, payload["order"])

    return {
        erasing.ERASE: erase,
        "stripe_event": stripe_event,
        "carrier_event": carrier_event,
        "book_parcel": book_parcel,
        "cancel_parcel": cancel_parcel,
        labels.BOOK_RETURN: book_return,
        labels.RETURN_MOVED: return_moved,
        "charge_difference": charge_difference,
        "expire_order": expire_order,
        "close_sessions": close_sessions,
        "open_page": open_page,
        "refund_payment": refund_payment,
        "make_refund": make_refund,
        by_hand.PAID_BY_HAND: paid_by_hand,
        "post_fee": post_fee,
        ORDER_READY: order_ready,
        shipping.PARCEL_LATE: parcel_late,
        turns.PRICES: price_list_turns,
        turns.STOCK: stock_turned,
        JOIN_CARTS: carts_to_join,
        SEND_CODE: code_to_send,
        ARRIVED: stock_arrived,
        SERVE: serve_backorders,
        SERVED: backorders_served,
        earning.EARN: earn_points,
        earning.CORRECT: correct_points,
    }
