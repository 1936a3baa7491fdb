"""The same again: the cart then holds at least what an order held, as far as it is there."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.cart.service import TooManyOfOne
from backend.catalogue.read import VariantNotFound
from backend.db import undone_by_refusal
from backend.inventory.backorders import BackorderConsentNeeded
from backend.inventory.service import InsufficientStock
from backend.orders.finding import lines_of
from backend.orders.models import Order, OrderLine


class Missing(msgspec.Struct, frozen=True):
    """So many of it are not in the cart."""

    sku: str
    name: str
    quantity: int


async def order_again(session: AsyncSession, order: Order, cart: Cart) -> list[Missing]:
    """What is missing; a part of a line goes in as well."""
    missing = []
    before = {line.variant_id: line.quantity for line in await carts.lines_of(session, cart)}
    for line in await lines_of(session, order.id):
        held = before.get(line.variant_id, 0)
        taken = line.quantity if held >= line.quantity else await _put(session, cart, line, held)
        if taken < line.quantity:
            missing.append(Missing(line.sku, line.name, line.quantity - taken))
    return missing


async def _put(session: AsyncSession, cart: Cart, line: OrderLine, held: int) -> int:
    """How many of it the cart holds now."""
    try:
        async with undone_by_refusal(session):
            await carts.set_line(session, cart, line.sku, line.quantity)
    except InsufficientStock as refusal:
        left = int(refusal.details["available"])
        if left > held:
            await carts.set_line(session, cart, line.sku, left)
        return max(left, held)
    except (VariantNotFound, TooManyOfOne, BackorderConsentNeeded):
        return held
    return line.quantity
