"""The cart: absolute quantities, no duplicates, stock looked at on every change."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.discounts import (
    NO_DISCOUNTS,
    CouponView,
    Discounts,
    Saving,
    Taken,
    discounts_of,
    gifts_of,
    off,
)
from backend.cart.models import Cart, CartLine
from backend.catalogue.models import GIFT_CARD, MOST_OF_ONE, UNSTOCKED, Variant
from backend.catalogue.variants import bought_with, describe_variants, variant_to_sell
from backend.catalogue.views import PartView, QuantityPrice, Shopper
from backend.db import insert_into, now, rows_changed
from backend.errors import Invalid, NotFound
from backend.events import publish
from backend.inventory.backorders import BackorderConsentNeeded, has_agreed, refuse_without_consent
from backend.inventory.salable import Salable
from backend.inventory.service import InsufficientStock, salable
from backend.money import Money
from backend.shop import shop_of
from backend.shop.delivery import Consignment


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
    """`price` is that of one at this quantity; see `VariantView` for the usual and the lower ones. `total` is that of
    all, before the `discounts`."""

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
    later: int
    """So many of the quantity are not there, or not out yet, and leave on `ships_on`."""
    ships_on: date | None
    is_preorder: bool
    is_agreed: bool
    """The customer has said yes to that day, or need not."""
    options: dict[str, str]
    kind: str
    parts: list[PartView]
    discounts: list[Saving] = []
    is_gift: bool = False
    """Added by a promotion: the customer has not put it there, and cannot change it."""

    @property
    def to_pay(self) -> Money:
        return Money(self.total.amount - off(self.discounts), self.total.currency)

    @property
    def taxable(self) -> int:
        """In minor units. A gift card is no goods yet: what it buys is taxed."""
        return 0 if self.kind == GIFT_CARD else self.to_pay.amount

    @property
    def is_shipped(self) -> bool:
        """Something of it goes into a parcel."""
        return not all(part.is_digital for part in self.parts) if self.parts else self.kind not in UNSTOCKED


class CartView(msgspec.Struct, frozen=True):
    """`total` is the `subtotal` less the `discount`, which is the sum of those of the lines."""

    lines: list[LineView]
    count: int
    total: Money
    version: int
    subtotal: Money
    discount: Money
    coupons: list[CouponView] = []
    free_delivery_missing: Money | None = None
    """How much more has to be bought until some way of delivery costs nothing."""

    @property
    def is_shipped(self) -> bool:
        """So is an empty one: nobody knows yet."""
        return not self.lines or any(line.is_shipped for line in self.lines)


class Reckoned(msgspec.Struct, frozen=True):
    """A cart with what nobody is shown: the rows that its lines are made of, and what makes delivery cheaper."""

    view: CartView
    taken: list[Taken]
    discounts: Discounts

    def off_delivery(self, method: str, price: int) -> list[Saving]:
        return self.discounts.off_delivery(method, price)


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


async def add_line(
    session: AsyncSession, cart: Cart, sku: str, quantity: int, agreed: date | None = None
) -> None:
    """A group adds a line of each of its members; `agreed` is the day to which the customer said yes.

    Raises VariantNotFound, InsufficientStock, TooManyOfOne, BackorderConsentNeeded.
    """
    for variant, each in await bought_with(session, sku, cart.currency):
        already = await _quantity(session, cart, variant.id)
        await _set_quantity(session, cart, variant, already + quantity * each, agreed)


async def set_line(
    session: AsyncSession, cart: Cart, sku: str, quantity: int, agreed: date | None = None
) -> None:
    """Zero removes the line. Raises VariantNotFound, NotInCart, InsufficientStock, TooManyOfOne,
    BackorderConsentNeeded."""
    for variant, each in await bought_with(session, sku, cart.currency):
        if quantity == 0:
            await remove_line(session, cart, variant)
        else:
            await _set_quantity(session, cart, variant, quantity * each, agreed)


async def swap_line(
    session: AsyncSession,
    cart: Cart,
    sku: str,
    new_sku: str,
    quantity: int | None,
    agreed: date | None = None,
) -> None:
    """Another variant in the place of one in the cart; the quantity stays unless one is given. Raises
    BackorderConsentNeeded, which says `instead_of` what it would be."""
    old = await variant_to_sell(session, sku)
    kept = await _quantity(session, cart, old.id)
    if kept == 0:
        raise NotInCart(sku=sku)
    await session.execute(delete(CartLine).filter_by(cart_id=cart.id, variant_id=old.id))
    try:
        await add_line(session, cart, new_sku, quantity or kept, agreed)
    except BackorderConsentNeeded as refusal:
        refusal.details |= {"instead_of": sku, "quantity": quantity or kept}
        raise


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
    return (await reckon(session, cart, shopper)).view


async def reckon(
    session: AsyncSession,
    cart: Cart | None,
    shopper: Shopper,
    country: str | None = None,
    customer: str | None = None,
) -> Reckoned:
    """What is in the cart and what it costs now. Promotions may ask for the `country` that it goes to, coupons for
    the `customer`, an e-mail address, where these are known."""
    if cart is None:
        nothing = Money(0, shopper.currency)
        return Reckoned(CartView([], 0, nothing, 0, nothing, nothing), [], NO_DISCOUNTS)
    rows = await lines_of(session, cart)
    quantities = {row.variant_id: row.quantity for row in rows}
    described = await describe_variants(session, quantities, shopper)
    # What is no longer for sale is not in the cart any more, and the sum must say so.
    taken = [
        Taken(row.variant_id, described[row.variant_id], row.quantity, agreed_date=row.agreed_date)
        for row in rows
        if row.variant_id in described
    ]
    discounts = await discounts_of(session, cart, taken, shopper, country, customer)
    given = await gifts_of(session, discounts, quantities, shopper)
    in_all = quantities | {gift.variant_id: gift.quantity for gift in given}
    stock = await salable(session, list(in_all))
    views = [
        _line(one, savings, stock, _without(in_all, one.variant_id))
        for one, savings in (
            *zip(taken, discounts.of(taken), strict=True),
            *((gift, discounts.of_gift(gift)) for gift in given),
        )
    ]
    nothing = Money(0, cart.currency)
    subtotal = sum((line.total for line in views), nothing)
    discount = sum((saving.amount for line in views for saving in line.discounts), nothing)
    view = CartView(
        lines=views,
        count=sum(line.quantity for line in views),
        total=subtotal - discount,
        version=cart.version,
        subtotal=subtotal,
        discount=discount,
        coupons=discounts.coupons,
    )
    short = _free_delivery_missing(session, view, discounts)
    view = msgspec.structs.replace(view, free_delivery_missing=short)
    return Reckoned(view, [*taken, *given], discounts)


def _line(taken: Taken, savings: list[Saving], stock: Salable, beside: dict[str, int]) -> LineView:
    variant = taken.variant
    promise = stock.promise(taken.variant_id, taken.quantity, beside)
    return LineView(
        sku=variant.sku,
        product=variant.product,
        name=variant.product_name,
        variant=variant.name,
        quantity=taken.quantity,
        price=variant.price,
        list_price=variant.list_price,
        quantity_prices=variant.quantity_prices,
        total=variant.price * taken.quantity,
        image=variant.image,
        url=variant.url,
        available=stock.of(taken.variant_id, beside),
        later=promise.later if promise else 0,
        ships_on=promise.ships_on if promise else None,
        is_preorder=bool(promise and promise.is_preorder),
        is_agreed=has_agreed(promise, taken.agreed_date),
        options=variant.options,
        kind=variant.kind,
        parts=variant.parts,
        discounts=savings,
        is_gift=taken.gift_of is not None,
    )


def _free_delivery_missing(session: AsyncSession, cart: CartView, discounts: Discounts) -> Money | None:
    """None, too, where a promotion makes some way of delivery cost nothing."""
    if not cart.lines or not cart.is_shipped:
        return None
    shop, currency = shop_of(session), cart.total.currency
    sent = Consignment(cart.total.amount, currency, 0)
    for method in shop.delivery_methods:
        quote = shop.quote(method, sent) if method.kind == "parcel" else None
        if quote and quote.price and off(discounts.off_delivery(method.code, quote.price)) >= quote.price:
            return None
    short = shop.free_delivery_missing(sent)
    return None if short is None else Money(short, currency)


async def _quantity(session: AsyncSession, cart: Cart, variant_id: str) -> int:
    line = select(CartLine.quantity).filter_by(cart_id=cart.id, variant_id=variant_id)
    return await session.scalar(line) or 0


async def _set_quantity(
    session: AsyncSession, cart: Cart, variant: Variant, quantity: int, agreed: date | None = None
) -> None:
    if quantity > MOST_OF_ONE:
        raise TooManyOfOne(most=MOST_OF_ONE, quantity=quantity)
    lines = await lines_of(session, cart)
    quantities = {line.variant_id: line.quantity for line in lines}
    stock = await salable(session, [*quantities, variant.id])
    beside = _without(quantities, variant.id)
    left = stock.in_all(variant.id, beside)
    if quantity > left:
        raise InsufficientStock(sku=variant.sku, quantity=quantity, available=left)
    agreed = agreed or next((line.agreed_date for line in lines if line.variant_id == variant.id), None)
    refuse_without_consent(variant.sku, stock.promise(variant.id, quantity, beside), agreed)
    await session.execute(
        insert_into(session, CartLine)
        .values(
            cart_id=cart.id,
            variant_id=variant.id,
            quantity=quantity,
            position=next_position(cart),
            agreed_date=agreed,
        )
        .on_conflict_do_update(
            index_elements=["cart_id", "variant_id"], set_={"quantity": quantity, "agreed_date": agreed}
        )
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
