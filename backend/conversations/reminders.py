"""Customers who went away with something in their cart are reminded of it, if they have said that they want to be."""

from datetime import timedelta

import msgspec
from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart, CartLine
from backend.conversations.desk import tell_news
from backend.conversations.log import locked
from backend.conversations.models import Event, Turn
from backend.customers import consent
from backend.db import Database, now
from backend.edge import Call, Operations
from backend.inventory import subscriptions
from backend.orders.models import UNPAID, Order
from backend.shop import shop_of

operations = Operations("notifications")

AT_ONCE = 100
KEY = "reminder:"


class ReminderQuestion(msgspec.Struct, frozen=True):
    is_due: bool


class NotificationsWanted(msgspec.Struct, frozen=True):
    """Of messages that the customer does not wait for; what becomes of orders is told in any case."""

    is_wanted: bool


@operations.post("/api/notifications/question", answer=ReminderQuestion)
async def ask_reminder(call: Call) -> ReminderQuestion:
    """Whether the customer should be asked now about a reminder of their cart; if so, it counts as done."""
    session, conversation = call.session, call.caller.conversation_id
    await locked(session, conversation)
    left = select(Cart.id).where(Cart.conversation_id == conversation, *_is_left())
    is_asking = shop_of(session).cart_reminder_hours is not None
    if not is_asking or await consent.last_choice(session, conversation) or not await session.scalar(left):
        return ReminderQuestion(False)
    await consent.keep(session, conversation, "asked", call.language)
    return ReminderQuestion(True)


@operations.put("/api/notifications", body=NotificationsWanted, answer=NotificationsWanted)
async def choose_notifications(call: Call) -> NotificationsWanted:
    """Reminders of the cart, or none of them and no other news that is not about orders: stock alerts end, too."""
    session, conversation = call.session, call.caller.conversation_id
    await locked(session, conversation)
    await consent.keep(session, conversation, "wanted" if call.body.is_wanted else "unwanted", call.language)
    if not call.body.is_wanted:
        await subscriptions.unsubscribe(session, conversation)
    return call.body  # type: ignore[no-any-return]


async def remind(database: Database) -> None:
    """Of each cart once, however many look, and of none in the quiet hours."""
    async with database.transaction() as session:
        shop = shop_of(session)
        if shop.cart_reminder_hours is None or shop.is_quiet_at(now(session)):
            return
        for cart in await _left_for(session, timedelta(hours=shop.cart_reminder_hours)):
            await tell_news(session, cart.conversation_id, "news_cart_left", {}, f"{KEY}{cart.id}")


async def _left_for(session: AsyncSession, time: timedelta) -> list[Cart]:
    """Locked. Whoever has written since, if only their yes, has not gone away."""
    since = now(session) - time
    has_written = exists().where(
        Event.conversation_id == Cart.conversation_id, Event.sender == "customer", Event.at > since
    )
    found = (
        select(Cart)
        .where(
            *_is_left(),
            Cart.changed_at <= since,
            consent.wants_reminders(Cart.conversation_id),
            ~has_written,
            ~exists().where(Turn.key == literal(KEY) + Cart.id),
        )
        .order_by(Cart.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return list((await session.scalars(found)).all())


def _is_left() -> tuple[ColumnElement[bool], ...]:
    """Neither bought nor empty, nor about to be paid."""
    return (
        Cart.state == "open",
        exists().where(CartLine.cart_id == Cart.id),
        ~exists().where(Order.cart_id == Cart.id, Order.payment_status.in_(UNPAID)),
    )
