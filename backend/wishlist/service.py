"""The wish list: a line of the cart that is kept for later, and what became of it meanwhile."""

from datetime import date, datetime

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart, CartLine
from backend.catalogue.variants import DescribedVariant, describe_variants, variant_to_sell
from backend.catalogue.views import Shopper
from backend.db import insert_into, now
from backend.errors import NotFound
from backend.inventory.salable import Salable
from backend.inventory.service import available, salable
from backend.money import Money
from backend.wishlist.models import Wish


class NotOnWishList(NotFound):
    """The wish list holds no such thing."""

    code = "not_on_wish_list"


class WishView(msgspec.Struct, frozen=True):
    """`price` is that of one now. `cheaper` and `dearer` say by how much it differs from when it was kept; `is_back`
    that it was sold out then, and is not now. What is not there but may be ordered leaves on `ships_on`."""

    sku: str
    product: str
    name: str
    variant: str
    quantity: int
    price: Money
    cheaper: Money | None
    dearer: Money | None
    image: str | None
    url: str
    available: int
    ships_on: date | None
    is_preorder: bool
    is_back: bool
    kept_at: datetime


class WishList(msgspec.Struct, frozen=True):
    """`gone` counts what is no longer for sale."""

    wishes: list[WishView]
    gone: int


def owner_of(conversation_id: str, customer_id: str | None = None) -> str:
    """Whoever a website has signed in has one list in all conversations."""
    return f"customer:{customer_id}" if customer_id else f"conversation:{conversation_id}"


async def keep(session: AsyncSession, owner: str, cart: Cart | None, sku: str, shopper: Shopper) -> None:
    """A line of the cart, which leaves it, or one of what is not in the cart; again it changes nothing.

    Call it with the cart's row locked. Raises VariantNotFound.
    """
    variant = await variant_to_sell(session, sku)
    line = await _line(session, cart, variant.id) if cart else None
    quantity = line.quantity if line else None
    if cart and line:
        await carts.remove_line(session, cart, variant)
    await put(session, owner, {variant.id: quantity}, shopper)


async def put(session: AsyncSession, owner: str, quantities: dict[str, int | None], shopper: Shopper) -> None:
    """By variant, how many; None leaves the number that is there, or is one. What is on the list keeps the price that
    it was put there for."""
    described = await describe_variants(session, dict.fromkeys(quantities, 1), shopper)
    units = await available(session, list(quantities))
    for variant_id, quantity in quantities.items():
        found = described.get(variant_id)
        wish = insert_into(session, Wish).values(
            owner=owner,
            variant_id=variant_id,
            quantity=quantity or 1,
            price=found.price.amount if found else None,
            currency=shopper.currency,
            was_available=units[variant_id] > 0,
            kept_at=now(session),
        )
        known = {"index_elements": ["owner", "variant_id"]}
        is_left = quantity is None
        await session.execute(
            wish.on_conflict_do_nothing(**known)
            if is_left
            else wish.on_conflict_do_update(**known, set_={"quantity": quantity})
        )


async def take_back(session: AsyncSession, owner: str, cart: Cart, sku: str) -> None:
    """From the list into the cart, which then holds at least as many of it; again it changes nothing.

    Raises VariantNotFound, NotOnWishList, InsufficientStock, TooManyOfOne, BackorderConsentNeeded.
    """
    variant = await variant_to_sell(session, sku)
    line = await _line(session, cart, variant.id)
    wished = await session.scalar(
        select(Wish.quantity).filter_by(owner=owner, variant_id=variant.id).with_for_update()
    )
    if wished is None:
        if line is None:
            raise NotOnWishList(sku=sku)
        return
    if line is None or line.quantity < wished:
        await carts.set_line(session, cart, sku, wished)
    await session.execute(delete(Wish).filter_by(owner=owner, variant_id=variant.id))


async def remove(session: AsyncSession, owner: str, sku: str | None = None) -> None:
    """One, or all; what is not there is no error."""
    gone = delete(Wish).where(Wish.owner == owner)
    if sku:
        variant = await variant_to_sell(session, sku)
        gone = gone.where(Wish.variant_id == variant.id)
    await session.execute(gone)


async def view(session: AsyncSession, owner: str, shopper: Shopper) -> WishList:
    """The latest first."""
    found = select(Wish).filter_by(owner=owner).order_by(Wish.kept_at.desc(), Wish.id)
    wishes = (await session.scalars(found)).all()
    ids = [wish.variant_id for wish in wishes]
    described = await describe_variants(session, dict.fromkeys(ids, 1), shopper)
    stock = await salable(session, ids)
    shown = [
        _view(wish, described[wish.variant_id], stock) for wish in wishes if wish.variant_id in described
    ]
    return WishList(shown, len(wishes) - len(shown))


async def adopt(session: AsyncSession, conversation_id: str, customer_id: str) -> None:
    """What was kept before it was known who the customer is becomes theirs; what they have already stays as it is."""
    theirs, before = owner_of("", customer_id), owner_of(conversation_id)
    known = select(Wish.variant_id).filter_by(owner=theirs)
    await session.execute(
        update(Wish)
        .where(Wish.owner == before, Wish.variant_id.not_in(known))
        .values(owner=theirs)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(Wish).filter_by(owner=before))


def _view(wish: Wish, found: DescribedVariant, stock: Salable) -> WishView:
    units = stock.of(wish.variant_id)
    promise = None if units else stock.next_promise(wish.variant_id)
    is_comparable = wish.price is not None and wish.currency == found.price.currency
    saved = (wish.price or 0) - found.price.amount if is_comparable else 0
    currency = found.price.currency
    return WishView(
        sku=found.sku,
        product=found.product,
        name=found.product_name,
        variant=found.name,
        quantity=wish.quantity,
        price=found.price,
        cheaper=Money(saved, currency) if saved > 0 else None,
        dearer=Money(-saved, currency) if saved < 0 else None,
        image=found.image,
        url=found.url,
        available=units,
        ships_on=promise.ships_on if promise else None,
        is_preorder=bool(promise and promise.is_preorder),
        is_back=units > 0 and not wish.was_available,
        kept_at=wish.kept_at,
    )


async def _line(session: AsyncSession, cart: Cart, variant_id: str) -> CartLine | None:
    return await session.scalar(select(CartLine).filter_by(cart_id=cart.id, variant_id=variant_id))
