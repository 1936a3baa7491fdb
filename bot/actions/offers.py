"""What may be offered along with a product."""

from typing import Any

import structlog

from bot.actions.base import Turn
from bot.client import BackendDown, Refused

log = structlog.get_logger()

MOST = 2


async def complements_of(
    turn: Turn, product: str, currency: str, besides: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """At most two that are in stock, `besides` those. Only an extra: the answer stands without it."""
    try:
        found = await turn.backend.complements(product, currency)
    except (Refused, BackendDown) as error:
        log.warning("no_complements", product=product, error=str(error))
        return []
    return [{"id": each.id, "name": each.name} for each in found if each.id not in besides][:MOST]
