"""The catalogue's public API."""

from typing import Annotated, Literal

import msgspec
from aiohttp import web

from backend.catalogue import read
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.read import ProductNotFound
from backend.catalogue.search import search_products
from backend.catalogue.views import CategoryView, ProductPage, ProductView, Shopper
from backend.edge import Call, Operations
from backend.shop import shop_of

SHOP_INDEX = web.AppKey("shop_index", ShopIndex)

operations = Operations("catalogue")

Language = Literal["en", "fr", "es"]
Currency = Literal["EUR", "USD"]


class ForShopper(msgspec.Struct, frozen=True):
    """Without a language, the request's `Accept-Language` decides; without a currency, it is the shop's first."""

    language: Language | None = None
    currency: Currency | None = None


class ProductsQuery(ForShopper, frozen=True):
    """`q` is said as to a person: "blue mug under 20 €", and brings the best `limit`, unpaged."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    category: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: str | None = None


class CategoriesQuery(msgspec.Struct, frozen=True):
    language: Language | None = None


@operations.get("/api/products", access="public", query=ProductsQuery, answer=ProductPage)
async def list_products(call: Call) -> ProductPage:
    """The products for sale, in the shop's order or by what `q` asks for."""
    query: ProductsQuery = call.query
    shopper = _shopper(call)
    if not query.q:
        return await read.list_products(call.session, shopper, query.category, query.limit, query.cursor)
    index = call.request.app[SHOP_INDEX]
    found = await search_products(
        call.session, index, query.q, shopper, limit=query.limit, category=query.category
    )
    return ProductPage(found.products, None)


@operations.get(
    "/api/products/{handle}", access="public", query=ForShopper, answer=ProductView, errors=(ProductNotFound,)
)
async def show_product(call: Call) -> ProductView:
    """One product with its variants."""
    return await read.find_product(call.session, call.path["handle"], _shopper(call))


@operations.get("/api/categories", access="public", query=CategoriesQuery, answer=list[CategoryView])
async def list_categories(call: Call) -> list[CategoryView]:
    """The tree of categories."""
    return await read.list_categories(call.session, call.query.language or call.language)


def _shopper(call: Call) -> Shopper:
    currency = call.query.currency or shop_of(call.session).currencies[0]
    return Shopper(call.query.language or call.language, currency)
