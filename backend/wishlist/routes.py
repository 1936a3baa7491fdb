"""The wish list of the caller's conversation, or of its customer. Every change answers the whole list."""

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.cart.routes import CUSTOMER_ID, shopper_of
from backend.cart.service import CartView, TooManyOfOne
from backend.catalogue.read import VariantNotFound
from backend.edge import Call, Operations
from backend.inventory.backorders import BackorderConsentNeeded
from backend.inventory.service import InsufficientStock
from backend.wishlist import service as wishes
from backend.wishlist.service import NotOnWishList, WishList

operations = Operations("wish list")


@operations.get("/api/wishes", answer=WishList)
async def list_wishes(call: Call) -> WishList:
    """With what changed since each was kept: its price, and whether it can be had again."""
    return await _view(call)


@operations.put("/api/wishes/{sku}", answer=WishList, errors=(VariantNotFound,))
async def keep_for_later(call: Call) -> WishList:
    """Kept for later; a line of the cart leaves it, with its quantity."""
    await wishes.keep(
        call.session, await _owner(call), await _cart(call), call.path["sku"], await shopper_of(call)
    )
    return await _view(call)


@operations.post(
    "/api/wishes/{sku}/cart",
    answer=CartView,
    errors=(VariantNotFound, NotOnWishList, InsufficientStock, TooManyOfOne, BackorderConsentNeeded),
    is_repeatable=True,
)
async def take_wish(call: Call) -> CartView:
    """From the list into the cart; it stays on the list when there is not enough of it."""
    cart = await _cart(call)
    await wishes.take_back(call.session, await _owner(call), cart, call.path["sku"])
    return await carts.view(call.session, cart, await shopper_of(call))


@operations.delete("/api/wishes/{sku}", answer=WishList, errors=(VariantNotFound,))
async def remove_wish(call: Call) -> WishList:
    await wishes.remove(call.session, await _owner(call), call.path["sku"])
    return await _view(call)


async def _owner(call: Call) -> str:
    conversation = call.caller.conversation_id
    customer = await call.request.app[CUSTOMER_ID](call.session, conversation)
    return wishes.owner_of(conversation, customer)


async def _cart(call: Call) -> Cart:
    return await carts.open_cart(call.session, call.caller.conversation_id, call.caller.currency)


async def _view(call: Call) -> WishList:
    return await wishes.view(call.session, await _owner(call), await shopper_of(call))
