"""What the jobs do: each is idempotent, opens its own transactions, and is tried again when it raises."""

from typing import Any

import msgspec

from backend.catalogue import turns
from backend.catalogue.changes import tell
from backend.checkout import pay
from backend.db import Database
from backend.events import publish
from backend.jobs import JobHandler
from backend.orders.models import Order
from backend.payments import service as payments
from backend.payments.gateway import StripeGateway
from backend.payments.service import PaymentDeclined
from backend.shipping import service as shipping
from backend.shipping.carrier import CarrierClient, Recipient
from backend.shipping.models import Shipment
from backend.shipping.service import CarrierEvent

SESSION_EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
)


def handlers(database: Database, gateway: StripeGateway, carrier: CarrierClient) -> dict[str, JobHandler]:
    async def stripe_event(event: dict[str, Any]) -> None:
        found = event["data"]["object"]
        if event["type"] in SESSION_EVENTS:
            await payments.settle(database, gateway, found["id"])
        elif event["type"] == "payment_intent.payment_failed" and "order" in found["metadata"]:
            async with database.transaction() as session:
                await publish(session, PaymentDeclined(found["metadata"]["order"], event["id"]))

    async def carrier_event(event: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await shipping.move(session, msgspec.convert(event, CarrierEvent))

    async def book_parcel(payload: dict[str, Any]) -> None:
        async with database.reading() as session:
            shipment = await session.get_one(Shipment, payload["shipment"])
            order = await session.get_one(Order, shipment.order_id)
        booked = await carrier.book(
            key=shipment.id,
            reference=order.number,
            service=shipment.service,
            recipient=msgspec.convert(order.address, Recipient),
        )
        async with database.transaction() as session:
            await shipping.keep_booking(session, shipment.id, booked)

    async def expire_order(payload: dict[str, Any]) -> None:
        await pay.expire(database, gateway, payload["order"])

    async def close_sessions(payload: dict[str, Any]) -> None:
        await pay.close_pages(database, gateway, payload["order"])

    async def refund_payment(payload: dict[str, Any]) -> None:
        await payments.refund(database, gateway, payload["payment"])

    async def price_list_turns(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await tell(session, await turns.turned(session, turns.PRICES, payload))

    async def stock_turned(payload: dict[str, Any]) -> None:
        async with database.transaction() as session:
            await tell(session, await turns.turned(session, turns.STOCK, payload))

    return {
        "stripe_event": stripe_event,
        "carrier_event": carrier_event,
        "book_parcel": book_parcel,
        "expire_order": expire_order,
        "close_sessions": close_sessions,
        "refund_payment": refund_payment,
        turns.PRICES: price_list_turns,
        turns.STOCK: stock_turned,
    }
