"""The cart: absolute quantities, no duplicates, stock looked at on every change."""

from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart, CartLine
from backend.catalogue.models import MOST_OF_ONE, UNSTOCKED, Variant
from backend.catalogue.variants import bought_with, describe_variants, variant_to_sell
from backend.catalogue.views import PartView, QuantityPrice, Shopper
from backend.db import insert_into, now, rows_changed
from backend.errors import Invalid, NotFound
from backend.events import publish
from backend.inventory.service import InsufficientStock, salable
from backend.money import Money


class NotInCart(NotFound):
    """The cart holds no such thing."""

    code = "not_in_cart"


class TooManyOfOne(Invalid):
    """More of one thing than a cart takes; `most` says how many it does."""

    code = "too_many_of_one"


class CartChanged(msgspec.Struct, frozen=True):
    """The lines of an open cart are not what they were."""

    cart_id: str


class LineView(msgspec.Struct, frozen=True):
    """`price` is that of one at this quantity; see `VariantView` for the usual and the lower ones."""

    sku: str
    product: str
    name: str
    variant: str
    quantity: int
    price: Money
    list_price: Money | None
    quantity_prices: list[QuantityPrice]
    total: Money
    image: str | None
    url: str
    available: int
    """Beside what the other lines take."""
    options: dict[str, str]
    kind: str
    parts: list[PartView]

    @property
    def is_shipped(self) -> bool:
        """Something of it goes into a parcel."""
        return not all(part.is_digital for part in self.parts) if self.parts else self.kind not in UNSTOCKED


class CartView(msgspec.Struct, frozen=True):
    lines: list[LineView]
    count: int
    total: Money
    version: int

    @property
    def is_shipped(self) -> bool:
        """So is an empty one: nobody knows yet."""
        return not self.lines or any(line.is_shipped for line in self.lines)


async def find_cart(session: AsyncSession, conversation_id: str) -> Cart | None:
    return await session.scalar(select(Cart).filter_by(conversation_id=conversation_id, state="open"))


async def open_cart(session: AsyncSession, conversation_id: str, currency: str) -> Cart:
    """The open cart, made if there is none; a rival who makes one at the same time gets the same."""
    await session.execute(
        insert_into(session, Cart)
        .values(conversation_id=conversation_id, currency=currency, changed_at=now(session))
        .on_conflict_do_nothing()
    )
    cart = await session.scalar(
        select(Cart).filter_by(conversation_id=conversation_id, state="open").with_for_update()
    )
    assert cart is not None
    return cart


async def add_line(session: AsyncSession, cart: Cart, sku: str, quantity: int) -> None:
    """A group adds a line of each of its members. Raises VariantNotFound, InsufficientStock, TooManyOfOne."""
    for variant, each in await bought_with(session, sku):
        already = await _quantity(session, cart, variant.id)
        await _set_quantity(session, cart, variant, already + quantity * each)


async def set_line(session: AsyncSession, cart: Cart, sku: str, quantity: int) -> None:
    """Zero removes the line. Raises VariantNotFound, NotInCart, InsufficientStock, TooManyOfOne."""
    for variant, each in await bought_with(session, sku):
        if quantity == 0:
            await remove_line(session, cart, variant)
        else:
            await _set_quantity(session, cart, variant, quantity * each)


async def swap_line(session: AsyncSession, cart: Cart, sku: str, new_sku: str, quantity: int | None) -> None:
    """Another variant in the place of one in the cart; the quantity stays unless one is given."""
    old = await variant_to_sell(session, sku)
    kept = await _quantity(session, cart, old.id)
    if kept == 0:
        raise NotInCart(sku=sku)
    await session.execute(delete(CartLine).filter_by(cart_id=cart.id, variant_id=old.id))
    await add_line(session, cart, new_sku, quantity or kept)


