"""Finding products, and what is worth knowing of one."""

from textwrap import shorten
from typing import Any

import msgspec

from bot.actions.adding import put
from bot.actions.base import CERTAIN, BackendAction, Reply, Turn, without_address
from bot.actions.cards import product_card
from bot.actions.descriptions import (
    chosen_variant,
    company,
    detail,
    option_values,
    price_reply,
    stock_reply,
    which_one,
)
from bot.actions.lines import corrected
from bot.client import Category, Found, Match, Product, Review

NEWEST_REVIEWS = 2


LONGEST_QUOTE = 300


INCOMPARABLE = {
    "unknown_size": "utter_sizes_unknown",
    "unknown_weight": "utter_weights_unknown",
    "more_size": "utter_none_bigger",
    "less_size": "utter_none_smaller",
    "more_weight": "utter_none_heavier",
    "less_weight": "utter_none_lighter",
}
"""What the search had to drop of "bigger" or "lighter", and how that is said."""


class SearchProducts(BackendAction):
    """A new search is a change of mind: whatever was being asked for is no longer asked."""

    changes_subject = True

    def name(self) -> str:
        return "action_search_products"

    async def answer(self, turn: Turn) -> Reply:
        category = turn.entity("category")
        picked = None if category else await self._picked(turn)
        if picked:
            return picked
        words, _ = await without_address(turn)
        previous = None if category else turn.slot("query")
        product = turn.slot("product")
        found = await turn.backend.search_products(words, previous, category=category, product=product)
        if not category and asks_for_anything(found):
            return assortment(await turn.backend.categories())
        return shown(found)

    async def _picked(self, turn: Turn) -> Reply | None:
        """ "The Brume mug" of those on the screen is rather a choice than a search."""
        on_screen = turn.slot("shown_products") or []
        if not on_screen or turn.confidence >= CERTAIN:
            return None
        match = await turn.backend.match(turn.text, shown=on_screen, product=turn.slot("product"), chosen={})
        if match.product and match.is_clear and match.product.id in on_screen:
            return await detail(match.product, match, turn, asks=True)
        return None


class RefineSearch(BackendAction):
    """ "Cheaper", "in blue", "another one": the words are read against the list on the screen."""

    changes_subject = True

    def name(self) -> str:
        return "action_refine_search"

    async def answer(self, turn: Turn) -> Reply:
        refinement = turn.entity("refinement")
        found = await turn.backend.search_products(
            turn.text,
            turn.slot("query"),
            refinement=refinement,
            similar_to=turn.slot("product") if refinement == "similar" else None,
            product=turn.slot("product"),
        )
        if asks_for_anything(found):
            refinement = "more"  # "meh": whatever was said against what is shown, it asks for something else
            found = await turn.backend.search_products("", turn.slot("query"), refinement=refinement)
        if not found.products and (refinement == "more" or found.query["exclude"]):
            return Reply("utter_no_more")
        if not found.products:
            return Reply("utter_nothing_found")  # the list on the screen stays, as below
        incomparable = next((INCOMPARABLE[name] for name in found.relaxed if name in INCOMPARABLE), None)
        if incomparable:
            return Reply(incomparable)
        if _is_none_cheaper(found, turn):
            lowest = found.products[0].price.amount
            unbound = found.query | {"price_max": turn.slot("query")["price_max"], "first": lowest}
            return shown(msgspec.structs.replace(found, query=unbound), key="utter_products_cheapest")
        return shown(found)


