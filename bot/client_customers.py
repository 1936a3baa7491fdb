"""Who the customer is, and what they have bought: calls of the backend beside those of `bot.client`."""

from urllib.parse import quote

import msgspec

from bot.client import Backend, Cart, Money


class CodeAsked(msgspec.Struct, frozen=True):
    good_for_minutes: int


class BoughtLine(msgspec.Struct, frozen=True):
    name: str
    quantity: int


class Happened(msgspec.Struct, frozen=True):
    kind: str
    at: str


class OrderSummary(msgspec.Struct, frozen=True):
    number: str
    payment_status: str
    fulfilment_status: str
    lines: list[BoughtLine]
    total: Money
    happened: list[Happened]
    order_url: str


class OrderedAgain(msgspec.Struct, frozen=True):
    """`missing` is not in the cart."""

    number: str
    cart: Cart
    missing: list[BoughtLine]


async def ask_code(backend: Backend, email: str | None, number: str | None) -> CodeAsked:
    """Sent only if it fits an order; nothing says whether."""
    return await backend.write("POST", "/api/identity/codes", CodeAsked, {"email": email, "number": number})


async def list_orders(backend: Backend) -> list[OrderSummary]:
    """The latest first; refused where there is none, or nobody knows whose."""
    return await backend._ask("GET", "/api/orders", list[OrderSummary])


async def order_again(backend: Backend, number: str | None) -> OrderedAgain:
    """That order, or the latest."""
    query = f"?number={quote(number, safe='')}" if number else ""
    return await backend.write("POST", f"/api/orders/again{query}", OrderedAgain)
