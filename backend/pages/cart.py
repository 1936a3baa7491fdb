"""The cart's page, the same for everybody, and what is in the cart, for whoever shows the conversation's token."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.routes import COUPON_REFUSALS
from backend.cart.service import CartView, LineView
from backend.catalogue import read
from backend.catalogue.models import MOST_OF_ONE
from backend.catalogue.views import Shopper
from backend.checkout.credit import at_hand
from backend.checkout.routes import GIFT_CARD_REFUSALS
from backend.conversations.identity import customer_group, customer_id
from backend.credit import applying
from backend.edge import DATABASE, NOBODY, caller_of
from backend.pages.products import Chooser, choosers
from backend.pages.render import SECRET_HEADERS, render
from backend.pages.visitor import visitor_of
from backend.shop import SHOP
from backend.storefront.service import OfferedVariant, offered
from backend.wishlist.service import owner_of
from backend.wishlist.service import view as wish_list


@dataclass(frozen=True)
class ShownLine:
    line: LineView
    variant: OfferedVariant
    choosers: list[Chooser]

    @property
    def full_name(self) -> str:
        return f"{self.line.name}, {self.line.variant}" if self.line.variant else self.line.name


async def show_cart(request: web.Request) -> web.Response:
    visitor = visitor_of(request)
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
    return render(
        request,
        visitor,
        "cart.html",
        is_listed=False,
        categories=categories,
        most_of_one=MOST_OF_ONE,
        codes=[refusal.code for refusal in (*COUPON_REFUSALS, *GIFT_CARD_REFUSALS)],
    )


async def show_contents(request: web.Request) -> web.Response:
    """A part of a page. Without a token the cart is empty, as it is before anything is said.

    Raises NotAuthenticated.
    """
    visitor = visitor_of(request)
    caller = caller_of(request) if "Authorization" in request.headers else NOBODY
    async with request.app[DATABASE].reading() as session:
        group = await customer_group(session, caller.conversation_id)
        shopper = Shopper(visitor.language, caller.currency, group)
        found = await carts.find_cart(session, caller.conversation_id)
        cart = await carts.view(session, found, shopper)
        credit = applying.views(await at_hand(session, found)) if found else []
        lines = await _lines(session, cart, shopper)
        owner = owner_of(caller.conversation_id, await customer_id(session, caller.conversation_id))
        wishes = await wish_list(session, owner, shopper)
    return render(
        request,
        visitor,
        "cart_contents.html",
        headers=SECRET_HEADERS,
        is_listed=False,
        cart=cart,
        lines=lines,
        credit=credit,
        is_tax_included=_is_tax_included(request, cart.total.currency),
        wishes=wishes,
        most_of_one=MOST_OF_ONE,
    )


def _is_tax_included(request: web.Request, currency: str) -> bool:
    taxes = request.app[SHOP].taxes
    return taxes is None or taxes.is_included(currency)


async def _lines(session: AsyncSession, cart: CartView, shopper: Shopper) -> list[ShownLine]:
    handles = sorted({line.product for line in cart.lines})
    offers = {
        offer.id: offer for offer in await offered(session, await read.products(session, handles, shopper))
    }
    shown = []
    for line in cart.lines:
        offer = offers[line.product]
        variant = next(variant for variant in offer.variants if variant.sku == line.sku)
        shown.append(ShownLine(line, variant, choosers(offer, variant)))
    return shown
