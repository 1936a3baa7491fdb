"""What the caller's customer waits for."""

from typing import Annotated

import msgspec

from backend.catalogue.read import VariantNotFound
from backend.catalogue.views import Shopper
from backend.edge import Call, Operations
from backend.inventory import subscriptions
from backend.inventory.subscriptions import Awaited, NotSoldOut

operations = Operations("inventory")


class Waiting(msgspec.Struct, frozen=True):
    """What the customer will be told of once it can be had again."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


@operations.get("/api/stock-subscriptions", answer=list[Awaited])
async def list_awaited(call: Call) -> list[Awaited]:
    """In the order in which they were asked for."""
    return await _awaited(call)


@operations.post(
    "/api/stock-subscriptions",
    body=Waiting,
    answer=list[Awaited],
    status=201,
    errors=(VariantNotFound, NotSoldOut),
)
async def subscribe(call: Call) -> list[Awaited]:
    """Told once, in this conversation, as soon as it can be had. The same again changes nothing."""
    await subscriptions.subscribe(call.session, call.caller.conversation_id, call.body.sku)
    return await _awaited(call)


@operations.delete("/api/stock-subscriptions/{sku}", answer=list[Awaited])
async def unsubscribe(call: Call) -> list[Awaited]:
    await subscriptions.unsubscribe(call.session, call.caller.conversation_id, call.path["sku"])
    return await _awaited(call)


@operations.delete("/api/stock-subscriptions", answer=list[Awaited])
async def unsubscribe_from_all(call: Call) -> list[Awaited]:
    await subscriptions.unsubscribe(call.session, call.caller.conversation_id)
    return await _awaited(call)


async def _awaited(call: Call) -> list[Awaited]:
    shopper = Shopper(call.language, call.caller.currency)
    return await subscriptions.awaited(call.session, call.caller.conversation_id, shopper)
