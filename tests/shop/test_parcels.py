"""Parcels, moved by the carrier's signed events."""

import asyncio
from typing import Any

from backend.shipping.service import CarrierEvent, move
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_payments import paid, told


async def shipped(shop: Shop, customer: Customer) -> tuple[Any, str]:
    """A paid order whose parcel the carrier has taken on, and its tracking number."""
    _, order = await customer.order("LAMP")
    await customer.pay(order)
    await paid(customer, order)

    async def number() -> str | None:
        return str((await customer.current(order))["parcels"][0]["tracking_number"] or "")

    return order, await until(number)


async def test_a_paid_order_is_followed_to_the_door(shop: Shop) -> None:
    customer = await shop.visit()
    order, number = await shipped(shop, customer)
    for status in ("picked_up", "in_transit", "out_for_delivery", "delivered"):
        await shop.http.post(f"{shop.settings.carrier_url}/carrier/parcels/{number}/advance")

        async def has_moved(status: str = status) -> bool:
            return bool((await customer.current(order))["fulfilment_status"] == status)

        assert await until(has_moved)
    assert len(await told(shop, "news_parcel_")) == 3


async def test_late_and_repeated_events_never_move_a_parcel_back(shop: Shop) -> None:
    customer = await shop.visit()
    order, number = await shipped(shop, customer)
    delivered = CarrierEvent("evt_9", number, "delivered", shop.clock.now(), "Paris")
    late = CarrierEvent("evt_2", number, "in_transit", shop.clock.now(), "Lyon")
    for event in (delivered, late, delivered, late):
        async with shop.database.transaction() as session:
            await move(session, event)
    assert (await customer.current(order))["fulfilment_status"] == "delivered"
    assert len(await told(shop, "news_parcel_delivered")) == 1


async def test_a_forged_carrier_event_is_refused(shop: Shop) -> None:
    async with shop.http.post(
        f"{shop.settings.public_url}/webhooks/carrier",
        data=b"{}",
        headers={"X-Carrier-Signature": "t=1,v1=00"},
    ) as response:
        assert response.status == 400


async def test_somebody_elses_order_and_none_are_the_same_miss(shop: Shop) -> None:
    owner, stranger = await shop.visit(), await shop.visit()
    _, order = await owner.order("LAMP")
    misses = await asyncio.gather(
        stranger.call("GET", f"/api/order?number={order['number']}"),
        stranger.call("GET", "/api/order?number=CP-00000000"),
    )
    assert [(status, answer["error"]) for status, answer in misses] == [(404, "order_not_found")] * 2
