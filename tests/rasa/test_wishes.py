"""Which messages hold several wishes: each part must be one by itself, surely, and about something else."""

from typing import Any

import pytest

from bot.wishes import parted

MEANT = {
    "show me lamps": "search_product",
    "a mug": "search_product",
    "a plate": "search_product",
    "where is my order": "track_order",
    "where is my order?": "track_order",
    "where is my order 7K3M,": "track_order",
    "and pay": "checkout",
    "pay": "checkout",
    "put it in my cart": "add_to_cart",
    "yes": "affirm",
    "change the address": "ask_shipping_options",
    "i can't go on.": "express_despair",
}


async def read(text: str) -> dict[str, Any]:
    name = MEANT.get(text)
    return {"text": text, "intent": {"name": name, "confidence": 0.9 if name else 0.3}}


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("show me lamps and where is my order?", ["show me lamps", "where is my order?"]),
        ("where is my order? show me lamps", ["where is my order?", "show me lamps"]),
        ("put it in my cart, and pay", ["put it in my cart", "pay"]),
        ("a mug and a plate", []),
        ("yes and change the address", []),
        ("i can't go on. where is my order?", []),
        ("show me lamps", []),
        ("where is my order and also", []),
        (" and ", []),
        ("where is my order? " * 30 + "show me lamps", []),
    ],
)
async def test_a_message_is_parted_where_each_part_is_a_wish(said: str, parts: list[str]) -> None:
    assert [wish["text"] for wish in await parted(said, read)] == parts
