"""Stripe's webhooks."""

import json

from aiohttp import web

from backend.edge import DATABASE, SETTINGS, json_response
from backend.webhooks import InvalidSignature, keep, verify


async def receive_stripe(request: web.Request) -> web.Response:
    raw = await request.read()
    settings = request.app[SETTINGS]
    verify(raw, request.headers.get("Stripe-Signature", ""), settings.stripe_webhook_secrets)
    event = json.loads(raw)
    if event["livemode"] != ("_live_" in settings.stripe_api_key):
        raise InvalidSignature("This event is of the other mode (test or live).")
    async with request.app[DATABASE].transaction() as session:
        await keep(session, "stripe", event["id"], event)
    return json_response({"received": True})


def add_routes(app: web.Application) -> None:
    app.router.add_post("/webhooks/stripe", receive_stripe)
