"""Orders of the caller's conversation."""

import msgspec

from backend.edge import SETTINGS, Call, Operations
from backend.orders import finding, views
from backend.orders.finding import OrderNotFound
from backend.orders.views import OrderView

operations = Operations("orders")


class OrderQuery(msgspec.Struct, frozen=True):
    number: str | None = None


@operations.get("/api/order", query=OrderQuery, answer=OrderView, errors=(OrderNotFound,))
async def find_order(call: Call) -> OrderView:
    """The conversation's order of this number, or its latest one."""
    order = await finding.find_order(call.session, call.caller.conversation_id, call.query.number)
    return await views.view(call.session, order, call.request.app[SETTINGS].public_url)
