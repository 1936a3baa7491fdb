"""Waiting for what is sold out."""

import msgspec

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.cards import product_card
from bot.actions.catalogue import in_focus
from bot.actions.descriptions import stock_reply, which_one
from bot.actions.notifications import notifications_stopped
from bot.client import Awaited, Match, Product, Variant


class AwaitStock(BackendAction):
    """What is named, picked or talked of; of several versions that are sold out the customer says which."""

    def name(self) -> str:
        return "action_await_stock"

    async def answer(self, turn: Turn) -> Reply:
        if turn.entity("variant"):
            return await awaited(turn, turn.entity("variant"))
        match = await self._meant(turn)
        if match.product is None:
            return which_one(match.candidates)
        missing = sold_out_of(match)
        if not missing:
            return await stock_reply(turn, match)
        if len(missing) > 1:
            named = [{"sku": variant.sku, "name": variant.name} for variant in missing]
            slots = {"product": match.product.id}
            return Reply("utter_which_to_await", slots=slots, name=match.product.name, variants=named)
        return await awaited(turn, missing[0].sku)

    async def _meant(self, turn: Turn) -> Match:
        pressed = turn.entity("product")
        is_same = pressed in (None, turn.slot("product"))
        match = await turn.backend.match(
            turn.text,
            shown=turn.slot("shown_products") or [],
            product=pressed or turn.slot("product"),
            chosen=(turn.slot("chosen_options") or {}) if is_same else {},
        )
        return (await in_focus(turn) or match) if match.kind == "none" else match


class AwaitNoMore(BackendAction):
    """Everything that the conversation waits for. Where that is nothing, all messages are meant that can be stopped:
    whoever says stop is heard."""

    def name(self) -> str:
        return "action_await_no_more"

    async def answer(self, turn: Turn) -> Reply:
        waited_for = await turn.backend.awaited()
        if not waited_for:
            return await notifications_stopped(turn)
        await turn.backend.await_no_more()
        return Reply("utter_await_ended", names=[_named(one) for one in waited_for])


class TellBackInStock(BackendAction):
    """The news that the customer waited for."""

    def name(self) -> str:
        return "action_tell_back_in_stock"

    async def answer(self, turn: Turn) -> Reply:
        sku = turn.entity("variant")
        match = await turn.backend.match("", shown=[], product=turn.entity("product"), chosen={})
        variants = match.product.variants if match.product else []
        variant = next((variant for variant in variants if variant.sku == sku), None)
        if match.product is None or variant is None:
            return Reply("utter_product_not_found")
        return Reply(
            "utter_news_back_in_stock",
            name=match.product.name,
            variant=variant.name or None,
            price=variant.price,
            sku=sku,
            products=[product_card(_only(match.product, variant))],
        )


async def awaited(turn: Turn, sku: str) -> Reply:
    waited_for = await turn.backend.await_stock(sku)
    one = next(one for one in waited_for if one.sku == sku)
    return Reply(
        "utter_stock_awaited", slots={"product": one.product}, name=one.name, variant=one.variant or None
    )


def sold_out_of(match: Match) -> list[Variant]:
    """The versions that fit what was chosen and cannot be had; none when any that fits can be."""
    variants = match.product.variants if match.product else []
    meant = [variant for variant in variants if match.chosen.items() <= variant.options.items()]
    return [] if any(variant.available > 0 for variant in meant) else meant


def _only(product: Product, variant: Variant) -> Product:
    return msgspec.structs.replace(
        product,
        price=variant.price,
        list_price=variant.list_price,
        price_varies=False,
        image=variant.image or product.image,
        available=variant.available,
    )


def _named(one: Awaited) -> str:
    return f"{one.name} ({one.variant})" if one.variant else one.name
