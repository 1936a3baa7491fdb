"""What coupons say of their uses."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.promotions.models import Coupon, Redemption


async def differences(session: AsyncSession) -> list[str]:
    """Each in words. A use that was released counts no more."""
    counted = func.count(Redemption.id)
    unlike = (
        select(Coupon.code, Coupon.used, counted)
        .outerjoin(Redemption, (Redemption.coupon_id == Coupon.id) & (Redemption.state != "released"))
        .group_by(Coupon.id, Coupon.code, Coupon.used)
        .having(Coupon.used != counted)
        .order_by(Coupon.code)
    )
    return [
        f"Coupon {code} counts {used} uses, its redemptions are {found}."
        for code, used, found in await session.execute(unlike)
    ]
