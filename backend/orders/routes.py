"""Orders of the caller's conversation."""

import msgspec

from backend.edge import SETTINGS, Call, Operations
from backend.orders import service as orders
from backend.orders.service import OrderNotFound, OrderView

operations = Operations("orders")


class OrderQuery(msgspec.Struct, frozen=True):
    number: str | None = None


@operations.get("/api/order", query=OrderQuery, answer=OrderView, errors=(OrderNotFound,))
async def find_order(call: Call) -> OrderView:
    """The conversation's order of this number, or its latest one."""
    order = await orders.find_order(call.session, call.caller.conversation_id, call.query.number)
    return await orders.view(call.session, order, call.request.app[SETTINGS].public_url)
