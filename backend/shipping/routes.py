"""The carrier's webhooks."""

import msgspec
from aiohttp import web

from backend.edge import DATABASE, SETTINGS, json_response
from backend.errors import InvalidInput
from backend.shipping.service import CarrierEvent
from backend.shipping.webhooks import SCHEMES
from backend.webhooks import keep, verify


async def receive_carrier(request: web.Request) -> web.Response:
    raw = await request.read()
    verify(raw, request.headers.get("X-Carrier-Signature", ""), [request.app[SETTINGS].carrier_secret])
    try:
        event = msgspec.json.decode(raw, type=CarrierEvent)
    except msgspec.MsgspecError as error:
        raise InvalidInput(str(error)) from None
    async with request.app[DATABASE].transaction() as session:
        await keep(session, "carrier", event.id, msgspec.to_builtins(event))
    return json_response({"received": True})


async def receive_tracking(request: web.Request) -> web.Response:
    """Of an aggregator: each of its events goes the way of the demo carrier's."""
    scheme = request.match_info["scheme"]
    if scheme not in SCHEMES:
        raise web.HTTPNotFound
    header, verify_signature, read = SCHEMES[scheme]
    raw = await request.read()
    secret = request.app[SETTINGS].tracking_secrets[scheme]
    verify_signature(raw, request.headers.get(header, ""), secret)
    try:
        events = read(raw)
    except msgspec.MsgspecError as error:
        raise InvalidInput(str(error)) from None
    async with request.app[DATABASE].transaction() as session:
        for event in events:
            await keep(session, "carrier", event.id, msgspec.to_builtins(event))
    return json_response({"received": True})


def add_routes(app: web.Application) -> None:
    app.router.add_post("/webhooks/carrier", receive_carrier)
    app.router.add_post("/webhooks/tracking/{scheme}", receive_tracking)
