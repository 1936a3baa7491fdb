"""The hosted payment page. It needs no JavaScript; scripts post `card_number`, `exp` and `cvc`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from babel.dates import format_datetime

from sandbox import cards, checkout, money, payments
from sandbox.cards import TEST_CARDS, Behaviour, CardRefused
from sandbox.errors import Json
from sandbox.protocol import PROVIDER
from sandbox.rendering import PAGE_HEADERS, render
from sandbox.wording import Wording, wording_for

SHOWN = (Behaviour.PAYS, Behaviour.ASKS_3D_SECURE, Behaviour.DECLINED, Behaviour.INSUFFICIENT_FUNDS)
"""What follows later, by the others, is for who knows their numbers."""
CHOICES = [
    {
        "number": number,
        "grouped": " ".join(number[i : i + 4] for i in range(0, 16, 4)),
        "behaviour": behaviour.value,
    }
    for number, behaviour in TEST_CARDS.items()
    if behaviour in SHOWN
]


def add_routes(router: web.UrlDispatcher) -> None:
    router.add_get("/c/pay/{id}", show)
    router.add_post("/c/pay/{id}", submit)
    router.add_get("/c/pay/{id}/authenticate", show_authentication)
    router.add_post("/c/pay/{id}/authenticate", submit_authentication)


async def show(request: web.Request) -> web.Response:
    session = _find_session(request)
    return _page(request, session) if session else _unknown(request)


async def submit(request: web.Request) -> web.Response:
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    session = _find_session(request)
    if session is None:
        return _unknown(request)
    if session["status"] != "open":
        return _page(request, session, status=409)
    try:
        card = _card(request, form)
    except CardRefused as refused:
        return _page(request, session, status=422, problem=refused.code, field=refused.field, form=form)
    provider = request.app[PROVIDER]
    with provider.store.transaction():
        intent = payments.pay(provider, session, card, form.get("email", "").strip() or None)
    return _after_attempt(request, session["id"], intent)


async def show_authentication(request: web.Request) -> web.Response:
    session = _find_session(request)
    if session is None:
        return _unknown(request)
    if session["status"] == "open" and not _awaits_authentication(request, session):
        return _see_other(f"/c/pay/{session['id']}")
    return _page(request, session, open_template="authenticate.html")


async def submit_authentication(request: web.Request) -> web.Response:
    form = await request.post()
    session = _find_session(request)
    if session is None:
        return _unknown(request)
    if session["status"] != "open":
        return _page(request, session, status=409)
    if session["payment_intent"] is None:
        return _see_other(f"/c/pay/{session['id']}")
    provider = request.app[PROVIDER]
    with provider.store.transaction():
        intent = payments.authenticate(provider, session, is_confirmed=form.get("outcome") == "complete")
    return _after_attempt(request, session["id"], intent)


def _find_session(request: web.Request) -> Json | None:
    provider = request.app[PROVIDER]
    with provider.store.transaction():
        checkout.expire_overdue_sessions(provider)
    return provider.store.find("checkout.session", request.match_info["id"])


def _unknown(request: web.Request) -> web.Response:
    return render(request, "unknown.html", wording_for(request, None), status=404)


def _card(request: web.Request, form: dict[str, str]) -> cards.Card:
    fields = {"card_number": form["test_card"], **cards.FORM_FILLER} if "test_card" in form else form
    today = datetime.fromtimestamp(request.app[PROVIDER].clock(), UTC).date()
    return cards.read_card(fields.get("card_number", ""), fields.get("exp", ""), fields.get("cvc", ""), today)


def _awaits_authentication(request: web.Request, session: Json) -> bool:
    if session["payment_intent"] is None:
        return False
    return bool(
        request.app[PROVIDER].find("payment_intent", session["payment_intent"])["status"] == "requires_action"
    )


def _after_attempt(request: web.Request, session_id: str, intent: Json) -> web.Response:
    session = request.app[PROVIDER].find("checkout.session", session_id)
    if intent["status"] == "succeeded":
        return _see_other(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id))
    if intent["status"] == "requires_action":
        return _see_other(f"/c/pay/{session_id}/authenticate")
    problem = intent["last_payment_error"].get("decline_code", "authentication_failed")
    return _page(request, session, status=402, problem=problem, field="card_number")


def _see_other(location: str) -> web.Response:
    return web.Response(status=303, headers=PAGE_HEADERS | {"Location": location})


def _page(
    request: web.Request, session: Json, status: int = 200, open_template: str = "pay.html", **problem: Any
) -> web.Response:
    templates = {"open": open_template, "complete": "paid.html", "expired": "expired.html"}
    t = wording_for(request, session["locale"])
    context = _context(request, session, t) | {"problem": None, "field": None, "form": {}} | problem
    return render(request, templates[session["status"]], t, context, status)


def _context(request: web.Request, session: Json, t: Wording) -> Json:
    def shown(amount: int) -> str:
        return money.shown(amount, session["currency"], t.language)

    items = [
        {
            "description": item["description"],
            "quantity": item["quantity"],
            "amount": shown(item["amount_total"]),
        }
        for item in checkout.all_line_items(request.app[PROVIDER], session["id"])
    ]
    return {
        "session": session,
        "shop": session["branding_settings"]["display_name"],
        "items": items,
        "shipping": shown(session["shipping_cost"]["amount_total"]) if session["shipping_cost"] else None,
        "total": shown(session["amount_total"]),
        "until": format_datetime(
            datetime.fromtimestamp(session["expires_at"], UTC), "d MMM, HH:mm", locale=t.language
        ),
        "choices": CHOICES,
        "back_url": session["cancel_url"],
        "success_url": session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]),
    }
