"""Products beside each other."""

from typing import Any

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.cards import product_card
from bot.client import Product


class CompareProducts(BackendAction):
    changes_subject = True

    def name(self) -> str:
        return "action_compare_products"

    async def answer(self, turn: Turn) -> Reply:
        on_screen = turn.slot("shown_products") or []
        listed = turn.slot("listed_products") or []
        comparison = await turn.backend.compare(
            turn.text, shown=on_screen if len(on_screen) > 1 else listed, product=turn.slot("product")
        )
        products = comparison.products
        if not products:
            return Reply("utter_compare_which")
        if len(products) == 1:
            slots = {"product": products[0].id}
            return Reply("utter_compare_with_which", slots=slots, name=products[0].name)
        return Reply(
            "utter_comparison",
            slots={
                "shown_products": [product.id for product in products],
                "product": None,
                "chosen_options": None,
            },
            meant=comparison.meant,
            compared=[_column(product) for product in products],
            differences=comparison.differences,
        )


def _column(product: Product) -> dict[str, Any]:
    return product_card(product) | {"rating": product.rating or 0, "reviews": product.review_count}
