"""Yes to waiting for what is not there yet."""

from typing import Any

from bot.actions.base import Reply, Turn
from bot.actions.questions import NOTHING_ASKED
from bot.client import CartLine, Variant


async def consented(turn: Turn, asked: dict[str, Any]) -> Reply:
    """Puts into the cart what was asked about, and takes up the order that was going on."""
    line = await agreed(turn, asked)
    return Reply(
        "utter_added_later",
        slots=NOTHING_ASKED | {"product": line.product, "interrupted_loop": None},
        loop=turn.slot("interrupted_loop"),
        name=line.name,
        variant=line.variant or None,
        quantity=line.quantity,
        **later_words(line),
    )


async def agreed(turn: Turn, asked: dict[str, Any]) -> CartLine:
    """Names the day that was shown: if it is another one by now, the shop asks again. What it takes the place of
    leaves the cart."""
    cart = await turn.backend.change_line(
        asked.get("instead_of") or asked["sku"],
        new_sku=asked["sku"],
        quantity=asked["quantity"],
        agreed_date=asked["agreed_date"],
    )
    return cart.line(asked["sku"])


def offer_later(product_name: str, variant: Variant) -> Reply:
    """It cannot leave at once: the day is said, and a yes is a yes to it."""
    return Reply(
        "utter_stock_later",
        slots={
            "awaits_consent": {"sku": variant.sku, "quantity": 1, "agreed_date": variant.ships_on},
        },
        name=product_name,
        variant=variant.name or None,
        ships_on={"date": variant.ships_on},
        is_preorder="yes" if variant.is_preorder else "no",
        price=variant.price,
    )


def later_words(line: CartLine) -> dict[str, Any]:
    return {
        "later": line.later,
        "is_all_later": "yes" if line.later == line.quantity else "no",
        "ships_on": {"date": line.ships_on} if line.ships_on else None,
    }