async def remove_line(session: AsyncSession, cart: Cart, variant: Variant) -> None:
    line = delete(CartLine).filter_by(cart_id=cart.id, variant_id=variant.id)
    if not await rows_changed(session, line):
        raise NotInCart(sku=variant.sku)
    await changed(session, cart)


async def clear(session: AsyncSession, cart: Cart) -> None:
    await session.execute(delete(CartLine).filter_by(cart_id=cart.id))
    await changed(session, cart)


async def lines_of(session: AsyncSession, cart: Cart) -> list[CartLine]:
    rows = await session.scalars(
        select(CartLine).filter_by(cart_id=cart.id).order_by(CartLine.position, CartLine.id)
    )
    return list(rows.all())


async def view(session: AsyncSession, cart: Cart | None, shopper: Shopper) -> CartView:
    if cart is None:
        return CartView([], 0, Money(0, shopper.currency), 0)
    lines = await lines_of(session, cart)
    quantities = {line.variant_id: line.quantity for line in lines}
    described = await describe_variants(session, quantities, shopper)
    stock = await salable(session, list(quantities))
    views = []
    for line in lines:
        variant = described.get(line.variant_id)
        if variant is None:  # no longer for sale: it is not in the cart any more, and the sum must say so
            continue
        views.append(
            LineView(
                sku=variant.sku,
                product=variant.product,
                name=variant.product_name,
                variant=variant.name,
                quantity=line.quantity,
                price=variant.price,
                list_price=variant.list_price,
                quantity_prices=variant.quantity_prices,
                total=variant.price * line.quantity,
                image=variant.image,
                url=variant.url,
                available=stock.of(line.variant_id, _without(quantities, line.variant_id)),
                options=variant.options,
                kind=variant.kind,
                parts=variant.parts,
            )
        )
    total = sum((line.total for line in views), Money(0, cart.currency))
    return CartView(views, sum(line.quantity for line in views), total, cart.version)


async def _quantity(session: AsyncSession, cart: Cart, variant_id: str) -> int:
    line = select(CartLine.quantity).filter_by(cart_id=cart.id, variant_id=variant_id)
    return await session.scalar(line) or 0


async def _set_quantity(session: AsyncSession, cart: Cart, variant: Variant, quantity: int) -> None:
    if quantity > MOST_OF_ONE:
        raise TooManyOfOne(most=MOST_OF_ONE, quantity=quantity)
    quantities = {line.variant_id: line.quantity for line in await lines_of(session, cart)}
    stock = await salable(session, [*quantities, variant.id])
    left = stock.of(variant.id, _without(quantities, variant.id))
    if quantity > left:
        raise InsufficientStock(sku=variant.sku, quantity=quantity, available=left)
    await session.execute(
        insert_into(session, CartLine)
        .values(cart_id=cart.id, variant_id=variant.id, quantity=quantity, position=next_position(cart))
        .on_conflict_do_update(index_elements=["cart_id", "variant_id"], set_={"quantity": quantity})
    )
    await changed(session, cart)


def next_position(cart: Cart) -> Any:
    """Behind the last of its lines."""
    last = select(func.coalesce(func.max(CartLine.position), 0) + 1).filter_by(cart_id=cart.id)
    return last.scalar_subquery()


def _without(quantities: dict[str, int], variant_id: str) -> dict[str, int]:
    return {other: quantity for other, quantity in quantities.items() if other != variant_id}


async def touch(session: AsyncSession, cart: Cart) -> None:
    """The customer is at it: it is kept for its whole time again."""
    kept = update(Cart).where(Cart.id == cart.id).values(changed_at=now(session), warned_at=None)
    await session.execute(kept)
    await session.refresh(cart)


def _one_more_change(session: AsyncSession) -> dict[str, Any]:
    return {"version": Cart.version + 1, "changed_at": now(session), "warned_at": None}


async def changed(session: AsyncSession, cart: Cart) -> None:
    await session.execute(update(Cart).where(Cart.id == cart.id).values(**_one_more_change(session)))
    await session.refresh(cart)
    await publish(session, CartChanged(cart.id))
