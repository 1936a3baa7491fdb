"""How products and lines look as the arguments of a card."""

from collections.abc import Iterable
from typing import Any

import msgspec

from bot.client import CartLine, Part, Product

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
        "price_varies": "yes" if product.price_varies else "no",
        "picture": product.image or "",
        "url": product.url,
        "available": product.available,
        "stock": stock_word(product.available),
    }


def part_names(parts: Iterable[Part]) -> list[str]:
    return [part.name if part.quantity == 1 else f"{part.quantity} × {part.name}" for part in parts]


def line_card(line: CartLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name": line.name,
        "variant": ", ".join(part_names(line.parts)) or line.variant,
        "quantity": line.quantity,
        "price": msgspec.to_builtins(line.price),
        "total": msgspec.to_builtins(line.total),
        "picture": line.image or "",
        "url": line.url,
    }
