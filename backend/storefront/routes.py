"""What the assistant asks of products: in the customer's words, within the conversation."""

from typing import Annotated, Literal

import msgspec

from backend.cart.routes import shopper_of
from backend.catalogue.query import Query
from backend.catalogue.read import ProductNotFound, VariantNotFound
from backend.catalogue.routes import SHOP_INDEX, ForShopper
from backend.catalogue.views import Shopper
from backend.edge import Call, Operations
from backend.shop import shop_of
from backend.storefront import comparing
from backend.storefront import service as storefront
from backend.storefront.comparing import Comparison
from backend.storefront.service import FoundOffers, MatchedOffer, Offer, Stock

operations = Operations("storefront")

Words = Annotated[str, msgspec.Meta(max_length=2000)]
Handle = Annotated[str, msgspec.Meta(max_length=160)]


class Finding(msgspec.Struct, frozen=True):
    words: Words
    previous: Query | None = None
    refinement: Literal["more", "cheaper", "similar"] | None = None
    similar_to: Handle | None = None
    category: Handle | None = None
    product: Handle | None = None
    """What is being talked of, for "not that brand"."""


class Matching(msgspec.Struct, frozen=True):
    """`shown` are the products on the screen in their order, `product` the one that is being talked about."""

    words: Words
    shown: Annotated[list[Handle], msgspec.Meta(max_length=50)] = []
    product: Handle | None = None
    chosen: dict[str, str] = {}


class Comparing(msgspec.Struct, frozen=True):
    """`shown` are the products on the screen in their order, `product` the one that is being talked about."""

    words: Words
    shown: Annotated[list[Handle], msgspec.Meta(max_length=50)] = []
    product: Handle | None = None


class RelatedQuery(ForShopper, frozen=True):
    """`related` is like it, `complementary` is bought together with it, `up_sell` is a better one instead."""

    kind: Literal["related", "complementary", "up_sell"] = "related"
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10


class StockQuery(msgspec.Struct, frozen=True):
    sku: str | None = None


@operations.post("/api/find", body=Finding, answer=FoundOffers, errors=(ProductNotFound,), is_read=True)
async def find_offers(call: Call) -> FoundOffers:
    """Products for the customer's words; with `previous`, the words refine that answer."""
    return await storefront.find_offers(
        call.session,
        call.request.app[SHOP_INDEX],
        call.body.words,
        await shopper_of(call),
        previous=call.body.previous,
        refinement=call.body.refinement,
        similar_to=call.body.similar_to,
        category=call.body.category,
        talked_of=call.body.product,
    )


@operations.post("/api/match", body=Matching, answer=MatchedOffer, is_read=True)
async def match_offer(call: Call) -> MatchedOffer:
    """Which product, variant and quantity the customer's words mean, and what is still open."""
    return await storefront.match_offer(
        call.session,
        call.request.app[SHOP_INDEX],
        call.body.words,
        await shopper_of(call),
        call.caller.conversation_id,
        shown=call.body.shown,
        focus=call.body.product,
        chosen=call.body.chosen,
    )


@operations.post("/api/compare", body=Comparing, answer=Comparison, is_read=True)
async def compare(call: Call) -> Comparison:
    """The products that the customer's words mean, beside each other."""
    return await comparing.compare(
        call.session,
        call.request.app[SHOP_INDEX],
        call.body.words,
        await shopper_of(call),
        shown=call.body.shown,
        focus=call.body.product,
    )


@operations.get("/api/offers/{product}", answer=Offer, errors=(ProductNotFound,))
async def find_offer(call: Call) -> Offer:
    """One product as it can be sold now."""
    return await storefront.find_offer(call.session, call.path["product"], await shopper_of(call))


@operations.get(
    "/api/offers/{product}/stock", query=StockQuery, answer=Stock, errors=(ProductNotFound, VariantNotFound)
)
async def find_stock(call: Call) -> Stock:
    """How many there are, and where."""
    return await storefront.find_stock(
        call.session, call.path["product"], call.query.sku, await shopper_of(call)
    )


@operations.get(
    "/api/products/{handle}/related",
    access="public",
    query=RelatedQuery,
    answer=list[Offer],
    errors=(ProductNotFound,),
)
async def list_related_products(call: Call) -> list[Offer]:
    """What goes with a product and can be had now, in the merchant's order."""
    query: RelatedQuery = call.query
    shopper = Shopper(query.language or call.language, query.currency or shop_of(call.session).currencies[0])
    return await storefront.related(call.session, call.path["handle"], query.kind, shopper, query.limit)
