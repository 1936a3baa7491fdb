"""The points of a customer, and each change of them: never below zero, and written down."""

import hashlib
from datetime import timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, insert_into, now, rows_changed
from backend.errors import Conflict
from backend.loyalty.models import LoyaltyAccount, LoyaltyEntry
from backend.shop import shop_of

log = structlog.get_logger()

AT_ONCE = 500


class TooFewPoints(Conflict):
    """Points are turned into credit from `least` on; `points` are there."""

    code = "too_few_points"


def holder_of(email: str) -> str:
    """Whose store credit points become, in the place of a website's own number: whoever proves their address may
    have none."""
    return f"email:{hashlib.sha256(email.lower().encode()).hexdigest()}"


async def opened(session: AsyncSession, email: str) -> LoyaltyAccount:
    """The account of this address, however it is written, locked; made if there is none."""
    email = email.lower()
    kept = insert_into(session, LoyaltyAccount).values(email=email)
    await session.execute(kept.on_conflict_do_nothing())
    account = select(LoyaltyAccount).filter_by(email=email).with_for_update()
    return (await session.scalars(account.execution_options(populate_existing=True))).one()


async def change(
    session: AsyncSession, account: LoyaltyAccount, points: int, kind: str, order_id: str | None = None
) -> int:
    """The number of the entry. Call it with the account locked; the database guards it all the same."""
    moved = (
        update(LoyaltyAccount)
        .where(LoyaltyAccount.id == account.id, LoyaltyAccount.points + points >= 0)
        .values(points=LoyaltyAccount.points + points)
    )
    if not await rows_changed(session, moved):
        raise TooFewPoints(points=account.points, least=-points)
    number = await session.scalar(
        select(func.count()).select_from(LoyaltyEntry).filter_by(account_id=account.id)
    )
    assert number is not None
    session.add(
        LoyaltyEntry(
            account_id=account.id,
            number=number,
            points=points,
            kind=kind,
            order_id=order_id,
            at=now(session),
        )
    )
    await session.flush()
    await session.refresh(account)
    return number


def keep_longer(session: AsyncSession, account: LoyaltyAccount) -> None:
    """Whoever earns keeps all of their points for the whole time again."""
    policy = shop_of(session).loyalty
    days = policy.expire_after_days if policy else None
    account.expires_at = now(session) + timedelta(days=days) if days else None


async def expire(database: Database) -> None:
    async with database.transaction() as session:
        over = (
            select(LoyaltyAccount)
            .where(LoyaltyAccount.expires_at <= now(session), LoyaltyAccount.points > 0)
            .order_by(LoyaltyAccount.id)
            .limit(AT_ONCE)
            .with_for_update()
        )
        for account in (await session.scalars(over)).all():
            log.info("points_expired", account=account.id, points=account.points)
            await change(session, account, -account.points, "expired")


async def differences(session: AsyncSession) -> list[str]:
    """Each in words; none when all is well."""
    total = func.coalesce(func.sum(LoyaltyEntry.points), 0)
    off = (
        select(LoyaltyAccount.id, LoyaltyAccount.points, total)
        .outerjoin(LoyaltyEntry, LoyaltyEntry.account_id == LoyaltyAccount.id)
        .group_by(LoyaltyAccount.id, LoyaltyAccount.points)
        .having(total != LoyaltyAccount.points)
        .order_by(LoyaltyAccount.id)
    )
    return [
        f"Loyalty account {id} says that there are {points} points, its entries say {int(said)}."
        for id, points, said in await session.execute(off)
    ]
