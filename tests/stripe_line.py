"""The line to Stripe, with its troubles: a proxy that a shop of its own process is pointed at."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

Trouble = Literal["well", "slow", "cut", "failing"]
FAILED = json.dumps({"error": {"type": "api_error", "message": "Something went wrong on Stripe's end."}})
ANSWER_500 = (
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(FAILED)}\r\nConnection: close\r\n\r\n{FAILED}"
).encode()


class StripeLine:
    """`slow` takes requests and never answers; `cut` hangs up in the middle; `failing` answers 500."""

    def __init__(self, port: Callable[[], int]) -> None:
        self._port = port
        self.trouble: Trouble = "well"
        self._open: set[asyncio.StreamWriter] = set()

    async def get(self, trouble: Trouble) -> None:
        """From now on, for connections that are open already too."""
        self.trouble = trouble
        for writer in self._open.copy():
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.trouble == "well":
            return await self._forward(reader, writer)
        await reader.readuntil(b"\r\n\r\n")
        if self.trouble == "slow":
            await asyncio.sleep(600)
        if self.trouble == "failing":
            writer.write(ANSWER_500)
            await writer.drain()
        return None

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_stripe, to_stripe = await asyncio.open_connection("127.0.0.1", self._port())
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, to_stripe))
                both.create_task(_copy(from_stripe, writer))
        finally:
            to_stripe.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


@asynccontextmanager
async def listening(line: StripeLine, port: int) -> AsyncIterator[None]:
    server = await asyncio.start_server(line.serve, "127.0.0.1", port)
    yield
    server.close()
    await line.get("cut")
