"""What was bought before: in words, and once more."""

from typing import Any

import msgspec

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.cards import product_card
from bot.client_customers import BoughtLine, OrderSummary, list_orders, order_again

MOST_SOUGHT = 2
"""Missing things for which another one is looked for."""


class ViewOrders(BackendAction):
    """All orders, and of the latest what happened to it."""

    changes_subject = True

    def name(self) -> str:
        return "action_view_orders"

    async def answer(self, turn: Turn) -> Reply:
        return orders_reply(await list_orders(turn.backend))


class OrderAgain(BackendAction):
    """What is there goes into the cart; for what is missing the nearest thing is offered."""

    changes_subject = True

    def name(self) -> str:
        return "action_order_again"

    async def answer(self, turn: Turn) -> Reply:
        again = await order_again(turn.backend, turn.entity("order_number"))
        offers = await _offers(turn, again.missing)
        return Reply(
            "utter_ordered_again" if again.cart.lines else "utter_nothing_again",
            number=again.number,
            count=again.cart.count,
            total=again.cart.total,
            missing=_bought(again.missing) or None,
            offers=offers,
            slots={"shown_products": [offer["id"] for offer in offers]} if offers else None,
        )


def orders_reply(orders: list[OrderSummary]) -> Reply:
    latest = orders[0]
    return Reply(
        "utter_orders",
        count=len(orders),
        orders=[_order(order) for order in orders],
        happened=[{"kind": one.kind, "at": {"date": one.at[:10]}} for one in latest.happened],
        number=latest.number,
        order_url=latest.order_url,
    )


def _order(order: OrderSummary) -> dict[str, Any]:
    return {
        "number": order.number,
        "placed_at": {"date": order.happened[0].at[:10]},
        "contents": _bought(order.lines),
        "total": msgspec.to_builtins(order.total),
        "status": order.fulfilment_status if order.payment_status == "paid" else order.payment_status,
    }


def _bought(lines: list[BoughtLine]) -> list[str]:
    return [f"{line.quantity} × {line.name}" for line in lines]


async def _offers(turn: Turn, missing: list[BoughtLine]) -> list[dict[str, Any]]:
    offers = {}
    for line in missing[:MOST_SOUGHT]:
        found = await turn.backend.search_products(line.name, None)
        nearest = next((product for product in found.products if product.available > 0), None)
        if nearest:
            offers[nearest.id] = product_card(nearest)
    return list(offers.values())
