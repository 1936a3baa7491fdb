"""Stores: where what the customer wants can be collected, and when they are open."""

from typing import Any

from bot.actions.base import BackendAction, Reply, Turn
from bot.client import Product, Store

MOST_STORES = 5


class FindStores(BackendAction):
    """For the product that is named or talked of, or else for all that is in the cart."""

    def name(self) -> str:
        return "action_find_stores"

    async def answer(self, turn: Turn) -> Reply:
        name, skus = await self._wanted(turn)
        stores = await turn.backend.find_stores(turn.text, skus)
        if not stores:
            return Reply("utter_no_pickup")
        having = [store for store in stores if (store.has if skus else store.has_all)]
        in_cart = bool(skus) or (await turn.backend.cart()).count > 0
        if not in_cart:
            return Reply("utter_stores", stores=store_cards(stores))
        if not having:
            return Reply("utter_stores_without_stock", name=name, stores=store_cards(stores))
        return Reply("utter_stores_with_stock", name=name, stores=store_cards(having))

    async def _wanted(self, turn: Turn) -> tuple[str | None, list[str]]:
        """The name and the SKUs; none where the cart is meant."""
        match = await turn.backend.match(
            turn.text,
            shown=turn.slot("shown_products") or [],
            product=turn.slot("product"),
            chosen=turn.slot("chosen_options") or {},
        )
        cart = await turn.backend.cart()
        product = match.product
        if product is None or any(line.product == product.id for line in cart.lines):
            return None, []
        return product.name, _skus(product, match.chosen)


def store_cards(stores: list[Store]) -> list[dict[str, Any]]:
    return [_card(store) for store in stores[:MOST_STORES]]


def store_words(store: Store) -> dict[str, Any]:
    """How a store is named, and when it is open today; `hours` "none" where it says nothing, "closed" where it is."""
    spans = ", ".join(f"{span.opens}–{span.closes}" for span in store.today)
    return {
        "store": store.name,
        "store_address": ", ".join(filter(None, (store.street, f"{store.postcode} {store.city}".strip()))),
        "phone": store.phone or None,
        "hours": spans or ("closed" if store.has_hours else None),
        "ready": {"datetime": store.ready_at} if store.ready_at else None,
    }


def _card(store: Store) -> dict[str, Any]:
    return {"code": store.code, **store_words(store)}


def _skus(product: Product, chosen: dict[str, str]) -> list[str]:
    return [variant.sku for variant in product.variants if chosen.items() <= variant.options.items()]
