"""The catalogue's public API."""

from typing import Annotated, Literal

import msgspec
from aiohttp import web

from backend.catalogue import read, reviews
from backend.catalogue.index import SearchUnavailable
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.read import ProductNotFound, text_in
from backend.catalogue.reviews import ReviewPage
from backend.catalogue.search import count_all, find_page
from backend.catalogue.shelves import Availability, ShopShelves
from backend.catalogue.understand import Query, understand
from backend.catalogue.views import CategoryView, Facet, FacetValue, ProductPage, ProductView, Shopper
from backend.edge import Call, Operations
from backend.shop import shop_of

SHOP_INDEX = web.AppKey("shop_index", ShopIndex)
AVAILABILITY: web.AppKey[Availability] = web.AppKey("availability")

operations = Operations("catalogue")

CATEGORY = {"en": "Category", "fr": "Catégorie", "es": "Categoría"}
BRAND = {"en": "Brand", "fr": "Marque", "es": "Marca"}

Language = Literal["en", "fr", "es"]
Currency = Literal["EUR", "USD"]


class ForShopper(msgspec.Struct, frozen=True):
    """Without a language, the request's `Accept-Language` decides; without a currency, it is the shop's first."""

    language: Language | None = None
    currency: Currency | None = None


class ProductsQuery(ForShopper, frozen=True):
    """`q` is said as to a person: "blue mug under 20 €". Prices are minor units; what is given beside `q` is kept
    exactly, and wins over what `q` says."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    category: str | None = None
    price_min: Annotated[int, msgspec.Meta(ge=0)] | None = None
    price_max: Annotated[int, msgspec.Meta(ge=0)] | None = None
    in_stock: bool = False
    sort: Literal["relevance", "price", "-price"] = "relevance"
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: str | None = None

    @property
    def is_search(self) -> bool:
        is_filtered = self.price_min is not None or self.price_max is not None or self.in_stock
        return bool(self.q) or is_filtered or self.sort != "relevance"


class CategoriesQuery(msgspec.Struct, frozen=True):
    language: Language | None = None


@operations.get("/api/products", access="public", query=ProductsQuery, answer=ProductPage)
async def list_products(call: Call) -> ProductPage:
    """The products for sale, in the shop's order or by what `q` asks for."""
    asked: ProductsQuery = call.query
    shopper = _shopper(call)
    index = call.request.app[SHOP_INDEX]
    query = understand(index.vocabulary, asked.q, shopper.language)
    if not asked.is_search:
        page = await read.list_products(call.session, shopper, asked.category, asked.limit, asked.cursor)
        return await _counted(call, page, msgspec.structs.replace(query, category=asked.category))
    is_bounded = asked.price_min is not None or asked.price_max is not None
    query = msgspec.structs.replace(
        query,
        category=asked.category,
        price_min=asked.price_min if is_bounded else query.price_min,
        price_max=asked.price_max if is_bounded else query.price_max,
        in_stock=asked.in_stock or query.in_stock,
        sort=query.sort if asked.sort == "relevance" else asked.sort,
    )
    shelves = ShopShelves(call.session, shopper, call.request.app.get(AVAILABILITY))
    offset = int(asked.cursor) if asked.cursor and asked.cursor.isdecimal() else 0
    found = await find_page(shelves, index, query, keeps_bounds=is_bounded, limit=asked.limit, offset=offset)
    following = offset + asked.limit
    return ProductPage(
        products=found.products,
        cursor=str(following) if following < found.total else None,
        total=found.total,
        corrected=found.corrected,
        relaxed=found.relaxed,
        unknown=found.unknown,
        facets=await _facets(call, found.facets, shopper.language),
    )


async def _counted(call: Call, page: ProductPage, query: Query) -> ProductPage:
    """Without its engine the shop lists all the same."""
    shopper = _shopper(call)
    try:
        counted = await count_all(call.request.app[SHOP_INDEX], query, shopper.currency)
    except SearchUnavailable:
        return page
    named = await _facets(call, counted.facets, shopper.language)
    return msgspec.structs.replace(page, total=counted.total, facets=named)


async def _facets(call: Call, counts: dict[str, int], language: str) -> list[Facet]:
    """From counted traits ("colour=blue") to facets with names."""
    vocabulary = call.request.app[SHOP_INDEX].vocabulary
    categories = await read.category_names(call.session) if counts else {}
    names = vocabulary.names | {f"category={code}": name for code, name in categories.items()}
    options = {"brand": BRAND, "category": CATEGORY}
    values: dict[str, list[FacetValue]] = {}
    for trait, count in sorted(counts.items(), key=lambda counted: (-counted[1], counted[0])):
        code, _, value = trait.partition("=")
        name = text_in(names.get(trait, {}), language) or value
        values.setdefault(code, []).append(FacetValue(value, name, count))
    return [
        Facet(
            code,
            text_in(options.get(code) or names.get(code, {}), language) or code,
            counted,
        )
        for code, counted in sorted(values.items())
    ]


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
