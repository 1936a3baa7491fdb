"""The pages of the shop."""

from itertools import chain, zip_longest
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.browsing import browse
from backend.catalogue.models import MOST_OF_ONE
from backend.catalogue.reviews import list_reviews
from backend.catalogue.routes import SHOP_INDEX
from backend.catalogue.search import search_products
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.views import CategoryView, ProductView, Shopper
from backend.edge import DATABASE, SETTINGS
from backend.inventory.service import available
from backend.pages import (
    cart,
    credit_notes,
    downloads,
    files,
    invoices,
    labels,
    listing,
    mailbox,
    orders,
    policies,
    products,
)
from backend.pages.render import TEMPLATES, html_errors, render
from backend.pages.texts import Texts
from backend.pages.visitor import TEXTS, visitor_of
from backend.storefront.service import find_offer, offered, related

HERE = Path(__file__).parent
ON_HOME = 12
ON_PAGE = 24
REVIEWS_ON_PAGE = 5
IN_ROW = 4
LINKED = ("complementary", "up_sell", "related")
LONGEST_SEARCH = 200


def add_routes(app: web.Application) -> None:
    """Brings the pages' errors along, inside of the middlewares that are there."""
    app.middlewares.append(html_errors)
    app[TEXTS] = Texts.load(HERE / "texts")
    templates = aiohttp_jinja2.setup(
        app,
        app_key=TEMPLATES,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        default_helpers=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["static"] = files.static_addresses()
    templates.globals["stock_level"] = products.stock_level
    templates.globals["in_major_units"] = listing.in_major_units
    app.router.add_get("/", home)
    app.router.add_get("/categories/{code}", category)
    app.router.add_get("/products/{handle}", product)
    app.router.add_get("/search", search)
    app.router.add_get("/cart", cart.show_cart)
    app.router.add_get("/cart/contents", cart.show_contents)
    app.router.add_get("/developers/widget", developers)
    app.router.add_get("/policies", policies.show_topics)
    app.router.add_get("/policies/{topic}", policies.show_policy)
    app.router.add_get("/orders/{token}", orders.show_order)
    app.router.add_get("/orders/{token}/invoice", invoices.show_invoice)
    app.router.add_get("/orders/{token}/credit-notes/{refund}", credit_notes.show_credit_note)
    app.router.add_get("/orders/{token}/returns/{id}/label", labels.show_label)
    app.router.add_post("/orders/{token}/downloads/{download}", downloads.take_download)
    app.router.add_get("/downloads/{signed}", downloads.send_download)
    if app[SETTINGS].has_mailbox:
        app.router.add_get("/mailbox", mailbox.show_mailbox)
    app.router.add_get("/pictures/{file:.+}", files.picture)
    app.router.add_get("/static/{version}/{file}", files.static)
    app.router.add_get("/widget/{file}", files.widget)


async def home(request: web.Request) -> web.Response:
    visitor = visitor_of(request)
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
        first = [await _first(session, visitor.shopper, found.code) for found in categories]
        mixed = chain.from_iterable(zip_longest(*(shown[:2] for shown in first)))
        offers = await offered(session, [found for found in mixed if found][:ON_HOME])
    windows = [(found, shown[-1].image) for found, shown in zip(categories, first, strict=True) if shown]
    return render(request, visitor, "home.html", categories=categories, windows=windows, offers=offers)


async def category(request: web.Request) -> web.Response:
    visitor = visitor_of(request)
    code = request.match_info["code"]
    asked = listing.asked_of(request, visitor, code)
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
        path = _path(categories, code)
        if not path:
            raise web.HTTPNotFound
        found = await browse(
            session,
            ShopShelves(session, visitor.shopper, available),
            request.app[SHOP_INDEX],
            asked.filters,
            sort=asked.sort,
            limit=ON_PAGE,
            cursor=request.query.get("after"),
        )
        offers = await offered(session, found.products)
    return render(
        request,
        visitor,
        "category.html",
        is_listed=not asked.pairs,
        categories=categories,
        path=path,
        asked=asked,
        found=found,
        facets=listing.shown_facets(found),
        sorts=listing.SORTS,
        offers=offers,
    )


async def product(request: web.Request) -> web.Response:
    visitor = visitor_of(request)
    async with request.app[DATABASE].reading() as session:
        found = await find_offer(session, request.match_info["handle"], visitor.shopper)
        shown = await products.show(session, found, request.query.get("variant", ""))
        said = await list_reviews(
            session, found.id, visitor.shopper, REVIEWS_ON_PAGE, request.query.get("reviews")
        )
        linked = {kind: await related(session, found.id, kind, visitor.shopper, IN_ROW) for kind in LINKED}
        members = await products.members(session, shown.variant, visitor.shopper)
        categories = await read.list_categories(session, visitor.language)
    return render(
        request,
        visitor,
        "product.html",
        categories=categories,
        shown=shown,
        said=said,
        members=members,
        linked=linked,
        most_of_one=MOST_OF_ONE,
    )


async def search(request: web.Request) -> web.Response:
    visitor = visitor_of(request)
    words = request.query.get("q", "").strip()[:LONGEST_SEARCH]
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
        found = await search_products(
            ShopShelves(session, visitor.shopper, available), request.app[SHOP_INDEX], words, limit=ON_PAGE
        )
        offers = await offered(session, found.products)
    return render(
        request,
        visitor,
        "search.html",
        is_listed=False,
        categories=categories,
        words=words,
        found=found,
        offers=offers,
    )


async def developers(request: web.Request) -> web.Response:
    """Each call and each event of the chat, to be tried; in English, as all of our documents."""
    visitor = visitor_of(request)
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
    return render(request, visitor, "developers.html", is_listed=False, categories=categories)


async def _first(session: AsyncSession, shopper: Shopper, code: str) -> list[ProductView]:
    return await read.first_products(session, shopper, code, limit=3)


def _path(categories: list[CategoryView], code: str) -> list[CategoryView]:
    """From the root to the category; empty when there is none of this code."""
    for found in categories:
        if found.code == code:
            return [found]
        if below := _path(found.children, code):
            return [found, *below]
    return []
