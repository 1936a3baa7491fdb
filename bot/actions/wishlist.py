"""Kept for later: out of the cart without being lost, and back."""

from typing import Any

import msgspec

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.cards import when_it_leaves
from bot.actions.cart import cart_reply, line_named
from bot.actions.catalogue import in_focus
from bot.actions.questions import COLLECTING
from bot.client import Cart, Wish, WishList


class SaveForLater(BackendAction):
    """A line of the cart that is named, the only one or all of them; else the product that is talked of."""

    changes_subject = True

    def name(self) -> str:
        return "action_save_for_later"

    async def answer(self, turn: Turn) -> Reply:
        pressed = turn.entity("variant")
        cart = await turn.backend.cart()
        if pressed:
            return await _kept(turn, [pressed])
        in_cart = list(dict.fromkeys(line.product for line in cart.lines))
        match = await turn.backend.match(
            turn.text,
            shown=turn.slot("shown_products") or in_cart,
            product=turn.slot("product"),
            chosen=turn.slot("chosen_options") or {},
        )
        if match.is_everything and cart.lines:
            return await _kept(turn, [line.sku for line in cart.lines])
        line = line_named(cart, match)
        if line:
            return await _kept(turn, [line.sku])
        found = match if match.product else await in_focus(turn)
        if found and found.product:
            fitting = [
                variant
                for variant in found.product.variants
                if found.chosen.items() <= variant.options.items()
            ]
            if found.variant or fitting:
                return await _kept(turn, [(found.variant or fitting[0]).sku])
        return cart_reply("utter_which_to_keep", cart) if cart.lines else Reply("utter_what_to_keep")


class ViewWishList(BackendAction):
    changes_subject = True

    def name(self) -> str:
        return "action_view_wish_list"

    async def answer(self, turn: Turn) -> Reply:
        return wish_list_reply(await turn.backend.wishes())


class TakeWish(BackendAction):
    """By its button: back into the cart."""

    def name(self) -> str:
        return "action_take_wish"

    async def answer(self, turn: Turn) -> Reply:
        sku = turn.entity("variant")
        cart = await turn.backend.take_wish(sku)
        line = cart.line(sku)
        variant = line.variant or None
        return Reply("utter_wish_taken", name=line.name, variant=variant, count=cart.count, total=cart.total)


class RemoveWish(BackendAction):
    """By its button."""

    def name(self) -> str:
        return "action_remove_wish"

    async def answer(self, turn: Turn) -> Reply:
        left = await turn.backend.drop_wish(turn.entity("variant"))
        return Reply("utter_wish_removed", count=len(left.wishes))


class TellCartNews(BackendAction):
    """Told by the shop: the cart ends soon, or has become one with another."""

    def name(self) -> str:
        return "action_tell_cart_news"

    async def answer(self, turn: Turn) -> Reply:
        cart = await turn.backend.cart()
        if turn.intent == "news_carts_joined":
            return Reply("utter_news_carts_joined", capped=turn.entity("capped"))
        until = {"datetime": turn.entity("ends_at")}
        return Reply("utter_news_cart_ends_soon", count=cart.count, total=cart.total, until=until)


def wish_list_reply(found: WishList) -> Reply:
    if not found.wishes:
        return Reply("utter_wish_list_empty", gone=found.gone)
    wishes = [_card(wish) for wish in found.wishes]
    return Reply("utter_wish_list", count=len(wishes), gone=found.gone, wishes=wishes)


async def _kept(turn: Turn, skus: list[str]) -> Reply:
    found: WishList | None = None
    for sku in skus:
        found = await turn.backend.keep_for_later(sku)
    cart: Cart = await turn.backend.cart()
    kept = [wish for wish in found.wishes if wish.sku in skus] if found else []
    loop = "" if turn.active_loop == COLLECTING and not cart.lines else None
    return Reply("utter_kept_for_later", loop=loop, names=[_named(wish) for wish in kept], count=cart.count)


def _card(wish: Wish) -> dict[str, Any]:
    return {
        "sku": wish.sku,
        "name": wish.name,
        "variant": wish.variant,
        "quantity": wish.quantity,
        "price": msgspec.to_builtins(wish.price),
        "cheaper": msgspec.to_builtins(wish.cheaper),
        "dearer": msgspec.to_builtins(wish.dearer),
        "is_back": "yes" if wish.is_back else "no",
        "stock": when_it_leaves(wish),
        "ships_on": {"date": wish.ships_on} if wish.ships_on else None,
        "available": wish.available,
        "picture": wish.image or "",
        "url": wish.url,
    }


def _named(wish: Wish) -> str:
    return f"{wish.name} ({wish.variant})" if wish.variant else wish.name
