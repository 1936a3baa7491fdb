"""Two carts of one customer become one: of each thing the larger number, never the sum, and no more than there is."""

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart, CartLine
from backend.cart.service import CartChanged
from backend.db import insert_into, rows_changed
from backend.events import publish
from backend.inventory.service import salable


class Capped(msgspec.Struct, frozen=True):
    """`kept` of the `wanted` units can be had."""

    variant_id: str
    wanted: int
    kept: int


class CartsMerged(msgspec.Struct, frozen=True):
    """`conversation_id` has the one that is left."""

    conversation_id: str
    cart_id: str
    merged_id: str
    capped: tuple[Capped, ...]


async def merge(session: AsyncSession, from_cart: Cart, into_cart: Cart) -> tuple[Capped, ...]:
    """What could not be kept whole, because less of it is there; rivals and repetitions change nothing.

    Both are of one currency.
    """
    both = sorted((from_cart.id, into_cart.id))
    locked = select(Cart.id).where(Cart.id.in_(both), Cart.state == "open").order_by(Cart.id)
    if (await session.scalars(locked.with_for_update())).all() != both or both[0] == both[1]:
        return ()
    assert from_cart.currency == into_cart.currency
    over = update(Cart).where(Cart.id == from_cart.id, Cart.state == "open").values(state="merged")
    assert await rows_changed(session, over) == 1
    held = {line.variant_id: line.quantity for line in await carts.lines_of(session, into_cart)}
    capped = []
    for line in await carts.lines_of(session, from_cart):
        wanted = max(line.quantity, held.get(line.variant_id, 0))
        kept = await _kept(session, held, line.variant_id, wanted)
        if kept < wanted:
            capped.append(Capped(line.variant_id, wanted, kept))
        if kept > held.get(line.variant_id, 0):
            held[line.variant_id] = kept
            await _set(session, into_cart, line, kept)
    await carts.changed(session, into_cart)
    await publish(session, CartChanged(from_cart.id))
    await publish(session, CartsMerged(into_cart.conversation_id, into_cart.id, from_cart.id, tuple(capped)))
    return tuple(capped)


async def _kept(session: AsyncSession, held: dict[str, int], variant_id: str, wanted: int) -> int:
    """As many as there are beside the other lines, but no fewer than the cart holds already."""
    others = {other: quantity for other, quantity in held.items() if other != variant_id}
    stock = await salable(session, [*others, variant_id])
    return max(held.get(variant_id, 0), min(wanted, stock.of(variant_id, others)))


async def _set(session: AsyncSession, cart: Cart, line: CartLine, quantity: int) -> None:
    await session.execute(
        insert_into(session, CartLine)
        .values(
            cart_id=cart.id, variant_id=line.variant_id, quantity=quantity, position=carts.next_position(cart)
        )
        .on_conflict_do_update(index_elements=["cart_id", "variant_id"], set_={"quantity": quantity})
    )
