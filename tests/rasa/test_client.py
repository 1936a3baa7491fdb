"""The assistant's side of the backend's door, with a backend that comes late."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from backend.run import free_port
from bot import client
from bot.client import Backend, BackendDown
from tests.servers import OrderlyServer, open_door, url_of


async def set_language(_: web.Request) -> web.Response:
    return web.json_response({"language": "fr"})


async def test_a_backend_that_is_being_started_is_waited_for() -> None:
    door = open_door()
    app = web.Application()
    app.router.add_put("/api/conversation/language", set_language)
    runner = web.AppRunner(app)
    await runner.setup()
    async with aiohttp.ClientSession() as http:
        asked = asyncio.create_task(Backend(http, url_of(door), "token", "fr", "turn").set_language("fr"))
        await asyncio.sleep(0.3)
        assert not asked.done()
        await web.SockSite(runner, door).start()
        await asked
    await runner.cleanup()


async def test_one_that_is_killed_in_the_middle_is_asked_again_under_the_same_key() -> None:
    keys: list[str] = []

    async def killed_the_first_time(request: web.Request) -> web.Response:
        keys.append(request.headers["Idempotency-Key"])
        assert request.transport
        if len(keys) == 1:
            request.transport.abort()
        return web.json_response({"language": "fr"})

    app = web.Application()
    app.router.add_put("/api/conversation/language", killed_the_first_time)
    async with OrderlyServer(app) as server, aiohttp.ClientSession() as http:
        await Backend(http, str(server.make_url("")), "token", "fr", "turn").set_language("fr")
    assert keys == ["turn:1", "turn:1"]


async def test_one_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "STARTS_WITHIN_SECONDS", 0.3)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(BackendDown):
            await Backend(http, f"http://127.0.0.1:{free_port()}", "token", "fr", "turn").set_language("fr")
