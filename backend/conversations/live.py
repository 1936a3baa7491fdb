"""What readers of a conversation see as it is now, beside the log: not numbered, not kept, only the latest counts."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart, CartLine
from backend.cart.service import CartChanged
from backend.conversations.models import Conversation
from backend.conversations.wakeups import Wakeups
from backend.db import after_commit


class CartState(msgspec.Struct, frozen=True):
    """The open cart: how many units it holds, and the number of its last change (0 without a cart)."""

    quantity: int
    version: int


class Live(msgspec.Struct, frozen=True):
    """`read`: the customer's messages up to this number were taken up by whoever answers."""

    is_typing: bool
    read: int
    cart: CartState


async def live(session: AsyncSession, wakeups: Wakeups, conversation_id: str) -> Live:
    found = await session.execute(
        select(
            Conversation.read_seq,
            func.coalesce(func.sum(CartLine.quantity), 0),
            func.coalesce(func.max(Cart.version), 0),
        )
        .select_from(Conversation)
        .outerjoin(Cart, (Cart.conversation_id == Conversation.id) & (Cart.state == "open"))
        .outerjoin(CartLine, CartLine.cart_id == Cart.id)
        .where(Conversation.id == conversation_id)
        .group_by(Conversation.read_seq)
    )
    read, quantity, version = found.one_or_none() or (0, 0, 0)
    return Live(wakeups.is_typing(conversation_id), read, CartState(int(quantity), version))


async def on_cart_changed(session: AsyncSession, fact: CartChanged) -> None:
    cart = await session.get_one(Cart, fact.cart_id)
    wakeups: Wakeups = session.info["wakeups"]
    after_commit(session, lambda: wakeups.wake(cart.conversation_id))
