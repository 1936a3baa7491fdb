"""The page behind a payment link: how an order stands, for whoever holds its secret address."""

from contextlib import suppress
from datetime import datetime

from aiohttp import web

from backend.checkout.pay import settle_order
from backend.credit.selling import sold_cards
from backend.db import now
from backend.edge import DATABASE, SETTINGS
from backend.orders import finding, views
from backend.orders.models import DOWNLOAD
from backend.orders.views import OrderView
from backend.pages.render import SECRET_HEADERS, render
from backend.pages.visitor import visitor_of
from backend.payments.gateway import GATEWAY, PaymentsUnavailable
from backend.shipping.service import STEPS
from backend.shop import SHOP

SECONDS_BETWEEN_LOOKS = 4
MOST_LOOKS = 15
"""A minute of looking by itself; some payments take days to be confirmed."""


async def show_order(request: web.Request) -> web.Response:
    token = request.match_info["token"]
    database = request.app[DATABASE]
    with suppress(PaymentsUnavailable):
        await settle_order(database, request.app[GATEWAY], token)
    async with database.reading() as session:
        found = await finding.find_by_token(session, token)
        order = await views.view(session, found, request.app[SETTINGS].public_url)
        cards = await sold_cards(session, found.id) if found.payment_status == "paid" else []
        state = standing(order, "session" in request.query, now(session))
    method = request.app[SHOP].delivery_method(found.delivery_method)
    visitor, taxes = visitor_of(request).speaking(order.language), request.app[SHOP].taxes
    return render(
        request,
        visitor,
        "order.html",
        headers=SECRET_HEADERS,
        is_listed=False,
        order=order,
        token=token,
        state=state,
        gift_cards=cards,
        delivery=method.name if method else {},
        tax_name=taxes.name[visitor.language] if taxes else "",
        is_downloaded=found.delivery_method == DOWNLOAD,
        steps=STEPS,
        is_refused="payments" in request.query,
        refresh=_refresh(request) if state == "checking" else None,
    )


def standing(order: OrderView, is_back: bool, at: datetime) -> str:
    """The payment's status; `checking` while a payment that was just made is not confirmed yet."""
    if order.payment_status != "waiting":
        return order.payment_status
    if is_back:
        return "checking"
    return "waiting" if order.pay_by > at else "canceled"


def _refresh(request: web.Request) -> str | None:
    looks = int(looked) if (looked := request.query.get("look", "0")).isdecimal() else MOST_LOOKS
    if looks >= MOST_LOOKS:
        return None
    return f"{SECONDS_BETWEEN_LOOKS};url={request.rel_url.update_query(look=str(looks + 1))}"
