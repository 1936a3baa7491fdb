"""How Stripe talks: keys, versions, request ids, form-encoded parameters, idempotency, lists, expansion."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox import checkout, expansion, objects
from sandbox.errors import (
    ApiError,
    CardDeclined,
    IdempotencyMismatch,
    InternalError,
    InvalidParameter,
    InvalidRequest,
    Json,
    KeyInUse,
    TooManyRequests,
    Unauthorized,
    UnknownUrl,
)
from sandbox.faults import FAULTS, FailNext
from sandbox.parameters import Integer, Kind, ListOf, Struct, Text, nest
from sandbox.provider import Provider
from sandbox.store import Page, Replay

PROVIDER = web.AppKey("provider", Provider)
BASE_URL = web.AppKey("base_url", str)
REQUEST_ID = web.RequestKey("request_id", str)
BUSY_KEYS = web.AppKey("busy_keys", set[str])

LOG = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

EXPAND = ListOf(Text(), most=20)
PAGING: dict[str, Kind] = {"limit": Integer(1, 100), "starting_after": Text(), "ending_before": Text()}


@dataclass(frozen=True)
class Call:
    """One request, understood: its parameters are read and its path is taken apart."""

    provider: Provider
    given: Json
    id: str
    base_url: str

    @property
    def page(self) -> Page:
        return Page(**{name: self.given[name] for name in PAGING if name in self.given})


Operation = Callable[[Call], Json]


def base_url(request: web.Request) -> str:
    return request.app[BASE_URL] or str(request.url.origin())


@web.middleware
async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer, refusals too, has Stripe's headers and shape."""
    request_id = objects.new_id("req", 14)
    request[REQUEST_ID] = request_id
    try:
        _check_key(request)
        answer = await handler(request)
    except web.HTTPException as error:
        answer = _refusal(
            _unknown_url(request) if error.status in (404, 405) else InvalidRequest(error.reason), request_id
        )
    except ApiError as error:
        answer = _refusal(error, request_id)
    except Exception:
        LOG.exception("%s %s failed", request.method, request.path)
        answer = _refusal(
            InternalError("An unknown error occurred in the sandbox; its log says more."), request_id
        )
    answer.headers["Request-Id"] = request_id
    answer.headers["Stripe-Version"] = request.headers.get("Stripe-Version", objects.API_VERSION)
    if key := request.headers.get("Idempotency-Key"):
        answer.headers["Idempotency-Key"] = key
    return answer


def _refusal(error: ApiError, request_id: str) -> web.Response:
    return web.json_response(error.body(request_id), status=error.status)


def _unknown_url(request: web.Request) -> UnknownUrl:
    return UnknownUrl(
        f"Unrecognized request URL ({request.method}: {request.path}). This sandbox knows "
        "checkout sessions, payment intents, charges, refunds, balance transactions, events, products."
    )


def _check_key(request: web.Request) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        given = base64.b64decode(given + "==", validate=False).decode(errors="replace").partition(":")[0]
    if not given:
        raise Unauthorized(
            "You did not provide an API key. Provide it in the Authorization header, as 'Bearer sk_test_…'."
        )
    if not given.startswith(("sk_test_", "rk_test_")):
        raise Unauthorized(f"Invalid API Key provided: {given[:7]}***; this sandbox takes test keys only.")


def endpoint(operation: Operation, parameters: Struct) -> Handler:
    """Turns an operation into a request handler: one transaction, one replayable answer."""
    known = Struct({**parameters.fields, "expand": EXPAND}, parameters.required)

    async def handle(request: web.Request) -> web.StreamResponse:
        raw = await _raw_parameters(request)
        failure = request.app[FAULTS].take_failure()
        if failure and not failure.after_work:
            raise _injected(failure)
        answer = await _answer_once(request, raw, lambda: _perform(request, operation, known, raw))
        if failure:
            raise _injected(failure)
        return answer

    return handle


async def _raw_parameters(request: web.Request) -> Json:
    body = (
        (await request.read()).decode(errors="replace") if request.method == "POST" else request.query_string
    )
    return nest(parse_qsl(body, keep_blank_values=True))


def _injected(failure: FailNext) -> ApiError:
    if failure.status == 429:
        return TooManyRequests("Too many requests in a short time.", code="rate_limit")
    return InternalError("An unknown error occurred: it was ordered at /sandbox/faults.")


async def _answer_once(request: web.Request, raw: Json, perform: Callable[[], Replay]) -> web.Response:
    """The first answer to a key is its answer for good; reads and refused parameters do not take the key."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key is None:
        await asyncio.sleep(request.app[FAULTS].plan.latency_seconds)
        return _response(perform())
    if len(key) > 255:
        raise InvalidParameter("Idempotency keys can be at most 255 characters long.")
    asked = json.dumps([request.method, request.path, raw], sort_keys=True)
    if past := request.app[PROVIDER].store.find_replay(key):
        return _replayed(key, past, asked)
    return _response(await _hold_key(request.app, key, lambda: _keep(request.app, key, asked, perform)))


async def _hold_key(app: web.Application, key: str, perform: Callable[[], Replay]) -> Replay:
    busy = app[BUSY_KEYS]
    if key in busy:
        raise KeyInUse(
            f"There is currently another in-progress request using this Idempotent Key: {key}. "
            "Please try again later.",
            code="idempotency_key_in_use",
        )
    busy.add(key)
    try:
        await asyncio.sleep(app[FAULTS].plan.latency_seconds)
        return perform()
    finally:
        busy.discard(key)


def _keep(app: web.Application, key: str, asked: str, perform: Callable[[], Replay]) -> Replay:
    first = replace(perform(), request=asked)
    app[PROVIDER].store.save_replay(key, first)
    return first


def _replayed(key: str, past: Replay, asked: str) -> web.Response:
    if past.request != asked:
        raise IdempotencyMismatch(
            "Keys for idempotent requests can only be used with the same endpoint and the same parameters "
            f"they were first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
    answer = _response(past)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _response(answer: Replay) -> web.Response:
    return web.Response(text=answer.body, status=answer.status, content_type="application/json")


def _perform(request: web.Request, operation: Operation, known: Struct, raw: Json) -> Replay:
    given = known.read(raw)
    expand = given.pop("expand", [])
    provider = _provider_for(request)
    call = Call(provider, given, request.match_info.get("id", ""), base_url(request))
    try:
        with provider.store.transaction():
            checkout.expire_overdue_sessions(request.app[PROVIDER])
            status, body = _work(operation, call, request[REQUEST_ID])
            expanded = expansion.expand(provider, body, expand)
    except InvalidParameter:
        raise
    except ApiError as error:
        status, expanded = error.status, error.body(request[REQUEST_ID])
    return Replay("", status, json.dumps(expanded, indent=2))


def _work(operation: Operation, call: Call, request_id: str) -> tuple[int, Json]:
    """A declined card leaves its traces; every other refusal undoes what was begun."""
    try:
        return 200, operation(call)
    except CardDeclined as declined:
        return declined.status, declined.body(request_id)


def _provider_for(request: web.Request) -> Provider:
    if request.method != "POST":
        return request.app[PROVIDER]
    cause = {"id": request[REQUEST_ID], "idempotency_key": request.headers.get("Idempotency-Key")}
    return replace(request.app[PROVIDER], cause=cause)


def listing(url: str, found: tuple[list[Any], bool]) -> Json:
    data, has_more = found
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
