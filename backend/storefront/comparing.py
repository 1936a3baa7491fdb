"""Products beside each other, as the customer names them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.comparing import MOST_COMPARED, Difference, differences
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching.several import match_several
from backend.catalogue.views import Shopper
from backend.storefront.service import Offer, offered

MOST_ROWS = 8
PRICE_AND_AVAILABILITY = 2


class Comparison(msgspec.Struct, frozen=True):
    """At most three of the products that were meant, and in what they differ; `meant` is how many that were."""

    products: list[Offer]
    differences: list[Difference]
    meant: int


async def compare(
    session: AsyncSession,
    index: ShopIndex,
    words: str,
    shopper: Shopper,
    *,
    shown: Sequence[str],
    focus: str | None,
) -> Comparison:
    """With fewer than two products there is nothing to compare, and no difference."""
    meant = await match_several(session, index, words, shopper, shown=shown, focus=focus)
    views = meant[:MOST_COMPARED]
    rows = MOST_ROWS - PRICE_AND_AVAILABILITY - any(view.rating for view in views)
    return Comparison(await offered(session, views), differences(views, rows), len(meant))
