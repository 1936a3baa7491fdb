"""How products and lines look as the arguments of a card."""

from collections.abc import Iterable
from typing import Any

import msgspec

from bot.client import Cart, CartLine, Money, Part, Product, QuantityPrice, Wish

LOW = 3


def stock_word(available: int) -> str:
    """Picks the words, it is not one: the wording selects by it."""
    if available <= 0:
        return "sold_out"
    return "low_stock" if available <= LOW else "in_stock"


def product_card(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "name": product.name,
        "price": msgspec.to_builtins(product.price),
        "list_price": msgspec.to_builtins(product.list_price),
        "price_varies": "yes" if product.price_varies else "no",
        "picture": product.image or "",
        "url": product.url,
        "available": product.available,
        "stock": when_it_leaves(product),
        "ships_on": {"date": product.ships_on} if product.ships_on else None,
    }


def when_it_leaves(product: Product | Wish) -> str:
    if product.ships_on:
        return "preorder" if product.is_preorder else "backorder"
    return stock_word(product.available)


def part_names(parts: Iterable[Part]) -> list[str]:
    return [part.name if part.quantity == 1 else f"{part.quantity} × {part.name}" for part in parts]


def line_card(line: CartLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name": line.name,
        "variant": ", ".join(part_names(line.parts)) or line.variant,
        "quantity": line.quantity,
        "price": msgspec.to_builtins(line.price),
        "total": msgspec.to_builtins(line.to_pay),
        "list_total": msgspec.to_builtins(list_total(line)),
        "picture": line.image or "",
        "url": line.url,
        "later": line.later,
        "is_all_later": "yes" if line.later == line.quantity else "no",
        "ships_on": {"date": line.ships_on} if line.ships_on else None,
    }


def list_total(line: CartLine) -> Money | None:
    """The usual sum, where this one is lower."""
    usual = line.list_price or (line.price if line.discounts else None)
    return Money(usual.amount * line.quantity, usual.currency) if usual else None


def savings_words(cart: Cart) -> dict[str, Any]:
    """What is taken off, and by what; and which codes take nothing off any more, and why."""
    return {
        "discount": cart.discount if cart.discount.amount else None,
        "savings": [saving.name for saving in cart.savings],
        "lost": [
            {"code": coupon.code, "reason": coupon.refusal} for coupon in cart.coupons if coupon.refusal
        ],
    }


def steps(prices: Iterable[QuantityPrice]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(price) for price in prices]


def quantity_words(line: CartLine) -> dict[str, Any]:
    """That so many cost less each, and from how many on they would cost less still."""
    is_reached = any(price.quantity <= line.quantity for price in line.quantity_prices)
    following = next((price for price in line.quantity_prices if price.quantity > line.quantity), None)
    return {
        "unit_price": line.price if is_reached else None,
        "list_price": line.list_price,
        "next_quantity": following.quantity if following else None,
        "next_price": following.price if following else None,
    }
