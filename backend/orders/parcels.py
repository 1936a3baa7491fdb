"""What of an order goes into which parcel: one for each source that sends something, and one for what comes later."""

from collections import Counter, defaultdict
from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import now
from backend.events import publish
from backend.inventory import backorders
from backend.inventory import service as inventory
from backend.orders.models import Order, OrderEvent, OrderLine
from backend.payments.disputes import is_frozen
from backend.shipping.service import InParcel, Planned, least_far, ship
from backend.shop import shop_of


class BackordersArrived(msgspec.Struct, frozen=True):
    """What an order waited for has come, and its parcel is being prepared."""

    order_id: str
    shipment_id: str


async def plan_parcels(session: AsyncSession, order: Order, holder_id: str = "") -> list[str]:
    """Parcels for all that lies aside for the order, or for another `holder_id` on its behalf, and is in none yet; a
    second call plans none. Returns their ids.

    Of what came in part, the rest is waited for: one parcel before two.
    """
    method = shop_of(session).delivery_method(order.delivery_method)
    assert method
    names = await _names(session, order.id)
    partly = await backorders.half_served(session, order.id)
    groups: dict[tuple[str, date | None], list[inventory.Aside]] = defaultdict(list)
    for aside in await inventory.set_aside(session, holder_id or order.id):
        if aside.variant_id not in partly:
            groups[aside.source, aside.not_before].append(aside)
    is_held = await is_frozen(session, order.id)
    planned = []
    for (source, not_before), together in groups.items():
        parcel = Planned(source, _contents(together, names), not_before)
        shipment_id = await ship(session, order.id, method.code, method.promise_days, parcel, is_held=is_held)
        await inventory.send_with(session, [aside.reservation_id for aside in together], shipment_id)
        planned.append(shipment_id)
    order.fulfilment_status = await fulfilment_of(session, order.id)
    return planned


async def on_backorders_served(session: AsyncSession, order_id: str) -> None:
    """Called by a job, perhaps again: only what is in no parcel yet is planned, and told."""
    order = await session.get_one(Order, order_id, with_for_update=True)
    if order.payment_status != "paid":
        return
    for shipment_id in await plan_parcels(session, order):
        event = {"order_id": order.id, "at": now(session), "kind": "backorder_served"}
        session.add(OrderEvent(**event, details={"shipment": shipment_id}))
        await publish(session, BackordersArrived(order.id, shipment_id))


async def fulfilment_of(session: AsyncSession, order_id: str) -> str:
    """That of the parcel that is least far; `backordered` where all parcels have arrived and something is missing."""
    status = await least_far(session, order_id)
    if status is None:
        return "backordered"
    is_waiting = await backorders.waiting_of(session, order_id)
    return "backordered" if status == "delivered" and is_waiting else status


class Awaited(msgspec.Struct, frozen=True):
    """What a paid order still waits for."""

    sku: str
    name: str
    quantity: int
    ships_on: date
    is_preorder: bool


async def awaited_of(session: AsyncSession, order_id: str) -> list[Awaited]:
    waiting = await backorders.waiting_of(session, order_id)
    names = await _names(session, order_id) if waiting else {}
    return [
        Awaited(
            names[one.variant_id].sku,
            names[one.variant_id].name,
            one.quantity,
            max(one.ships_on, backorders.today_of(session)),
            one.is_preorder,
        )
        for one in waiting
    ]


async def _names(session: AsyncSession, order_id: str) -> dict[str, InParcel]:
    """By stocked variant, what it is called in the order: one of it."""
    lines = await session.scalars(select(OrderLine).filter_by(order_id=order_id))
    names = {}
    for line in lines:
        names[line.variant_id] = InParcel(line.sku, line.name, 1)
        for part in line.parts:
            names.setdefault(part["variant_id"], InParcel(part["sku"], part["name"], 1))
    return names


def _contents(together: list[inventory.Aside], names: dict[str, InParcel]) -> list[InParcel]:
    units: Counter[str] = Counter()
    for aside in together:
        units[aside.variant_id] += aside.quantity
    return [
        msgspec.structs.replace(names[variant_id], quantity=quantity)
        for variant_id, quantity in units.items()
    ]
