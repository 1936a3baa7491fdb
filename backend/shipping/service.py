"""Parcels: booked with the carrier, moved by its events, never backwards."""

from datetime import date, datetime, timedelta

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import insert_into, now
from backend.events import publish
from backend.inventory.backorders import opens_at, today_of
from backend.jobs import enqueue
from backend.shipping.carrier import Booked
from backend.shipping.models import CANCELED, Shipment, TrackingEvent
from backend.shipping.tracking import ENDS, STATUSES, STEP_OF, TROUBLES, Said, standing
from backend.shop import shop_of

log = structlog.get_logger()

PARCEL_LATE = "parcel_late"

STEPS = ("preparing", "picked_up", "in_transit", "out_for_delivery", "delivered")
"""The lattice of a parcel: an event that is late, or of an earlier step, moves nothing."""


class ShipmentMoved(msgspec.Struct, frozen=True):
    order_id: str
    shipment_id: str
    status: str
    tracking_number: str


class ReturnParcelMoved(msgspec.Struct, frozen=True):
    """A parcel that brings something back has come further."""

    return_id: str
    status: str


class CarrierEvent(msgspec.Struct, frozen=True):
    id: str
    tracking_number: str
    status: str
    occurred_at: datetime
    location: str = ""
    reason: str = ""


class ParcelTroubled(msgspec.Struct, frozen=True):
    """`status` is one of `tracking.TROUBLES`."""

    order_id: str
    shipment_id: str
    status: str


class ParcelLate(msgspec.Struct, frozen=True):
    """The last day that was promised is over, and it has not arrived."""

    order_id: str
    shipment_id: str
    promised_to: date


class InParcel(msgspec.Struct, frozen=True):
    sku: str
    name: str
    quantity: int


class Planned(msgspec.Struct, frozen=True):
    """A parcel to be: from which source, with what in it, and when it may leave."""

    source: str
    contents: list[InParcel]
    not_before: date | None = None


class ParcelView(msgspec.Struct, frozen=True):
    """`contents` is empty in parcels of former times, which held all of their order."""

    id: str
    status: str
    tracking_status: str
    """What the carrier says of it, troubles among it: `shipping.tracking.STATUSES`."""
    step: int
    tracking_number: str | None
    tracking_url: str | None
    promised_from: date | None
    promised_to: date | None
    location: str
    last_event_at: datetime | None
    source: str
    contents: list[InParcel]


async def ship(
    session: AsyncSession,
    order_id: str,
    service: str,
    promise_days: tuple[int, int],
    planned: Planned,
    *,
    is_held: bool = False,
) -> str:
    """One parcel of a paid order, booked with the carrier by a job once it may leave; returns its id."""
    today = today_of(session)
    start = max(today, planned.not_before or today)
    first, last = (add_working_days(start, days) for days in promise_days)
    shipment = Shipment(
        order_id=order_id,
        service=service,
        promised_from=first,
        promised_to=last,
        source=planned.source,
        contents=msgspec.to_builtins(planned.contents),
        not_before=planned.not_before,
        is_held=is_held,
    )
    session.add(shipment)
    await session.flush()
    key = f"book:{shipment.id}"
    await enqueue(
        session,
        "book_parcel",
        {"shipment": shipment.id},
        key=key,
        run_at=opens_at(session, planned.not_before),
    )
    return shipment.id


async def hold(session: AsyncSession, order_id: str) -> list[str]:
    """No parcel of the order is handed to the carrier; returns those that were already."""
    await session.execute(update(Shipment).where(Shipment.order_id == order_id).values(is_held=True))
    gone = select(Shipment.tracking_number).where(
        Shipment.order_id == order_id, Shipment.tracking_number.is_not(None)
    )
    return [number for number in (await session.scalars(gone)).all() if number]


async def release(session: AsyncSession, order_id: str, reason: str) -> None:
    """What was held goes its way; the same `reason` again changes nothing."""
    held = select(Shipment).filter_by(order_id=order_id, is_held=True).where(Shipment.status != CANCELED)
    for shipment in (await session.scalars(held)).all():
        shipment.is_held = False
        if shipment.tracking_number is None:
            key = f"book:{shipment.id}:{reason}"
            run_at = opens_at(session, shipment.not_before)
            await enqueue(session, "book_parcel", {"shipment": shipment.id}, key=key, run_at=run_at)


async def lock(session: AsyncSession, order_id: str) -> None:
    """No parcel of the order moves until the transaction ends. Before the order's own lock: a carrier's event takes
    them in this order."""
    parcels = select(Shipment.id).filter_by(order_id=order_id).order_by(Shipment.id)
    await session.execute(parcels.with_for_update())


async def recall(session: AsyncSession, order_id: str) -> None:
    """The parcels of an order that has changed are not sent; the carrier hears of it by a job."""
    still_here = (
        update(Shipment)
        .where(Shipment.order_id == order_id, Shipment.status == "preparing")
        .values(status=CANCELED, is_held=True)
        .returning(Shipment.id)
    )
    for shipment_id in (await session.scalars(still_here)).all():
        await enqueue(session, "cancel_parcel", {"shipment": shipment_id}, key=f"cancel:{shipment_id}")


