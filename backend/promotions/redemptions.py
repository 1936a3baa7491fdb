"""The uses of a coupon: held with an order, committed when it is paid, released when it is not.

The last use goes to exactly one order: one guarded statement raises the count, and locks the coupon until its
transaction ends, so that the uses of one customer can be counted after it.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import now, rows_changed
from backend.promotions.coupons import CouponExhausted, CouponUsed, used_by
from backend.promotions.models import Coupon, Redemption


async def hold(
    session: AsyncSession, order_id: str, coupon_ids: Sequence[str], conversation_id: str, customer: str
) -> None:
    """In one order of rows, so that rivals cannot deadlock. Raises CouponExhausted, CouponUsed."""
    for coupon_id in sorted(coupon_ids):
        await _take(session, coupon_id)
        coupon = await session.get_one(Coupon, coupon_id, populate_existing=True)
        if coupon.limit_per_customer is not None:
            theirs = await used_by(session, coupon, conversation_id, customer)
            if theirs >= coupon.limit_per_customer:
                raise CouponUsed(coupon=coupon.code)
        await _keep(session, coupon_id, order_id, conversation_id, customer)


async def release(session: AsyncSession, order_id: str) -> None:
    """What was held for the order can be used again; a second call changes nothing."""
    held = (
        update(Redemption)
        .where(Redemption.order_id == order_id, Redemption.state == "held")
        .values(state="released")
        .returning(Redemption.coupon_id)
    )
    for coupon_id in sorted((await session.scalars(held)).all()):
        await session.execute(update(Coupon).where(Coupon.id == coupon_id).values(used=Coupon.used - 1))


async def commit(session: AsyncSession, order_id: str) -> None:
    """The order is paid."""
    held = update(Redemption).where(Redemption.order_id == order_id, Redemption.state == "held")
    await session.execute(held.values(state="committed"))


async def hold_again(session: AsyncSession, order_id: str) -> None:
    """For an order whose money came when it had been released. Raises CouponExhausted, CouponUsed."""
    released = await session.scalars(select(Redemption).filter_by(order_id=order_id, state="released"))
    given = released.all()
    if given:
        one = given[0]
        coupon_ids = [redemption.coupon_id for redemption in given]
        await hold(session, order_id, coupon_ids, one.conversation_id, one.customer)


async def _take(session: AsyncSession, coupon_id: str) -> None:
    taken = (
        update(Coupon)
        .where(
            Coupon.id == coupon_id,
            or_(Coupon.limit_in_all.is_(None), Coupon.used < Coupon.limit_in_all),
        )
        .values(used=Coupon.used + 1)
    )
    if not await rows_changed(session, taken):
        raise CouponExhausted(coupon=(await session.get_one(Coupon, coupon_id)).code)


async def _keep(
    session: AsyncSession, coupon_id: str, order_id: str, conversation_id: str, customer: str
) -> None:
    row = await session.scalar(select(Redemption).filter_by(coupon_id=coupon_id, order_id=order_id))
    if row is None:
        row = Redemption(coupon_id=coupon_id, order_id=order_id, conversation_id=conversation_id)
        session.add(row)
    row.customer, row.state, row.at = customer.casefold(), "held", now(session)
    await session.flush()
