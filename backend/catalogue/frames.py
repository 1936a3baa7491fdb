"""What a request says, as a frame of slots: for whoever measures the understanding, or builds on it.

Shape: `{"text", "type", "brand", "attributes", "price_min", "price_max", "in_stock", "sort"}`, only what was said.
Prices are in major units; `type`, `brand` and the attributes' values are as the catalogue writes them.
"""

from decimal import Decimal
from typing import Any

from backend.catalogue.understand import CENTS, Query, Wish
from backend.catalogue.vocabulary import Value, Vocabulary


def frame(vocabulary: Vocabulary, query: Query) -> dict[str, Any]:
    said: dict[str, Any] = {
        "text": query.text,
        "type": query.kind,
        "brand": query.brand,
        "attributes": dict(_likeliest(vocabulary, wish) for wish in query.options),
        "price_min": _major(query.price_min),
        "price_max": _major(query.price_max),
        "in_stock": query.in_stock,
        "sort": None if query.sort == "relevance" else query.sort,
    }
    return {slot: value for slot, value in said.items() if value not in (None, "", {})}


def _likeliest(vocabulary: Vocabulary, wish: Wish) -> tuple[str, str]:
    """Of the attributes that have this value, the one that most products have."""
    return max(wish.readings, key=lambda reading: vocabulary.frequency[Value(*reading)])


def _major(amount: int | None) -> float | None:
    return None if amount is None else float(Decimal(amount) / CENTS)
