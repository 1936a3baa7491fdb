"""The carts of a customer whom a website has signed in become one: that of the conversation where they are now."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.merging import CartsMerged, merge
from backend.cart.models import Cart, CartLine
from backend.catalogue.views import Shopper
from backend.conversations.models import Conversation
from backend.db import Database
from backend.jobs import enqueue
from backend.orders.models import Order
from backend.wishlist import service as wishes

JOIN_CARTS = "join_carts"


async def join_later(session: AsyncSession, conversation: Conversation) -> None:
    """By a job: who is signed in does not wait for it, and carts are locked before conversations everywhere."""
    if await _others(session, conversation):
        await enqueue(session, JOIN_CARTS, {"conversation": conversation.id})


async def join_carts(database: Database, conversation_id: str) -> None:
    """Again it changes nothing. A cart whose order waits for its payment stays with it."""
    async with database.transaction() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        if not await _others(session, conversation):
            return
        into_id = (await carts.open_cart(session, conversation.id, conversation.currency)).id
    async with database.transaction() as session:
        for other in await _others(session, conversation):
            await merge(session, other, await session.get_one(Cart, into_id))


async def on_carts_merged(session: AsyncSession, fact: CartsMerged) -> None:
    """What is sold out meanwhile is kept for later."""
    sold_out: dict[str, int | None] = {one.variant_id: one.wanted for one in fact.capped if one.kept == 0}
    if sold_out:
        found = await session.get_one(Conversation, fact.conversation_id)
        shopper = Shopper(found.language or "en", found.currency, found.customer_group)
        await wishes.put(session, wishes.owner_of(found.id, found.customer_id), sold_out, shopper)


async def _others(session: AsyncSession, conversation: Conversation) -> list[Cart]:
    """The open carts of the same customer in other conversations that hold anything, in the same currency."""
    if conversation.customer_id is None:
        return []
    has_lines = select(CartLine.id).where(CartLine.cart_id == Cart.id).exists()
    is_ordered = select(Order.id).where(Order.cart_id == Cart.id, Order.payment_status == "waiting").exists()
    found = (
        select(Cart)
        .join(Conversation, Conversation.id == Cart.conversation_id)
        .where(
            Conversation.customer_id == conversation.customer_id,
            Conversation.id != conversation.id,
            Cart.state == "open",
            Cart.currency == conversation.currency,
            has_lines,
            ~is_ordered,
        )
        .order_by(Cart.id)
    )
    return list((await session.scalars(found)).all())
