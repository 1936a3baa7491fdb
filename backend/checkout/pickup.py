"""Collecting at a store instead of having it sent: which one is meant, and which have what is asked for."""

import re

from rapidfuzz.distance import OSA
from sqlalchemy.ext.asyncio import AsyncSession

from backend.customers.addresses import folded
from backend.errors import Conflict
from backend.inventory.models import Source
from backend.inventory.sources import sources

SPELLED_FROM = 6
"""Letters from which the name of a town may have one typing error."""
WORD = re.compile(r"\w+")


class NotAtTheStore(Conflict):
    """The store has not all of it any more."""

    code = "not_at_the_store"


class NoStoreHasIt(Conflict):
    """No store has all of the cart."""

    code = "no_store_has_it"


async def stores_named(session: AsyncSession, text: str) -> list[Source]:
    """Those whose town, postcode, street or name the text names; of several in a town the one whose street it is."""
    words = set(WORD.findall(folded(text)))
    stores = [source for source in await sources(session) if source.kind == "store"]
    found = [store for store in stores if store.postcode in words or _are_said(store.city, words)]
    exact = [
        store for store in found or stores if _are_said(store.name, words) or _are_said(store.street, words)
    ]
    return exact or found


def _are_said(name: str, words: set[str]) -> bool:
    parts = set(WORD.findall(folded(name)))
    return bool(parts) and all(any(_is_alike(part, word) for word in words) for part in parts)


def _is_alike(name: str, word: str) -> bool:
    allowed = 1 if len(name) >= SPELLED_FROM else 0
    return OSA.distance(name, word, score_cutoff=allowed) <= allowed
