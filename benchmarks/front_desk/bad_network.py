"""Between browsers and shop: a proxy that loses, doubles, delays and cuts, as bad networks do.

A path `/c<number>/…` leads to the shop's `/…`, so that many browsers of one process each have a server of their own.
"""

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

LOST_BEFORE = 0.2
LOST_AFTER = 0.2
DOUBLED = 0.1
STREAM_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 0.05
PASSED_ON = ("Authorization", "Content-Type", "Accept", "Last-Event-ID")


class BadNetwork:
    def __init__(self, shop: str, seed: int) -> None:
        self._shop = shop
        self._chance = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def application(self) -> web.Application:
        app = web.Application()
        app.cleanup_ctx.append(self._http)
        app.router.add_route("*", "/{path:.*}", self._pass)
        return app

    async def _http(self, app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=40)) as self._client:
            yield

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        self.counts["requests"] += 1
        url = self._shop + re.sub(r"^/c\d+", "", request.path_qs)
        await asyncio.sleep(self._chance.uniform(0, LONGEST_DELAY_SECONDS))
        is_post = request.method == "POST"
        if is_post and self._chance.random() < LOST_BEFORE:
            return self._lose(request, "posts lost before")
        body = await request.read()
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        try:
            if is_post and self._chance.random() < DOUBLED:
                self.counts["posts doubled"] += 1
                await asyncio.gather(self._asked(request.method, url, headers, body), return_exceptions=True)
            if "event-stream" in headers.get("Accept", ""):
                return await self._stream(request, url, headers)
            status, kind, content = await self._asked(request.method, url, headers, body)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return self._lose(request, "the shop was away")
        if is_post and self._chance.random() < LOST_AFTER:
            return self._lose(request, "posts lost after")
        return web.Response(status=status, body=content, content_type=kind)

    async def _asked(
        self, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str, bytes]:
        async with self._client.request(method, url, headers=headers, data=body) as response:
            return response.status, response.content_type, await response.read()

    async def _stream(self, request: web.Request, url: str, headers: dict[str, str]) -> web.StreamResponse:
        async with self._client.get(url, headers=headers) as response:
            if response.status != 200:
                return web.Response(status=response.status, body=await response.read())
            passed = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await passed.prepare(request)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._chance.uniform(0.3, 1.7) * STREAM_SECONDS):
                    async for chunk in response.content.iter_any():
                        await passed.write(chunk)
        return self._lose(request, "streams cut")

    def _lose(self, request: web.Request, how: str) -> web.Response:
        self.counts[how] += 1
        if request.transport:
            request.transport.abort()
        return web.Response()