class ShowProduct(BackendAction):
    """The one that was picked, with what matters and what is left to choose."""

    def name(self) -> str:
        return "action_show_product"

    async def answer(self, turn: Turn) -> Reply:
        named = turn.entity("product")
        if named:
            return await self._described(named, turn)
        chosen = turn.slot("chosen_options") or {}
        match = await turn.backend.match(
            turn.text,
            shown=turn.slot("shown_products") or [],
            product=turn.slot("product"),
            chosen=chosen,
        )
        correction = await corrected(turn) if match.is_correction else None
        if correction:
            return correction
        if turn.intent == "ask_product_detail":
            return await self._asked(turn, match, chosen)
        if turn.intent == "choose":
            return await choice(turn, match)
        if match.product is None:
            return which_one(match.candidates)
        return await detail(match.product, match, turn, asks=True)

    async def _asked(self, turn: Turn, match: Match, chosen: dict[str, str]) -> Reply:
        if match.is_elsewhere:
            return await SearchProducts().answer(turn)
        match = await on_screen(turn, match)
        if match.product is None:
            return which_one(match.candidates)
        if match.is_for_company:
            return await company(turn, match.product)
        if match.names_option(chosen) or match.not_offered:
            return await stock_reply(turn, match)  # "does it come in blue?"
        if match.is_about_price:
            return price_reply(match.product, match, turn)
        if match.asked:
            return option_values(match.product, match.asked)
        return await self._described(match.product.id, turn)

    async def _described(self, product: str, turn: Turn) -> Reply:
        """ "How big is it?" chooses nothing: only what was chosen before stays chosen, and nothing is asked."""
        chosen = turn.slot("chosen_options") if product == turn.slot("product") else None
        match = await turn.backend.match("", shown=[], product=product, chosen=chosen or {})
        if match.product is None:
            return Reply("utter_product_not_found")
        return await detail(match.product, match, turn, asks=False)


async def choice(turn: Turn, match: Match) -> Reply:
    """What was picked of what is shown: the product, or the version of the one that is talked of."""
    chosen = turn.slot("chosen_options") or {}
    if match.product is None and match.is_named and not shows_anything(turn):
        return await SearchProducts().answer(turn)
    if match.product is None:
        return which_one(match.candidates)
    is_same = match.product.id == turn.slot("product")
    if is_same and match.chosen == chosen and turn.entity("ordinal") is None:
        return await put(turn, match) if match.quantity else Reply("utter_what_next")
    if is_same and match.variant:
        return chosen_variant(match.product, match.variant, match.chosen)
    return await detail(match.product, match, turn, asks=True)


class CheckStock(BackendAction):
    def name(self) -> str:
        return "action_check_stock"

    async def answer(self, turn: Turn) -> Reply:
        match = await turn.backend.match(
            turn.text,
            shown=turn.slot("shown_products") or [],
            product=turn.slot("product"),
            chosen=turn.slot("chosen_options") or {},
        )
        if match.is_elsewhere:
            return await SearchProducts().answer(turn)
        if match.kind == "none":
            match = await in_focus(turn) or match
        return await narrowed(turn, match) or await stock_reply(turn, match)


class TellReviews(BackendAction):
    """What others say of the product that is named, picked or talked of."""

    def name(self) -> str:
        return "action_tell_reviews"

    async def answer(self, turn: Turn) -> Reply:
        pressed = turn.entity("product")
        match = await turn.backend.match(
            "" if pressed else turn.text,
            shown=turn.slot("shown_products") or [],
            product=pressed or turn.slot("product"),
            chosen={},
        )
        if match.kind == "none":
            match = await on_screen(turn, match)
        if match.product is None:
            return best_rated(match.candidates) or which_one(match.candidates)
        product = match.product
        said = await turn.backend.reviews(product.id, product.price.currency, NEWEST_REVIEWS)
        return Reply(
            "utter_reviews" if said.reviews else "utter_no_reviews",
            slots={"product": product.id},
            name=product.name,
            rating=said.rating or 0,
            count=said.review_count,
            reviews=[_quoted(review) for review in said.reviews],
        )


def best_rated(products: list[Product]) -> Reply | None:
    """What others say of several is which of them they like best."""
    rated = [each for each in products if each.rating]
    rated.sort(key=lambda each: (each.rating, each.review_count), reverse=True)
    if not rated:
        return None
    best = rated[0]
    return Reply(
        "utter_best_rated",
        slots={"shown_products": [product.id for product in rated], "product": best.id},
        id=best.id,
        name=best.name,
        rating=best.rating,
        count=best.review_count,
        products=[product_card(product) for product in rated],
    )


