"""What is said of one product: all of it, its price, its stock, its versions."""

from typing import Any

from bot.actions.backorders import offer_later
from bot.actions.base import Reply, Turn
from bot.actions.cards import part_names, product_card, steps, stock_word
from bot.actions.offers import complements_of
from bot.actions.questions import ASKING, interrupted, question_of, sold_out
from bot.client import Match, Money, Product, Variant


async def detail(product: Product, match: Match, turn: Turn, *, asks: bool) -> Reply:
    """Everything that matters; `asks` then for the first option that is still open, if the product can be had.

    What goes with it is offered where nothing is asked: one question at a time.
    """
    asks = asks and bool(match.open_options) and product.can_be_had
    question = question_of(match) if asks else {}
    complements = [] if asks else await complements_of(turn, product.id, product.price.currency)
    return Reply(
        "utter_product",
        slots={
            "product": product.id,
            "shown_products": [product.id],
            "chosen_options": match.chosen or None,
            "offered_product": _offered(product),
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


async def stock_reply(turn: Turn, match: Match) -> Reply:
    """Ends with an offer of its own, so that an open question which variant is not asked again."""
    if match.product is None:
        return which_one(match.candidates)
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
    later = [other for other in meant if other.can_be_had and other.ships_on]
    if later and not any(other.leaves_at_once for other in meant):
        reply = offer_later(product.name, min(later, key=lambda other: other.ships_on or ""))
        reply.slots |= {"product": product.id, "chosen_options": match.chosen}
        reply.loop = "" if turn.active_loop == ASKING else None
        return reply
    stock = await turn.backend.find_stock(product.id, variant.sku if variant else None)
    is_about_all = variant is not None or not match.said_options
    stores = [source for source in stock.sources if source.kind == "store" and is_about_all]
    return Reply(
        f"utter_stock_{stock_word(available)}",
        slots={
            "product": product.id,
            "chosen_options": match.chosen,
            "offered_product": product.id if available > 0 else None,
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
    """Ends with an offer of its own, as `stock_reply` does."""
    meant = variants_meant(product, match)
    cheapest = min(meant, key=lambda variant: variant.price.amount)
    return Reply(
        "utter_price" if product.can_be_had else "utter_price_sold_out",
        slots={
            "product": product.id,
            "chosen_options": match.chosen or None,
            "offered_product": _offered(product),
        },
        loop="" if turn.active_loop == ASKING else None,
        name=product.name,
        variant=named_variant(match),
        **prices_of(meant),
        list_price=cheapest.list_price,
        quantity_prices=_steps(product, match.variant),
        id=product.id,
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


def chosen_variant(product: Product, variant: Variant, chosen: dict[str, str]) -> Reply:
    """Everything is chosen; a yes takes it."""
    if not variant.can_be_had:
        return sold_out(product, variant)
    if not variant.leaves_at_once:
        return offer_later(product.name, variant)
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
    """Of those that may be meant, if there are any."""
    if not candidates:
        return Reply("utter_which_product")
    return Reply(
        "utter_which_one",
        slots={"shown_products": [product.id for product in candidates]},
        products=[product_card(product) for product in candidates],
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


def _offered(product: Product) -> str | None:
    return product.id if product.can_be_had else None
