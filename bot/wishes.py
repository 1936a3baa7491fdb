"""Several wishes in one message: "add the blue one, and where is my order?" is served part by part, in that order.

A message is only parted where each part is a whole wish by itself, surely, and each about something else: "a mug and
a plate" is one wish, and of "yes, but to another address" nobody may take the yes alone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

Parse = dict[str, Any]

ABOUT = {
    **dict.fromkeys(("search_product", "ask_stock"), "catalogue"),
    **dict.fromkeys(("add_to_cart", "remove_from_cart", "update_cart", "view_cart"), "cart"),
    **dict.fromkeys(("apply_coupon", "ask_promotions"), "promotions"),
    "checkout": "checkout",
    "ask_payment_methods": "payments",
    **dict.fromkeys(
        ("ask_shipping_options", "ask_shipping_cost", "ask_delivery_time", "ask_pickup"), "shipping"
    ),
    **dict.fromkeys(("track_order", "cancel_order"), "orders"),
    "return_item": "returns",
    "ask_policy": "policies",
    "view_wish_list": "wish list",
}
"""The intents that are wishes by themselves, and what they are about."""
SURE = 0.7
SHORTEST_PART = 1
"""Words."""
MOST_PARTS = 3
LONGEST = 400
"""Characters. Who writes more tells a story, which is one matter."""

_WORD = re.compile(r"[^\W_]+")
_ENDS = re.compile(r"(?<=[.?!;\n])\s+")
_JOINS = re.compile(
    r"\s*,?\s+(?:and(?:\s+(?:also|then))?|also|et(?:\s+(?:aussi|puis))?|puis|aussi|y(?:\s+(?:tambi[eé]n|luego))?)\s+"
    r"|\s*,\s*(?=¿)",
    re.IGNORECASE,
)


async def parted(text: str, parse: Callable[[str], Awaitable[Parse]]) -> list[Parse]:
    """What each part means, with its words as `text`; nothing when the message is one wish."""
    for parts in _partings(text):
        parsed = await _wishes(parts, parse)
        if parsed:
            return parsed
    return []


async def _wishes(parts: list[str], parse: Callable[[str], Awaitable[Parse]]) -> list[Parse]:
    """Of all the parts, or nothing."""
    wishes: list[Parse] = []
    served: set[str] = set()
    for part in parts:
        wish = await parse(part)
        about = ABOUT.get(wish["intent"]["name"] or "")
        if about is None or about in served or wish["intent"]["confidence"] < SURE:
            return []
        served.add(about)
        wishes.append(wish)
    return wishes


def _partings(text: str) -> Iterator[list[str]]:
    """At the ends of sentences first, then at each word that joins."""
    if len(text) > LONGEST:
        return
    sentences = [part for part in _ENDS.split(text.strip()) if part]
    if _are_parts(sentences):
        yield sentences
    for join in _JOINS.finditer(text):
        parts = [text[: join.start()].strip(), text[join.end() :].strip()]
        if _are_parts(parts):
            yield parts


def _are_parts(parts: list[str]) -> bool:
    return 1 < len(parts) <= MOST_PARTS and all(len(_WORD.findall(part)) >= SHORTEST_PART for part in parts)
