"""What the assistant and the pages show of products: words, numbers in stock, what is in the cart."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.catalogue import read
from backend.catalogue.analysis import tokens
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.links import linked_products
from backend.catalogue.matching import match
from backend.catalogue.matching.scene import Change
from backend.catalogue.query import Query
from backend.catalogue.refining import asks_for_alike
from backend.catalogue.search import search_products
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.understand import understand
from backend.catalogue.variants import variant_ids
from backend.catalogue.views import AttributeView, OptionView, PartView, ProductView, QuantityPrice, Shopper
from backend.inventory.salable import Salable
from backend.inventory.service import SourceStock, available, available_by_source, salable
from backend.money import Money

SHOWN_AT_ONCE = 5

REFINEMENTS = {"more": "show me more", "cheaper": "cheaper"}
"""What the buttons of a list say, in words that the search understands."""

EVERYTHING = {
    *("everything", "all", "whole", "empty", "clear"),
    *("tout", "tous", "toutes", "vide", "videz", "vider"),
    *("todo", "todos", "todas", "vacia", "vaciar", "vacie"),
}
"""Folded words of a wish to empty the cart."""


class OfferedVariant(msgspec.Struct, frozen=True):
    sku: str
    name: str
    options: dict[str, str]
    price: Money
    list_price: Money | None
    quantity_prices: list[QuantityPrice]
    image: str | None
    available: int
    kind: str
    parts: list[PartView]
    later: int
    """So many more may be ordered, and leave on `ships_on`."""
    ships_on: date | None
    is_preorder: bool
    leaves_at_once: bool
    """Some of it is there, and out."""

    @property
    def can_be_had(self) -> bool:
        """At once, or after a yes to the day on which it leaves."""
        return self.available > 0 or self.later > 0


class Offer(msgspec.Struct, frozen=True):
    """A product as it can be sold now; `available` counts all its variants, and what bundles share once. Where
    nothing of it leaves at once, but some may be ordered, `ships_on` says when the first of that leaves."""

    id: str
    name: str
    description: str
    brand: str
    category: str | None
    price: Money
    list_price: Money | None
    price_varies: bool
    image: str | None
    image_alt: str
    url: str
    options: list[OptionView]
    attributes: list[AttributeView]
    variants: list[OfferedVariant]
    rating: float | None
    review_count: int
    available: int
    ships_on: date | None
    is_preorder: bool

    @property
    def leaves_at_once(self) -> bool:
        return self.available > 0 and self.ships_on is None


class FoundOffers(msgspec.Struct, frozen=True):
    """`query` is to be sent back for a refinement; `relaxed` names what had to be dropped to find anything."""

    products: list[Offer]
    total: int
    query: Query
    corrected: str | None
    relaxed: list[str]
    unknown: list[str] = []
    without: list[str] = []
    unavoidable: list[str] = []
    is_guess: bool = False


class MatchedOffer(msgspec.Struct, frozen=True):
    kind: str
    product: Offer | None
    variant: OfferedVariant | None
    chosen: dict[str, str]
    open_options: list[OptionView]
    candidates: list[Offer]
    quantity: int | None
    miscount: str | None
    change: Change | None
    not_offered: list[str]
    is_only: bool
    asked: list[str]
    is_correction: bool
    is_named: bool
    is_for_company: bool
    is_about_price: bool
    is_elsewhere: bool
    unknown: list[str]
    is_everything: bool


class Stock(msgspec.Struct, frozen=True):
    available: int
    sources: list[SourceStock]


async def find_offers(
    session: AsyncSession,
    index: ShopIndex,
    words: str,
    shopper: Shopper,
    *,
    previous: Query | None = None,
    refinement: str | None = None,
    similar_to: str | None = None,
    category: str | None = None,
    talked_of: str | None = None,
) -> FoundOffers:
    """Raises ProductNotFound for an unknown `similar_to`."""
    if asks_for_alike(index.vocabulary, words, shopper.language):
        similar_to = talked_of or (previous.top if previous else None)
    if similar_to:
        return await _similar(session, index, similar_to, shopper)
    if talked_of and not (previous and talked_of in previous.seen):
        previous = await _in_place_of(session, index, talked_of, shopper)
    asking = msgspec.structs.replace(shopper, language="en") if refinement else shopper
    found = await search_products(
        ShopShelves(session, asking, available),
        index,
        REFINEMENTS.get(refinement or "", words),
        limit=SHOWN_AT_ONCE,
        previous=previous,
        category=category,
        talked_of=talked_of,
    )
    products = found.products
    if refinement:  # the button's words are English, the customer may not be
        products = await read.products(session, [product.id for product in products], shopper)
    offers = await offered(session, products)
    return FoundOffers(
        offers,
        found.total,
        found.query,
        found.corrected,
        found.relaxed,
        found.unknown,
        found.without,
        found.unavoidable,
        found.is_guess,
    )


async def match_offer(
    session: AsyncSession,
    index: ShopIndex,
    words: str,
    shopper: Shopper,
    conversation_id: str,
    *,
    shown: Sequence[str],
    focus: str | None,
    chosen: dict[str, str],
) -> MatchedOffer:
    cart = await carts.view(session, await carts.find_cart(session, conversation_id), shopper)
    lines = [line.sku for line in cart.lines]
    found = await match(session, index, words, shopper, shown=shown, focus=focus, chosen=chosen, lines=lines)
    views = [found.product] if found.product else found.candidates
    offers = await offered(session, views)
    product = offers[0] if found.product else None
    sku = found.variant.sku if found.variant else None
    return MatchedOffer(
        kind=found.kind,
        product=product,
        variant=next((variant for variant in product.variants if variant.sku == sku), None)
        if product
        else None,
        chosen=found.chosen,
        open_options=found.open_options,
        candidates=[] if found.product else offers,
        quantity=found.quantity,
        miscount=found.miscount,
        change=found.change,
        not_offered=found.not_offered,
        is_only=found.is_only,
        asked=found.asked,
        is_correction=found.is_correction,
        is_named=found.is_named,
        is_for_company=found.is_for_company,
        is_about_price=found.is_about_price,
        is_elsewhere=found.is_elsewhere,
        unknown=found.unknown,
        is_everything=any(token.text in EVERYTHING for token in tokens(words)),
    )


async def find_offer(session: AsyncSession, product: str, shopper: Shopper) -> Offer:
    """Raises ProductNotFound."""
    return (await offered(session, [await read.find_product(session, product, shopper)]))[0]


async def find_stock(session: AsyncSession, product: str, sku: str | None, shopper: Shopper) -> Stock:
    """Of one variant, or of all variants of the product. Raises ProductNotFound, VariantNotFound."""
    view = await read.find_product(session, product, shopper)
    skus = [variant.sku for variant in view.variants if sku in (None, variant.sku)]
    if not skus:
        raise read.VariantNotFound(sku=sku)
    sources = await available_by_source(session, list((await variant_ids(session, skus)).values()))
    return Stock(sum(source.available for source in sources), sources)


async def related(
    session: AsyncSession, product: str, kind: str, shopper: Shopper, limit: int
) -> list[Offer]:
    """What is in stock of the products that it is linked to. Raises ProductNotFound."""
    offers = await offered(session, await linked_products(session, product, kind, shopper))
    return [offer for offer in offers if offer.available > 0][:limit]


async def offered(session: AsyncSession, products: Sequence[ProductView]) -> list[Offer]:
    skus = [variant.sku for product in products for variant in product.variants]
    ids = await variant_ids(session, skus)
    stock = await salable(session, list(ids.values()))
    return [_offer(product, ids, stock) for product in products]


async def _similar(session: AsyncSession, index: ShopIndex, product: str, shopper: Shopper) -> FoundOffers:
    view = await read.find_product(session, product, shopper)
    found = await search_products(
        ShopShelves(session, shopper, available),
        index,
        view.category or view.name,
        limit=SHOWN_AT_ONCE + 1,
        in_stock=True,
    )
    others = [other for other in found.products if other.id != product][:SHOWN_AT_ONCE]
    return FoundOffers(await offered(session, others), len(others), found.query, None, [])


async def _in_place_of(session: AsyncSession, index: ShopIndex, product: str, shopper: Shopper) -> Query:
    """What a list would be of that had shown this product alone, for "cheaper" after its price was told."""
    view = await read.find_product(session, product, shopper)
    query = understand(index.vocabulary, view.category or view.name, shopper.language)
    price = view.price.amount
    return msgspec.structs.replace(query, top=product, first=price, highest=price, seen=[product])


def _later(stock: Salable, variant_id: str) -> dict[str, Any]:
    promise, available = stock.next_promise(variant_id), stock.of(variant_id)
    return {
        "later": stock.in_all(variant_id) - available,
        "ships_on": promise.ships_on if promise else None,
        "is_preorder": bool(promise and promise.is_preorder),
        "leaves_at_once": available > 0 and not (promise and promise.is_unreleased),
    }


def _offer(product: ProductView, ids: dict[str, str], stock: Salable) -> Offer:
    known = {field: getattr(product, field) for field in product.__struct_fields__ if field != "variants"}
    variants = [
        OfferedVariant(
            sku=variant.sku,
            name=variant.name,
            options=variant.options,
            price=variant.price,
            list_price=variant.list_price,
            quantity_prices=variant.quantity_prices,
            image=variant.image,
            available=stock.of(ids[variant.sku]),
            kind=variant.kind,
            parts=variant.parts,
            **_later(stock, ids[variant.sku]),
        )
        for variant in product.variants
    ]
    waiting = [variant for variant in variants if variant.ships_on and variant.can_be_had]
    is_later = waiting and not any(variant.leaves_at_once for variant in variants)
    first = min(waiting, key=lambda variant: variant.ships_on or date.max) if is_later else None
    return Offer(
        **known,
        variants=variants,
        available=stock.together(ids[variant.sku] for variant in variants),
        ships_on=first.ships_on if first else None,
        is_preorder=bool(first and first.is_preorder),
    )
