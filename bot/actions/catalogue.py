"""Finding products, and what is worth knowing of one."""

from textwrap import shorten
from typing import Any

from bot.actions.adding import put
from bot.actions.base import CERTAIN, BackendAction, Reply, Turn, without_address
from bot.actions.cards import part_names, product_card, steps, stock_word
from bot.actions.lines import corrected
from bot.actions.offers import complements_of
from bot.actions.questions import ASKING, interrupted, question_of, sold_out
from bot.client import Category, Found, Match, Money, Product, Review, Variant

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
        if refinement == "more" and not found.products:
            return Reply("utter_no_more")
        incomparable = next((INCOMPARABLE[name] for name in found.relaxed if name in INCOMPARABLE), None)
        if incomparable:
            return Reply(incomparable)  # the list on the screen stays
        return shown(found, key="utter_products_cheapest" if _is_none_cheaper(found, turn) else None)


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
        if turn.intent == "ask_product_detail" and match.is_elsewhere:
            return await SearchProducts().answer(turn)
        if turn.intent == "ask_product_detail":
            match = await on_screen(turn, match)
        if match.product is None and turn.intent == "choose" and match.is_named and not shows_anything(turn):
            return await SearchProducts().answer(turn)
        if match.product is None:
            return which_one(match.candidates) if match.candidates else Reply("utter_which_product")
        says_nothing = match.product.id == turn.slot("product") and match.chosen == chosen
        if turn.intent == "choose" and says_nothing and turn.entity("ordinal") is None:
            return await put(turn, match) if match.quantity else Reply("utter_what_next")
        if turn.intent == "choose" and match.variant and match.product.id == turn.slot("product"):
            return chosen_variant(match.product, match.variant, match.chosen)
        if turn.intent == "ask_product_detail" and match.is_for_company:
            return await company(turn, match.product)
        if turn.intent == "ask_product_detail" and (match.names_option(chosen) or match.not_offered):
            return await stock_reply(turn, match)  # "does it come in blue?"
        if turn.intent == "ask_product_detail" and match.is_about_price:
            return price_reply(match.product, match, turn)
        if turn.intent == "ask_product_detail" and match.asked:
            return option_values(match.product, match.asked)
        if turn.intent == "ask_product_detail":
            return await self._described(match.product.id, turn)
        return await detail(match.product, match, turn, asks=True)

    async def _described(self, product: str, turn: Turn) -> Reply:
        """ "How big is it?" chooses nothing: only what was chosen before stays chosen, and nothing is asked."""
        chosen = turn.slot("chosen_options") if product == turn.slot("product") else None
        match = await turn.backend.match("", shown=[], product=product, chosen=chosen or {})
        if match.product is None:
            return Reply("utter_product_not_found")
        return await detail(match.product, match, turn, asks=False)


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
        return await stock_reply(turn, match)


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
            match = await in_focus(turn) or match
        if match.product is None:
            return which_one(match.candidates) if match.candidates else Reply("utter_which_product")
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


async def in_focus(turn: Turn) -> Match | None:
    """What is being talked of, where the words name nothing: "got any left?"."""
    product, chosen = turn.slot("product"), turn.slot("chosen_options") or {}
    return await turn.backend.match("", shown=[], product=product, chosen=chosen) if product else None


async def stock_reply(turn: Turn, match: Match) -> Reply:
    """Ends with an offer of its own, so that an open question which variant is not asked again."""
    if match.product is None:
        return which_one(match.candidates) if match.candidates else Reply("utter_which_product")
    product, variant = match.product, match.variant
    if match.not_offered:
        return Reply(
            "utter_not_offered",
            slots={"product": product.id, "offered_product": None},
            loop="" if turn.active_loop == ASKING else None,
            name=product.name,
            asked=", ".join(match.not_offered),
            options=_choices(product),
        )
    if match.asked and variant is None:
        return option_values(product, match.asked)
    meant = variants_meant(product, match)
    available = sum(other.available for other in meant)
    stock = await turn.backend.find_stock(product.id, variant.sku if variant else None)
    is_about_all = variant is not None or not match.said_options
    stores = [source for source in stock.sources if source.kind == "store" and is_about_all]
    return Reply(
        f"utter_stock_{stock_word(available)}",
        slots={
            "product": product.id,
            "chosen_options": match.chosen,
            "offered_product": _offered(product, available),
        },
        loop="" if turn.active_loop == ASKING else None,
        name=product.name,
        variant=named_variant(match),
        **prices_of(meant),
        available=available,
        in_store=sum(source.available for source in stores),
        store=stores[0].city if stores else "",
        id=product.id,
    )


def price_reply(product: Product, match: Match, turn: Turn) -> Reply:
    """Offers it, if there is any; a question that is open stays open."""
    meant = variants_meant(product, match)
    cheapest = min(meant, key=lambda variant: variant.price.amount)
    return Reply(
        "utter_price" if product.available else "utter_price_sold_out",
        slots={
            "product": product.id,
            "chosen_options": match.chosen or None,
            "offered_product": None if turn.active_loop == ASKING else _offered(product, product.available),
        },
        name=product.name,
        variant=named_variant(match),
        **prices_of(meant),
        list_price=cheapest.list_price,
        quantity_prices=_steps(product, match.variant),
        id=product.id,
    )


