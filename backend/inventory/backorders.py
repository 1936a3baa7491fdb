"""Ordering what is not there yet: on which terms, who waits for it, and who is served when it comes."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import actor, now, rows_changed
from backend.errors import Conflict
from backend.inventory.models import Backorder, BackorderTerms, Reservation, StockItem, StockMovement
from backend.inventory.salable import Later, Promise
from backend.jobs import enqueue
from backend.shop import shop_of

SERVE = "serve_backorders"
SERVED = "backorders_served"


class BackorderConsentNeeded(Conflict):
    """Some of it is not there yet, and the customer has not agreed to wait: `now` units leave at once, and `later`
    ones on `ships_on`. Ask, and send that day as `agreed_date`."""

    code = "backorder_consent_needed"


class Shortage(msgspec.Struct, frozen=True):
    """So many units of an order that are not there."""

    variant_id: str
    quantity: int


class Given(msgspec.Struct, frozen=True):
    """Units that were put aside at a stock item for who waited."""

    item_id: str
    variant_id: str
    quantity: int


class Shelf(msgspec.Struct, frozen=True):
    """A stock item whose row is locked, and the units of it that nobody holds."""

    item_id: str
    variant_id: str
    units: int


async def terms_of(
    session: AsyncSession, variant_ids: Collection[str], *, locked: bool = False
) -> dict[str, Later]:
    """By variant, what may be ordered now of what is not there; nothing where no day can be promised.

    `locked` until the transaction ends, in one order, so that rivals cannot deadlock.
    """
    if not variant_ids:
        return {}
    query = select(BackorderTerms).where(BackorderTerms.variant_id.in_(variant_ids))
    query = query.order_by(BackorderTerms.variant_id)
    rows = await session.scalars(query.with_for_update() if locked else query)
    today = today_of(session)
    found = {}
    for terms in rows:
        if day := promised_day(terms, today):
            left = max(0, terms.most - terms.promised)
            is_unreleased = terms.is_preorder and day == terms.ships_on and day > today
            found[terms.variant_id] = Later(left, day, terms.is_preorder, is_unreleased)
    return found


def promised_day(terms: BackorderTerms, today: date) -> date | None:
    """None where the day has passed and nobody said how long it takes: nothing is promised then."""
    if terms.ships_on and terms.ships_on >= today:
        return terms.ships_on
    return None if terms.lead_days is None else today + timedelta(days=terms.lead_days)


def today_of(session: AsyncSession) -> date:
    return now(session).astimezone(shop_of(session).zone).date()


def has_agreed(promise: Promise | None, agreed: date | None) -> bool:
    """Whoever agreed to wait longer has agreed to this, and to what leaves at once nobody needs to."""
    return promise is None or bool(agreed and promise.ships_on <= agreed)


def refuse_without_consent(sku: str, promise: Promise | None, agreed: date | None) -> None:
    """Raises BackorderConsentNeeded."""
    if promise is None or has_agreed(promise, agreed):
        return
    raise BackorderConsentNeeded(
        sku=sku,
        quantity=promise.now + promise.later,
        now=promise.now,
        later=promise.later,
        ships_on=promise.ships_on.isoformat(),
        is_preorder=promise.is_preorder,
    )


async def claim(
    session: AsyncSession,
    order_id: str,
    conversation_id: str,
    shortages: Sequence[Shortage],
    terms: dict[str, Later],
) -> None:
    """Holds the promise of each, under terms that were read `locked` and leave room for it."""
    for short in shortages:
        later = terms[short.variant_id]
        assert await _promised(session, short)
        session.add(
            Backorder(
                order_id=order_id,
                variant_id=short.variant_id,
                quantity=short.quantity,
                ships_on=later.ships_on,
                is_preorder=later.is_preorder,
                conversation_id=conversation_id,
            )
        )
    if shortages:
        await session.flush()


async def _promised(session: AsyncSession, short: Shortage) -> bool:
    """The lock has decided already; the guard holds for whoever comes without one."""
    after = BackorderTerms.promised + short.quantity
    guarded = update(BackorderTerms).where(
        BackorderTerms.variant_id == short.variant_id, after <= BackorderTerms.most
    )
    return bool(await rows_changed(session, guarded.values(promised=after)))


async def let_go(session: AsyncSession, order_id: str) -> None:
    """The order waits for nothing more: it was not paid, or its money has gone back. What lies aside for it already
    stays its own. A second call changes nothing."""
    freed = (
        update(Backorder)
        .where(Backorder.order_id == order_id, Backorder.state.in_(("held", "owed")))
        .values(state="released")
        .returning(Backorder)
    )
    for backorder in (await session.scalars(freed)).all():
        await _promise_less(session, backorder.variant_id, backorder.quantity - backorder.served)


async def owe_again(session: AsyncSession, order_id: str) -> None:
    """What went back to the customer did not arrive there, so that the order counts as paid after all."""
    let_go_of = (Backorder.order_id == order_id, Backorder.state == "released")
    again = update(Backorder).where(*let_go_of, Backorder.owed_since.is_not(None))
    for backorder in await session.scalars(again.values(state="owed").returning(Backorder)):
        await _promise_less(session, backorder.variant_id, backorder.served - backorder.quantity)
        await enqueue(session, SERVE, {"variants": [backorder.variant_id]})


async def owe(session: AsyncSession, order_id: str) -> None:
    """It is paid: what it waits for is served from now on, before others buy. A second call changes nothing."""
    paid = (
        update(Backorder)
        .where(Backorder.order_id == order_id, Backorder.state == "held")
        .values(state="owed", owed_since=now(session))
        .returning(Backorder.variant_id)
    )
    variants = sorted(await session.scalars(paid))
    if variants:  # in a transaction of its own, which locks in the order of variants
        await enqueue(session, SERVE, {"variants": variants})


async def serve(session: AsyncSession, shelves: Iterable[Shelf]) -> list[Given]:
    """Gives what lies on these shelves, whose rows are locked, to the orders that wait, who paid first before others.

    The units are sold at once, so that no sale comes between.
    """
    left = {shelf: shelf.units for shelf in shelves if shelf.units > 0}
    variants = {shelf.variant_id for shelf in left}
    if not variants:
        return []
    owed = (
        select(Backorder)
        .where(Backorder.variant_id.in_(variants), Backorder.state == "owed")
        .order_by(Backorder.variant_id, Backorder.owed_since, Backorder.id)
        .with_for_update()
    )
    given = []
    for backorder in (await session.scalars(owed)).all():
        for shelf in [shelf for shelf in left if shelf.variant_id == backorder.variant_id]:
            units = min(left[shelf], backorder.quantity - backorder.served)
            if units:
                await _give(session, backorder, shelf, units)
                left[shelf] -= units
                given.append(Given(shelf.item_id, shelf.variant_id, units))
        if backorder.served == backorder.quantity:
            backorder.state = "served"
            await enqueue(
                session,
                SERVED,
                {"order": backorder.order_id, "backorder": backorder.id},
                key=f"served:{backorder.id}",
            )
    await session.flush()
    return given


async def _give(session: AsyncSession, backorder: Backorder, shelf: Shelf, units: int) -> None:
    after = StockItem.on_hand - units
    taken = update(StockItem).where(StockItem.id == shelf.item_id, StockItem.reserved <= after)
    assert await rows_changed(session, taken.values(on_hand=after)) == 1
    await session.execute(
        insert(Reservation).values(
            order_id=backorder.order_id,
            stock_item_id=shelf.item_id,
            variant_id=shelf.variant_id,
            quantity=units,
            state="committed",
            not_before=backorder.ships_on if backorder.is_preorder else None,
        )
    )
    await session.execute(
        insert(StockMovement).values(
            at=now(session),
            stock_item_id=shelf.item_id,
            on_hand_change=-units,
            reason="sold",
            actor=actor(session),
            order_id=backorder.order_id,
            conversation_id=backorder.conversation_id,
        )
    )
    backorder.served += units
    await _promise_less(session, shelf.variant_id, units)


async def _promise_less(session: AsyncSession, variant_id: str, units: int) -> None:
    terms = update(BackorderTerms).where(BackorderTerms.variant_id == variant_id)
    await session.execute(terms.values(promised=BackorderTerms.promised - units))


async def waiting_of(session: AsyncSession, order_id: str) -> list[Backorder]:
    """What a paid order still waits for."""
    query = select(Backorder).filter_by(order_id=order_id, state="owed").order_by(Backorder.ships_on)
    return list(await session.scalars(query))


async def half_served(session: AsyncSession, order_id: str) -> set[str]:
    """Variants of which some lies aside for the order, and the rest is still to come."""
    owed = await waiting_of(session, order_id)
    return {backorder.variant_id for backorder in owed if backorder.served}


def opens_at(session: AsyncSession, day: date | None) -> datetime | None:
    """The first moment of a day in the shop's time zone, where it is still to come."""
    if day is None or day <= today_of(session):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=shop_of(session).zone)


def taken_from(given: Iterable[Given]) -> Counter[str]:
    """Units by stock item."""
    counted: Counter[str] = Counter()
    for one in given:
        counted[one.item_id] += one.quantity
    return counted