def _quoted(review: Review) -> dict[str, Any]:
    """On one line; the page has all of it."""
    words = ". ".join(filter(None, (review.title, " ".join(review.text.split()))))
    return {
        "rating": review.rating,
        "author": review.author,
        "words": shorten(words, LONGEST_QUOTE, placeholder=" …"),
    }


def shows_anything(turn: Turn) -> bool:
    """Something to choose from; a bare "the kitchen" after the shop's departments is a search."""
    return bool(turn.slot("shown_products") or turn.slot("product"))


async def on_screen(turn: Turn, match: Match) -> Match:
    """A question whose words fit several things elsewhere ("can it go in the oven?") is about what is shown."""
    shown = turn.slot("shown_products") or []
    if match.product or any(candidate.id in shown for candidate in match.candidates):
        return match
    listed = await turn.backend.match("", shown=shown, product=None, chosen={}) if shown else match
    return await in_focus(turn) or listed


async def narrowed(turn: Turn, match: Match) -> Reply | None:
    """ "In red?" and "what is in stock?", of a list, are about all that is in it."""
    query = turn.slot("query")
    if match.product or match.is_named or not query:
        return None
    found = await turn.backend.search_products(turn.text, query)
    is_narrower = found.query["in_stock"] or found.query["options"] != query["options"]
    return shown(found) if found.products and is_narrower else None


async def in_focus(turn: Turn) -> Match | None:
    """What is being talked of, where the words name nothing: "got any left?"."""
    product, chosen = turn.slot("product"), turn.slot("chosen_options") or {}
    return await turn.backend.match("", shown=[], product=product, chosen=chosen) if product else None


def asks_for_anything(found: Found) -> bool:
    """ "What do you sell?" names neither a product nor a price, an option, or whether it is in stock."""
    constraints = ("text", "price_min", "price_max", "options", "unwanted", "category", "in_stock")
    return not any(found.query[constraint] for constraint in constraints) and not found.query["exclude"]


def assortment(categories: list[Category]) -> Reply:
    slots = {"shown_products": None, "listed_products": None, "product": None, "query": None}
    return Reply("utter_assortment", slots=slots, categories=categories)


def shown(found: Found, key: str | None = None) -> Reply:
    products = found.products
    if not products:
        return Reply("utter_nothing_found", slots={"query": None})
    slots = {
        "shown_products": [product.id for product in products],
        **({"listed_products": [product.id for product in products]} if len(products) > 1 else {}),
        "product": products[0].id if len(products) == 1 else None,
        "chosen_options": _wished(found),
        "query": found.query,
    }
    return Reply(
        key or _key(found),
        slots=slots,
        count=len(products),
        total=found.total,
        rest=found.total - len(products),
        products=[product_card(product) for product in products],
        without=found.without,
        without_count=len(found.without),
        unavoidable=found.unavoidable,
    )


def _key(found: Found) -> str:
    """What had to be dropped to find anything is said, and how."""
    if found.unavoidable:
        return "utter_products_unwanted"
    if any(dropped.startswith("price") for dropped in found.relaxed):
        return "utter_products_other_price"
    if "in_stock" in found.relaxed:
        return "utter_products_not_in_stock"
    if found.relaxed:
        return "utter_products_similar"
    return "utter_products_corrected" if found.corrected or found.is_guess else "utter_products_found"


def _is_none_cheaper(found: Found, turn: Turn) -> bool:
    """ "Cheaper" sets a bound just below the list, which then had to be dropped."""
    first = (turn.slot("query") or {}).get("first")
    is_comparison = first is not None and found.query["price_max"] == first - 1
    return is_comparison and "price_max" in found.relaxed


def _wished(found: Found) -> dict[str, str]:
    """ "Blue mugs": whichever is picked, blue need not be asked again."""
    return {option: value for wish in found.query["options"] for option, value in wish["readings"]}
