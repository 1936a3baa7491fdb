"""What a customer looks for, as it was understood."""

from typing import Literal

import msgspec

from backend.catalogue.measures import Beyond
from backend.catalogue.wishes import Wish

Sort = Literal["relevance", "price", "-price", "size", "-size"]


class Query(msgspec.Struct, frozen=True):
    """What the customer looks for; kept with the conversation, so that "cheaper" can refine it.

    Prices are minor units of the shopper's currency, both ends included. `first` is the price of
    what was shown first last time, None where nothing was as wished, `highest` the highest of all shown then.
    """

    text: str = ""
    kind: str | None = None
    """What they look for, as the shop calls it; its words are in the text too."""
    brand: str | None = None
    phrase: str = ""
    """The text as it was written, with what joins its words, to compare its meaning."""
    misspelt: dict[str, str] = {}
    """Words of the text that were corrected, and how they were written."""
    price_min: int | None = None
    price_max: int | None = None
    options: list[Wish] = []
    unwanted: list[Wish] = []
    """What is not to be granted; a brand is the value of the option "brand"."""
    category: str | None = None
    in_stock: bool | None = None
    sort: Sort = "relevance"
    seen: list[str] = []
    """The products that were shown, for "another one"."""
    beyond: Beyond | None = None
    """Bigger, smaller, lighter or heavier than what was in talk."""
    exclude: list[str] = []
    top: str | None = None
    """The product that was shown first last time."""
    first: int | None = None
    highest: int | None = None
    corrected: str | None = None
