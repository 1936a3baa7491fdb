"""Trouble on demand: what a real provider does on a bad day, asked for by `POST /sandbox/faults`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta


class FailNext(msgspec.Struct, forbid_unknown_fields=True):
    """`after_work` loses the answer but keeps the work, as a connection that breaks too late does."""

    count: Annotated[int, Meta(ge=0, le=1000)]
    status: Literal[500, 429] = 500
    after_work: bool = False


class Plan(msgspec.Struct, forbid_unknown_fields=True):
    """`duplicate` sends each webhook so many times more; `reorder` sends those that wait backwards;
    `delay_seconds` holds webhooks back, `latency_seconds` the API's answers; without `hooks` all wait."""

    duplicate: Annotated[int, Meta(ge=0, le=20)] = 0
    reorder: bool = False
    delay_seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.0
    latency_seconds: Annotated[float, Meta(ge=0, le=120)] = 0.0
    fail_next: FailNext = msgspec.field(default_factory=lambda: FailNext(count=0))
    hooks: bool = True


class Faults:
    def __init__(self) -> None:
        self.plan = Plan()

    def take_failure(self) -> FailNext | None:
        """The failure due to this request, once for each one that was ordered."""
        failure = self.plan.fail_next
        if failure.count == 0:
            return None
        failure.count -= 1
        return failure


FAULTS = web.AppKey("faults", Faults)


async def show(request: web.Request) -> web.Response:
    return _plan(request.app[FAULTS])


async def order(request: web.Request) -> web.Response:
    """Replaces the whole plan: what is left out is well again, and `{}` heals everything."""
    try:
        request.app[FAULTS].plan = msgspec.json.decode(await request.read() or b"{}", type=Plan)
    except msgspec.MsgspecError as error:
        return web.json_response(
            {"error": "invalid_faults", "message": str(error), "details": {}}, status=422
        )
    return _plan(request.app[FAULTS])


def _plan(faults: Faults) -> web.Response:
    return web.json_response(body=msgspec.json.encode(faults.plan))