def variants_meant(product: Product, match: Match) -> list[Variant]:
    return [variant for variant in product.variants if match.chosen.items() <= variant.options.items()]


def named_variant(match: Match) -> str | None:
    return (match.variant.name if match.variant else ", ".join(match.said_options.values())) or None


def prices_of(variants: list[Variant]) -> dict[str, Any]:
    prices = sorted({variant.price.amount for variant in variants})
    return {
        "price": Money(prices[0], variants[0].price.currency),
        "price_varies": "yes" if len(prices) > 1 else "no",
    }


async def company(turn: Turn, product: Product) -> Reply:
    """ "What goes well with it?" A question that is open stays open."""
    found = await turn.backend.complements(product.id, product.price.currency)
    shown_then = {"shown_products": [other.id for other in found], "product": None}
    return Reply(
        "utter_complements" if found else "utter_no_complements",
        slots=shown_then if found and turn.active_loop != ASKING else {},
        name=product.name,
        products=[product_card(other) for other in found],
    )


def option_values(product: Product, asked: list[str]) -> Reply:
    """ "Which colours are there?": these, and nothing is chosen."""
    return Reply(
        "utter_option_values",
        slots={"product": product.id},
        name=product.name,
        options=[
            {"option": option.name, "values": ", ".join(value.name for value in option.values)}
            for option in product.options
            if option.code in asked
        ],
    )


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
        products=[product_card(product) for product in products],
        without=found.without,
        without_count=len(found.without),
        unavoidable=found.unavoidable,
    )


async def detail(product: Product, match: Match, turn: Turn, *, asks: bool) -> Reply:
    """Everything that matters; `asks` then for the first option that is still open, if the product can be had.

    What goes with it is offered where nothing is asked: one question at a time.
    """
    asks = asks and bool(match.open_options) and product.available > 0
    question = question_of(match) if asks else {}
    complements = [] if asks else await complements_of(turn, product.id, product.price.currency)
    return Reply(
        "utter_product",
        slots={
            "product": product.id,
            "shown_products": [product.id],
            "chosen_options": match.chosen or None,
            "offered_product": _offered(product, product.available),
            **question,
            **(interrupted(turn) if asks else {}),
        },
        loop=ASKING if asks else _leaving(product, turn),
        description=product.description,
        facts=[{"fact": attribute.name, "value": attribute.value} for attribute in product.attributes],
        options=_choices(product),
        quantity_prices=_steps(product, match.variant),
        part_names=_in_each(product),
        part_count=len(_in_each(product)),
        products=[product_card(product)],
        id=product.id,
        rating=product.rating or 0,
        reviews=product.review_count,
        complements=complements,
        complement_count=len(complements),
        complement_names=[complement["name"] for complement in complements],
    )


def _choices(product: Product) -> list[dict[str, str]]:
    return [
        {"option": option.name, "values": ", ".join(value.name for value in option.values)}
        for option in product.options
        if len(option.values) > 1
    ]


def _steps(product: Product, variant: Variant | None) -> list[dict[str, Any]]:
    """The prices of many: of the variant, or of all where they have the same. Others are told once it is chosen."""
    first, *others = [variant] if variant else product.variants
    is_same = all(other.quantity_prices == first.quantity_prices for other in others)
    return steps(first.quantity_prices) if is_same else []


def _in_each(product: Product) -> list[str]:
    """The parts that are in it whatever is chosen; the others are what its options choose."""
    first, *others = (part_names(variant.parts) for variant in product.variants)
    return [name for name in first if all(name in other for other in others)]


def _leaving(product: Product, turn: Turn) -> str | None:
    """Of another product than the one that is being asked about: that question is over."""
    is_another = turn.active_loop == ASKING and product.id != turn.slot("product")
    return "" if is_another else None


def chosen_variant(product: Product, variant: Variant, chosen: dict[str, str]) -> Reply:
    """Everything is chosen; a yes takes it."""
    if variant.available <= 0:
        return sold_out(product, variant)
    return Reply(
        "utter_variant_chosen",
        slots={"chosen_options": chosen or None, "offered_product": product.id},
        name=product.name,
        variant=variant.name or None,
        price=variant.price,
        list_price=variant.list_price,
        quantity_prices=steps(variant.quantity_prices),
        id=product.id,
    )


def which_one(candidates: list[Product]) -> Reply:
    return Reply(
        "utter_which_one",
        slots={"shown_products": [product.id for product in candidates]},
        products=[product_card(product) for product in candidates],
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
    return "utter_products_corrected" if found.corrected else "utter_products_found"


def _is_none_cheaper(found: Found, turn: Turn) -> bool:
    """ "Cheaper" sets a bound just below the list, which then had to be dropped."""
    first = (turn.slot("query") or {}).get("first")
    is_comparison = first is not None and found.query["price_max"] == first - 1
    return is_comparison and "price_max" in found.relaxed


def _wished(found: Found) -> dict[str, str]:
    """ "Blue mugs": whichever is picked, blue need not be asked again."""
    return {option: value for wish in found.query["options"] for option, value in wish["readings"]}


def _offered(product: Product, available: int) -> str | None:
    return product.id if available > 0 else None
