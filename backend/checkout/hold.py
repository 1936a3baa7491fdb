"""How long an order that waits for its payment keeps its stock."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import now
from backend.orders.models import Order

LONGEST = timedelta(hours=3)
"""After it was placed: others want it too."""


async def extend(session: AsyncSession, order: Order, by: timedelta) -> None:
    """The customer is still at it: kept for that long from now, if that is longer and not beyond `LONGEST`. An order
    whose time is over, or that waits no more, stays as it is."""
    until = min(now(session) + by, order.placed_at + LONGEST)
    still_waiting = (Order.id == order.id, Order.payment_status == "waiting", Order.pay_by > now(session))
    await session.execute(
        update(Order)
        .where(*still_waiting, Order.pay_by < until)
        .values(pay_by=until)
        .execution_options(synchronize_session=False)
    )
    await session.refresh(order)
