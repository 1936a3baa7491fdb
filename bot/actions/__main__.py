"""The action server: our own door around Rasa's executor (`python -m bot.actions`).

The stock server asks for no secret, is cancelled when its caller hangs up, and answers a failure with silence.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from bot.settings import CONNECTION, ActionSettings

log = structlog.get_logger()

TIMEOUT_SECONDS = 12
MAX_BODY_BYTES = 8 * 1024 * 1024
"""A tracker of a long conversation travels with each call."""

SETTINGS = web.AppKey("settings", ActionSettings)
EXECUTOR = web.AppKey("executor", ActionExecutor)
HTTP = web.AppKey("http", aiohttp.ClientSession)


def create_app(settings: ActionSettings) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    executor = ActionExecutor()
    executor.register_package("bot.actions")
    app[SETTINGS] = settings
    app[EXECUTOR] = executor
    app.router.add_post("/webhook", run_action)
    app.router.add_get("/health", health)
    app.cleanup_ctx.append(_http)
    return app


async def health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def configure_logging() -> None:
    """One JSON object per line. Of a failure its kind and places: local variables hold what customers wrote."""
    failures = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            failures,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )


async def run_action(request: web.Request) -> web.Response:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {request.app[SETTINGS].secret}".encode()):
        return web.json_response({"error": "not_authenticated"}, status=401)
    call: dict[str, Any] = await request.json()
    call.setdefault("domain", {})  # the executor refuses a call without one, which Rasa leaves out
    CONNECTION.set((request.app[HTTP], request.app[SETTINGS].backend_url))
    try:
        work = asyncio.ensure_future(request.app[EXECUTOR].run(call))
        result = await asyncio.wait_for(asyncio.shield(work), TIMEOUT_SECONDS)
    except ActionExecutionRejection as rejection:
        return web.json_response({"error": str(rejection), "action_name": rejection.action_name}, status=400)
    except ActionNotFoundException as missing:
        return web.json_response({"error": str(missing), "action_name": missing.action_name}, status=404)
    except Exception:
        log.exception("action_failed", action=call.get("next_action"))
        return web.json_response({"error": "action_failed"}, status=500)
    return web.json_response(result.model_dump() if result else {"events": [], "responses": []})


async def _http(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as http:
        app[HTTP] = http
        yield


def main() -> None:
    configure_logging()
    settings = ActionSettings.from_environment(os.environ)
    web.run_app(create_app(settings), host="127.0.0.1", port=settings.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
