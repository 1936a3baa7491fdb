"""The demo carrier: takes parcels, moves them step by step, tells the shop and shows the customer."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from babel.dates import format_date, format_datetime
from msgspec import Meta

from sandbox import rates
from sandbox.errors import Json
from sandbox.objects import new_id
from sandbox.rendering import render
from sandbox.store import Replay, Store
from sandbox.webhooks import Courier
from sandbox.wording import Wording, wording_for

STEPS = ("announced", "picked_up", "in_transit", "out_for_delivery", "delivered")
HUBS = {
    "ES": ("Zaragoza", "Madrid"),
    "FR": ("Orléans", "Lyon"),
    "GB": ("Daventry", "Birmingham"),
    "US": ("Memphis", "Louisville"),
}
ELSEWHERE = ("Rotterdam", "Liège")
WORKING_DAYS = {"standard": (2, 4), "express": (1, 1), "freight": (3, 6)}
CHECK_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

Line = Annotated[str, Meta(max_length=200)]


class Recipient(msgspec.Struct):
    name: Line
    line1: Line
    postcode: Line
    city: Line
    country: Line


class Order(msgspec.Struct):
    reference: Line
    service: Literal["standard", "express", "freight"]
    recipient: Recipient


@dataclass(frozen=True)
class Depot:
    store: Store
    courier: Courier
    clock: Callable[[], float]
    step_seconds: float
    base_url: str | None


DEPOT = web.AppKey("depot", Depot)


def add_routes(router: web.UrlDispatcher) -> None:
    router.add_post("/carrier/parcels", accept)
    router.add_post("/carrier/rates", rates.rate)
    router.add_get("/carrier/parcels/{number}", retrieve)
    router.add_post("/carrier/parcels/{number}/advance", advance_for_program)
    router.add_post("/carrier/parcels/{number}/cancel", cancel)
    router.add_get("/carrier/track/{number}", track)
    router.add_post("/carrier/track/{number}/advance", advance_for_customer)


async def accept(request: web.Request) -> web.Response:
    body = await request.read()
    try:
        order = msgspec.json.decode(body, type=Order)
    except msgspec.MsgspecError as error:
        return _refusal(400, "invalid_request", str(error))
    if empty := [
        name for name, value in msgspec.structs.asdict(order.recipient).items() if not value.strip()
    ]:
        return _refusal(422, "invalid_address", "A parcel needs a complete address.", fields=empty)
    answer = _accept_once(request, order, body)
    if answer is None:
        return _refusal(409, "idempotency_key_reused", "This key came with another parcel before.")
    return web.Response(text=answer.body, status=answer.status, content_type="application/json")


def _accept_once(request: web.Request, order: Order, body: bytes) -> Replay | None:
    """None when the key was used for something else."""
    depot, given = request.app[DEPOT], request.headers.get("Idempotency-Key")
    key, asked = f"carrier:{given}", json.dumps(json.loads(body), sort_keys=True)
    if given and (past := depot.store.find_replay(key)):
        return past if past.request == asked else None
    with depot.store.transaction():
        parcel = _register(depot, order, depot.base_url or str(request.url.origin()))
        first = Replay(asked, 201, json.dumps(_receipt(parcel)))
        if given:
            depot.store.save_replay(key, first)
    return first


async def retrieve(request: web.Request) -> web.Response:
    parcel = _find(request)
    return web.json_response(_public(parcel)) if parcel else _unknown_parcel()


async def advance_for_program(request: web.Request) -> web.Response:
    parcel = _find(request)
    if parcel is None:
        return _unknown_parcel()
    if is_over(parcel):
        return _refusal(409, "already_over", "The parcel is delivered, or was canceled.")
    with request.app[DEPOT].store.transaction():
        parcel = advance(request.app[DEPOT], parcel)
    return web.json_response(_public(parcel))


async def advance_for_customer(request: web.Request) -> web.Response:
    parcel = _find(request)
    if parcel and not is_over(parcel):
        with request.app[DEPOT].store.transaction():
            advance(request.app[DEPOT], parcel)
    language = wording_for(request, request.query.get("lang")).language
    return web.Response(
        status=303, headers={"Location": f"/carrier/track/{request.match_info['number']}?lang={language}"}
    )


async def cancel(request: web.Request) -> web.Response:
    """Before it is picked up; a second time changes nothing."""
    parcel = _find(request)
    if parcel is None:
        return _unknown_parcel()
    if parcel["status"] != STEPS[0]:
        return _refusal(409, "already_on_its_way", "The parcel was picked up.")
    with request.app[DEPOT].store.transaction():
        canceled = request.app[DEPOT].store.save(
            "parcel", parcel | {"is_canceled": True, "next_step_at": None}
        )
    return web.json_response(_public(canceled))


def is_over(parcel: Json) -> bool:
    return bool(parcel["status"] == STEPS[-1] or parcel.get("is_canceled"))


async def track(request: web.Request) -> web.Response:
    t = wording_for(request, request.query.get("lang"))
    parcel = _find(request)
    context = _tracking(parcel, t) if parcel else {"number": request.match_info["number"]}
    template = "track.html" if parcel else "untracked.html"
    return render(request, template, t, context, status=200 if parcel else 404)


def advance_overdue(depot: Depot) -> None:
    for parcel in depot.store.overdue_parcels(depot.clock()):
        advance(depot, parcel)


def advance(depot: Depot, parcel: Json) -> Json:
    """Moves the parcel one step and tells the shop."""
    status = STEPS[STEPS.index(parcel["status"]) + 1]
    scan = {
        "status": status,
        "occurred_at": _moment(depot).isoformat(),
        "location": _location(parcel, status),
    }
    is_last = status == STEPS[-1]
    moved = depot.store.save(
        "parcel",
        parcel
        | {
            "status": status,
            "scans": [*parcel["scans"], scan],
            "next_step_at": None if is_last else depot.clock() + depot.step_seconds,
        },
    )
    event = {"id": new_id("evt"), "tracking_number": parcel["id"]} | scan
    depot.courier.post(event["id"], json.dumps(event))
    return moved


def _register(depot: Depot, order: Order, base_url: str) -> Json:
    number = new_tracking_number()
    first, last = WORKING_DAYS[order.service]
    today = _moment(depot).date()
    parcel = {
        "id": number,
        "reference": order.reference,
        "service": order.service,
        "recipient": msgspec.to_builtins(order.recipient),
        "status": STEPS[0],
        "tracking_url": f"{base_url}/carrier/track/{number}",
        "promised_from": working_day(today, first).isoformat(),
        "promised_to": working_day(today, last).isoformat(),
        "scans": [{"status": STEPS[0], "occurred_at": _moment(depot).isoformat(), "location": ""}],
        "next_step_at": depot.clock() + depot.step_seconds,
    }
    return depot.store.save("parcel", parcel)


def new_tracking_number() -> str:
    """Shaped as UPU S10 shapes them: two letters, eight digits, a check digit, two letters."""
    serial = f"{secrets.randbelow(10**8):08d}"
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, CHECK_WEIGHTS, strict=True)) % 11
    return f"LC{serial}{ {10: 0, 11: 5}.get(rest, rest) }EU"


def working_day(start: date, count: int) -> date:
    """The count-th day from Monday to Friday after `start`, public holidays or not."""
    day = start
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _moment(depot: Depot) -> datetime:
    return datetime.fromtimestamp(int(depot.clock()), UTC)


def _location(parcel: Json, status: str) -> str:
    recipient = parcel["recipient"]
    origin, hub = HUBS.get(recipient["country"].upper(), ELSEWHERE)
    return str({"picked_up": origin, "in_transit": hub}.get(status, recipient["city"]))


def _find(request: web.Request) -> Json | None:
    number = re.sub(r"\s", "", request.match_info["number"]).upper()
    return request.app[DEPOT].store.find("parcel", number)


def _receipt(parcel: Json) -> Json:
    names = ("tracking_url", "promised_from", "promised_to")
    return {"tracking_number": parcel["id"]} | {name: parcel[name] for name in names}


def _public(parcel: Json) -> Json:
    return _receipt(parcel) | {name: parcel[name] for name in ("reference", "service", "status", "scans")}


def _refusal(status: int, code: str, message: str, **details: Any) -> web.Response:
    return web.json_response({"error": code, "message": message, "details": details}, status=status)


def _unknown_parcel() -> web.Response:
    return _refusal(404, "unknown_parcel", "No parcel has this tracking number.")


def _tracking(parcel: Json, t: Wording) -> Json:
    scans = {scan["status"]: scan for scan in parcel["scans"]}
    reached = STEPS.index(parcel["status"])
    steps = [
        {
            "status": status,
            "is_reached": place <= reached,
            "is_current": place == reached,
            "when": _shown_moment(scans[status]["occurred_at"], t) if status in scans else "",
            "where": scans[status]["location"] if status in scans else "",
        }
        for place, status in enumerate(STEPS)
    ]
    return {
        "parcel": parcel,
        "steps": steps,
        "reached": reached,
        "is_over": reached == len(STEPS) - 1,
        "promise": _promise(parcel, t),
    }


def _shown_moment(iso: str, t: Wording) -> str:
    return format_datetime(datetime.fromisoformat(iso), "d MMM, HH:mm", locale=t.language)


def _promise(parcel: Json, t: Wording) -> str:
    first, last = (
        format_date(date.fromisoformat(parcel[name]), t("date_pattern"), locale=t.language)
        for name in ("promised_from", "promised_to")
    )
    return t("promised_on", day=first) if first == last else t("promised_between", first=first, last=last)
