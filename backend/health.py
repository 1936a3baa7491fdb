"""Alive: the process answers. Ready: whatever an answer to a customer needs does too."""

import asyncio

import aiohttp
from aiohttp import web
from sqlalchemy import text

from backend.edge import DATABASE, SETTINGS, json_response

HTTP = web.AppKey("http", aiohttp.ClientSession)
PATIENCE = aiohttp.ClientTimeout(total=2)


async def live(_: web.Request) -> web.Response:
    return json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """503 names what does not answer."""
    settings, http = request.app[SETTINGS], request.app[HTTP]
    actions = settings.actions_url.removesuffix("/webhook")
    database, actions_answer, *rasas = await asyncio.gather(
        _database_answers(request.app),
        _answers(http, f"{actions}/health"),
        *(_answers(http, f"{url}/health") for url in settings.rasa_urls),
    )
    parts = {"database": database, "rasa": any(rasas), "actions": actions_answer}
    is_ready = all(parts.values())
    return json_response(
        {"status": "ok" if is_ready else "not_ready", "parts": parts}, 200 if is_ready else 503
    )


def add_routes(app: web.Application) -> None:
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)


async def _database_answers(app: web.Application) -> bool:
    try:
        async with asyncio.timeout(2), app[DATABASE].reading() as session:
            await session.execute(text("SELECT 1"))
    except Exception:
        return False
    return True


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url, timeout=PATIENCE) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
