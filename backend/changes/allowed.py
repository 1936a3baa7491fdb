"""Whether the shop's policy, and how far the order is, allow a change."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes.asked import ChangeNotAllowed, NeedsPerson, ReasonNeeded
from backend.changes.models import OrderChange, OrderReturn
from backend.db import now
from backend.inventory.backorders import waiting_of
from backend.orders.finding import lines_of
from backend.orders.models import Order, OrderLine
from backend.payments.disputes import is_frozen
from backend.shipping.models import CANCELED, Shipment, TrackingEvent
from backend.shop import shop_of
from backend.shop.after_sale import Changeable, Returning

NOT_SENT = ("unfulfilled", "preparing")


async def refuse_cancel(session: AsyncSession, order: Order, reason: str | None) -> None:
    """Raises ChangeNotAllowed, ReasonNeeded, NeedsPerson."""
    policy = shop_of(session).after_sale.cancel
    if policy is None:
        raise ChangeNotAllowed(reason="policy")
    _refuse_unknown(reason, policy.reasons)
    if order.payment_status == "waiting":
        return
    if policy.until == "unpaid":
        raise ChangeNotAllowed(reason="policy")
    await _refuse_sent(session, order)
    if any(_is_digital(line) for line in await lines_of(session, order.id)):
        raise ChangeNotAllowed(reason="kind")  # a file may be taken, a gift card spent
    refuse_large(session, order, order.total)


async def refuse_change(session: AsyncSession, order: Order, what: Changeable) -> None:
    """Raises ChangeNotAllowed."""
    policy = shop_of(session).after_sale.change
    if policy is None or what not in policy.what:
        raise ChangeNotAllowed(reason="policy")
    await _refuse_sent(session, order)


async def refuse_return(
    session: AsyncSession, order: Order, policy: Returning | None, reason: str | None
) -> None:
    """Raises ChangeNotAllowed, ReasonNeeded."""
    if policy is None:
        raise ChangeNotAllowed(reason="policy")
    _refuse_unknown(reason, policy.reasons)
    await refuse_not_here(session, order, policy.days)
    back = (
        select(OrderReturn.id).where(OrderReturn.order_id == order.id, OrderReturn.kind != "claim").limit(1)
    )
    if policy.is_once and await session.scalar(back):
        raise ChangeNotAllowed(reason="final")


async def refuse_not_here(session: AsyncSession, order: Order, days: int | None) -> None:
    """Only what has arrived, at most so many days ago, and which no one disputes. Raises ChangeNotAllowed."""
    if order.payment_status != "paid" or order.fulfilment_status not in ("delivered", "collected"):
        raise ChangeNotAllowed(reason="status")
    until = await last_moment(session, order, days)
    if until and until < now(session):
        raise ChangeNotAllowed(reason="too_late", until=until.date())
    if await is_frozen(session, order.id):
        raise ChangeNotAllowed(reason="disputed")


async def last_moment(session: AsyncSession, order: Order, days: int | None) -> datetime | None:
    """So many days after the last of it was delivered, or it was collected; in the shop's time."""
    if days is None:
        return None
    arrived = order.collected_at or await session.scalar(
        select(func.max(TrackingEvent.occurred_at))
        .join(Shipment, Shipment.id == TrackingEvent.shipment_id)
        .where(Shipment.order_id == order.id, TrackingEvent.status == "delivered")
    )
    return (arrived + timedelta(days=days)).astimezone(shop_of(session).zone) if arrived else None


def refuse_large(session: AsyncSession, order: Order, back: int) -> None:
    """Raises NeedsPerson."""
    most = shop_of(session).after_sale.person_above.get(order.currency)
    if most is not None and back > most:
        raise NeedsPerson


async def _refuse_sent(session: AsyncSession, order: Order) -> None:
    """Only what is paid, of which nothing is on its way, and which no one disputes. Raises ChangeNotAllowed."""
    if order.payment_status != "paid" or order.fulfilment_status not in NOT_SENT or order.store_id:
        raise ChangeNotAllowed(reason="status")
    if await waiting_of(session, order.id) or await is_frozen(session, order.id):
        raise ChangeNotAllowed(reason="status")
    here = select(Shipment.id).where(
        Shipment.order_id == order.id, Shipment.status.not_in(("preparing", CANCELED))
    )
    if await session.scalar(here.limit(1)):  # a part of it, or what was sent before an exchange
        raise ChangeNotAllowed(reason="status")
    made = select(OrderChange.state).filter_by(order_id=order.id, kind="items")
    states = set(await session.scalars(made))
    policy = shop_of(session).after_sale.change
    is_final = policy is not None and policy.is_final_after_items and "done" in states
    if is_final or "charging" in states:
        raise ChangeNotAllowed(reason="final")


def _is_digital(line: OrderLine) -> bool:
    return line.is_digital or any(part["is_digital"] for part in line.parts)


def _refuse_unknown(reason: str | None, reasons: Mapping[str, object]) -> None:
    if reasons and reason not in reasons:
        raise ReasonNeeded(reasons=list(reasons))
