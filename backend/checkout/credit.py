"""What gift cards and store credit pay of a cart's order."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart
from backend.credit import applying, spending
from backend.credit.models import CreditAccount
from backend.credit.spending import Share
from backend.orders.models import Order


async def at_hand(session: AsyncSession, cart: Cart) -> list[tuple[CreditAccount, int]]:
    """What the conversation applied, and how much of each can be spent on this cart. What its own waiting order holds
    counts: an order in its place can have it."""
    waiting = select(Order.id).filter_by(cart_id=cart.id, payment_status="waiting")
    order_id = await session.scalar(waiting)
    held = await spending.held_for(session, order_id) if order_id else {}
    return await applying.spendable(session, cart.conversation_id, cart.currency, held)


async def credit_for(session: AsyncSession, cart: Cart, total: int, gift_cards: int) -> tuple[Share, ...]:
    """Of a total in minor units; `gift_cards` of it are new ones, which no gift card buys: its time would have no
    end."""
    found = await at_hand(session, cart)
    return tuple(applying.shares(found, total, total - gift_cards, cart.currency))
