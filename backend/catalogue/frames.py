"""What a request says, as a frame of slots: for whoever measures the understanding, or builds on it.

Shape: `{"text", "type", "brand", "attributes", "unwanted", "price_min", "price_max", "in_stock", "sort"}`,
only what was said.
Prices are in major units; `type`, `brand` and the attributes' values are as the catalogue writes them;
`unwanted` is attribute, or "brand", to the values that are not to be.
"""

from decimal import Decimal
from typing import Any

from backend.catalogue.option_words import Value
from backend.catalogue.price_bounds import CENTS
from backend.catalogue.query import Query
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.wishes import Wish


def frame(vocabulary: Vocabulary, query: Query) -> dict[str, Any]:
    said: dict[str, Any] = {
        "text": query.text,
        "type": query.kind,
        "brand": query.brand,
        "attributes": dict(_likeliest(vocabulary, wish) for wish in query.options),
        "unwanted": _unwanted(vocabulary, query.unwanted),
        "price_min": _major(query.price_min),
        "price_max": _major(query.price_max),
        "in_stock": query.in_stock,
        "sort": None if query.sort == "relevance" else query.sort,
    }
    return {slot: value for slot, value in said.items() if value not in (None, "", {})}


def _likeliest(vocabulary: Vocabulary, wish: Wish) -> tuple[str, str]:
    """Of the attributes that have this value, the one that most products have."""
    return max(wish.readings, key=lambda reading: vocabulary.options.frequency[Value(*reading)])


def _unwanted(vocabulary: Vocabulary, wishes: list[Wish]) -> dict[str, list[str]]:
    refused: dict[str, list[str]] = {}
    for attribute, value in (_likeliest(vocabulary, wish) for wish in wishes):
        refused.setdefault(attribute, []).append(value)
    return refused


def _major(amount: int | None) -> float | None:
    return None if amount is None else float(Decimal(amount) / CENTS)
