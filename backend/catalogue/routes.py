"""The catalogue's public API."""

from typing import Annotated, Literal

import msgspec
from aiohttp import web

from backend.catalogue import read, reviews
from backend.catalogue.browsing import MOST_AMOUNT, Filters, Sort, browse, order_of
from backend.catalogue.departments import within_category
from backend.catalogue.facets import chosen, facets
from backend.catalogue.index import SearchUnavailable
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.query import Query
from backend.catalogue.read import ProductNotFound
from backend.catalogue.reviews import ReviewPage
from backend.catalogue.search import find_page
from backend.catalogue.shelves import Availability, ShopShelves
from backend.catalogue.understand import understand
from backend.catalogue.views import CategoryView, ProductPage, ProductView, Shopper
from backend.edge import Call, Operations
from backend.shop import shop_of

SHOP_INDEX = web.AppKey("shop_index", ShopIndex)
AVAILABILITY: web.AppKey[Availability] = web.AppKey("availability")

operations = Operations("catalogue")

Language = Literal["en", "fr", "es"]
Currency = Literal["EUR", "USD"]


class ForShopper(msgspec.Struct, frozen=True):
    """Without a language, the request's `Accept-Language` decides; without a currency, it is the shop's first."""

    language: Language | None = None
    currency: Currency | None = None


class ProductsQuery(ForShopper, frozen=True):
    """`q` is said as to a person: "blue mug under 20 €". Prices are minor units; what is given beside `q` is kept
    exactly, and wins over what `q` says. Each `facet` is a code and a value of the answer's facets ("colour=blue");
    of several values of one facet one is enough. `cursor` is that of the page before, of the same question."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    category: str | None = None
    facet: list[str] = []
    price_min: Annotated[int, msgspec.Meta(ge=0, le=MOST_AMOUNT)] | None = None
    price_max: Annotated[int, msgspec.Meta(ge=0, le=MOST_AMOUNT)] | None = None
    in_stock: bool = False
    sort: Sort = "relevance"
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: str | None = None

    @property
    def is_bounded(self) -> bool:
        return self.price_min is not None or self.price_max is not None

    def filters(self, query: Query) -> Filters:
        """With the bounds that were said, unless others were given."""
        return Filters(
            category=self.category or query.category,
            chosen=chosen(self.facet),
            price_min=self.price_min if self.is_bounded else query.price_min,
            price_max=self.price_max if self.is_bounded else query.price_max,
            in_stock=self.in_stock or bool(query.in_stock),
        )


class CategoriesQuery(msgspec.Struct, frozen=True):
    language: Language | None = None


@operations.get(
    "/api/products",
    access="public",
    query=ProductsQuery,
    answer=ProductPage,
    errors=(SearchUnavailable,),
)
async def list_products(call: Call) -> ProductPage:
    """The products for sale, in the shop's order or by what `q` asks for."""
    asked: ProductsQuery = call.query
    shopper = _shopper(call)
    index = call.request.app[SHOP_INDEX]
    shelves = ShopShelves(call.session, shopper, call.request.app.get(AVAILABILITY))
    query = understand(index.vocabulary, asked.q, shopper.language)
    query = within_category(query, index.vocabulary, shopper.language)
    filters = asked.filters(query)
    if alone := _sort_alone(query):
        sort = alone if asked.sort == "relevance" else asked.sort
        return await browse(
            call.session, shelves, index, filters, sort=sort, limit=asked.limit, cursor=asked.cursor
        )
    query = msgspec.structs.replace(
        query,
        category=filters.category,
        price_min=filters.price_min,
        price_max=filters.price_max,
        in_stock=filters.in_stock,
        sort=asked.sort if asked.sort in ("price", "-price") else query.sort,
    )
    found = await find_page(
        shelves,
        index,
        query,
        keeps_bounds=asked.is_bounded,
        chosen=filters.chosen,
        order=order_of(asked.sort, shopper.currency) if asked.sort in ("newest", "rating") else None,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    categories = await read.list_categories(call.session, shopper.language)
    named = facets(
        found.facets, index.vocabulary, categories, shopper.language, filters.category, filters.chosen
    )
    return ProductPage(
        products=found.products,
        cursor=found.cursor,
        total=found.total,
        corrected=found.corrected,
        relaxed=found.relaxed,
        unknown=found.unknown,
        facets=named,
    )


def _sort_alone(query: Query) -> Sort | None:
    """Where nothing but bounds and an order was said, the order."""
    if query.text or query.options or query.unwanted or query.kind or query.brand:
        return None
    match query.sort:
        case "size" | "-size":
            return None
        case sort:
            return sort


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


class ReviewsQuery(ForShopper, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
    cursor: Annotated[str, msgspec.Meta(max_length=36)] | None = None


@operations.get(
    "/api/products/{handle}/reviews",
    access="public",
    query=ReviewsQuery,
    answer=ReviewPage,
    errors=(ProductNotFound,),
)
async def list_reviews(call: Call) -> ReviewPage:
    """What is said of a product, the newest first."""
    query: ReviewsQuery = call.query
    return await reviews.list_reviews(
        call.session, call.path["handle"], _shopper(call), query.limit, query.cursor
    )
