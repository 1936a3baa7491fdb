"""Carts that nobody changes for long: their customer is told a day before, then the lines are on the wish list."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart, CartLine
from backend.cart.routes import CustomerOf
from backend.cart.service import CartChanged
from backend.catalogue.views import Shopper
from backend.db import Database, now, rows_changed
from backend.events import publish
from backend.shop import shop_of
from backend.wishlist.service import owner_of, put

TOLD_BEFORE = timedelta(days=1)
AT_ONCE = 100


class CartEndsSoon(msgspec.Struct, frozen=True):
    """In a day its lines are on the wish list."""

    conversation_id: str
    cart_id: str
    ends_at: datetime


async def look_after_carts(database: Database, days: int, customer_of: CustomerOf) -> None:
    """Warns of carts that end in a day, but in no quiet hours, and ends those whose time is over; each once, however
    many look."""
    async with database.transaction() as session:
        if not shop_of(session).is_quiet_at(now(session)):
            for cart in await _unchanged_for(session, timedelta(days=days) - TOLD_BEFORE, is_warned=False):
                await _warn(session, cart, timedelta(days=days))
    async with database.transaction() as session:
        for cart in await _unchanged_for(session, timedelta(days=days), is_warned=True):
            await _end(session, cart, await customer_of(session, cart.conversation_id))


async def _unchanged_for(session: AsyncSession, time: timedelta, *, is_warned: bool) -> list[Cart]:
    """Locked, without those that are empty. Who was told has a day from then on, however late it was."""
    at = now(session)
    is_due = Cart.warned_at <= at - TOLD_BEFORE if is_warned else Cart.warned_at.is_(None)
    found = (
        select(Cart)
        .where(
            Cart.state == "open",
            Cart.changed_at <= at - time,
            is_due,
            select(CartLine.id).where(CartLine.cart_id == Cart.id).exists(),
        )
        .order_by(Cart.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return list((await session.scalars(found)).all())


async def _warn(session: AsyncSession, cart: Cart, time: timedelta) -> None:
    told = update(Cart).where(Cart.id == cart.id, Cart.warned_at.is_(None)).values(warned_at=now(session))
    if await rows_changed(session, told):
        ends_at = max(cart.changed_at + time, now(session) + TOLD_BEFORE)
        await publish(session, CartEndsSoon(cart.conversation_id, cart.id, ends_at))


async def _end(session: AsyncSession, cart: Cart, customer_id: str | None) -> None:
    """An order that waits for its payment is a change of a few hours ago, so there is none."""
    over = update(Cart).where(Cart.id == cart.id, Cart.state == "open").values(state="expired")
    if not await rows_changed(session, over):
        return
    quantities: dict[str, int | None] = {
        line.variant_id: line.quantity for line in await carts.lines_of(session, cart)
    }
    shopper = Shopper("en", cart.currency)
    await put(session, owner_of(cart.conversation_id, customer_id), quantities, shopper)
    await publish(session, CartChanged(cart.id))