async def keep_booking(session: AsyncSession, shipment_id: str, booked: Booked) -> None:
    await session.execute(
        update(Shipment)
        .where(Shipment.id == shipment_id)
        .values(
            tracking_number=booked.tracking_number,
            tracking_url=booked.tracking_url,
            promised_from=booked.promised_from,
            promised_to=booked.promised_to,
        )
    )
    over = booked.promised_to + timedelta(days=1)
    key = f"late:{shipment_id}:{over}"
    run_at = shop_of(session).awake_at(opens_at(session, over) or now(session))
    await enqueue(session, PARCEL_LATE, {"shipment": shipment_id}, key=key, run_at=run_at)
    shipment = await session.get_one(Shipment, shipment_id, populate_existing=True)
    if shipment.status == CANCELED:  # meanwhile, when the carrier did not know it yet
        key = f"cancel:{shipment_id}:{booked.tracking_number}"
        await enqueue(session, "cancel_parcel", {"shipment": shipment_id}, key=key)


async def tell_late(session: AsyncSession, shipment_id: str) -> None:
    """Unless it has arrived, or another day was promised since, whose own job tells."""
    shipment = await session.get_one(Shipment, shipment_id)
    is_over = shipment.tracking_status in ENDS or shipment.status == CANCELED
    is_under_way = not (is_over or shipment.is_return)
    if is_under_way and shipment.promised_to and shipment.promised_to < today_of(session):
        await publish(session, ParcelLate(shipment.order_id, shipment.id, shipment.promised_to))


async def move(session: AsyncSession, event: CarrierEvent) -> None:
    """Takes one event of the carrier; a repeated one changes nothing.

    Raises LookupError for a parcel that is not known yet (its booking is not stored): the job tries again.
    """
    shipment = await session.scalar(
        select(Shipment).filter_by(tracking_number=event.tracking_number).with_for_update()
    )
    if shipment is None:
        raise LookupError(f"no parcel {event.tracking_number}")
    if event.status not in STATUSES:
        log.warning("carrier_status_unknown", status=event.status)
        return
    if shipment.status == CANCELED:
        log.error("canceled_parcel_moves", shipment=shipment.id, status=event.status)
        return
    kept = await session.scalar(
        insert_into(session, TrackingEvent)
        .values(
            shipment_id=shipment.id,
            carrier_event_id=event.id,
            status=event.status,
            occurred_at=event.occurred_at,
            location=event.location[:120],
            reason=event.reason[:40],
        )
        .on_conflict_do_nothing()
        .returning(TrackingEvent.id)
    )
    if kept:
        await _stand(session, shipment)


async def _stand(session: AsyncSession, shipment: Shipment) -> None:
    """What all events together come to: a step forward, or trouble."""
    events = await session.execute(
        select(TrackingEvent.occurred_at, TrackingEvent.status, TrackingEvent.reason).where(
            TrackingEvent.shipment_id == shipment.id
        )
    )
    said = [Said(*event) for event in events.all()]
    now_at = standing(said)
    if now_at is None:
        return
    steps = [STEP_OF[one.status] for one in said if one.status in STEP_OF]
    step = max([shipment.status, *steps], key=STEPS.index)
    before, shipment.tracking_status = shipment.tracking_status, now_at.status
    if shipment.is_return:
        shipment.status = step
        await publish(session, ReturnParcelMoved(shipment.order_id, step))
        return
    if step != shipment.status:
        shipment.status = step
        number = shipment.tracking_number or ""
        await publish(session, ShipmentMoved(shipment.order_id, shipment.id, step, number))
    if now_at.status in TROUBLES and now_at.status != before:
        await publish(session, ParcelTroubled(shipment.order_id, shipment.id, now_at.status))


async def least_far(session: AsyncSession, order_id: str) -> str | None:
    """The status of the parcel that is least far of those that the order has."""
    statuses = set(await session.scalars(select(Shipment.status).filter_by(order_id=order_id)))
    return next((step for step in STEPS if step in statuses), None)


async def parcels_of(session: AsyncSession, order_id: str) -> list[ParcelView]:
    shipments = await session.scalars(
        select(Shipment)
        .where(Shipment.order_id == order_id, Shipment.status != CANCELED)
        .order_by(Shipment.promised_from, Shipment.id)
    )
    return [await _view(session, shipment) for shipment in shipments.all()]


def add_working_days(start: date, days: int) -> date:
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


async def _view(session: AsyncSession, shipment: Shipment) -> ParcelView:
    last = await session.scalar(
        select(TrackingEvent)
        .filter_by(shipment_id=shipment.id)
        .order_by(TrackingEvent.occurred_at.desc())
        .limit(1)
    )
    return ParcelView(
        id=shipment.id,
        status=shipment.status,
        tracking_status=shipment.tracking_status,
        step=STEPS.index(shipment.status),
        tracking_number=shipment.tracking_number,
        tracking_url=shipment.tracking_url,
        promised_from=shipment.promised_from,
        promised_to=shipment.promised_to,
        location=last.location if last else "",
        last_event_at=last.occurred_at if last else None,
        source=shipment.source,
        contents=msgspec.convert(shipment.contents, list[InParcel]),
    )
