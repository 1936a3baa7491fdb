"""Servers of tests that end in order."""

import asyncio
import socket

from aiohttp import web
from aiohttp.test_utils import TestServer, get_port_socket

STEPS = 3
"""The accepting task starts, its transport starts, its protocol knows."""


def open_door() -> socket.socket:
    """Bound to a port that nobody else is given, before anybody serves there."""
    return get_port_socket("127.0.0.1", 0, socket.AF_INET)


def url_of(door: socket.socket) -> str:
    return f"http://127.0.0.1:{door.getsockname()[1]}"


class OrderlyServer(TestServer):
    """An application on loopback that can be closed while it is called.

    Python 3.11 leaves a connection open that it has accepted in the very step that closes the server
    (CPython's issue 109564), so this one stops accepting first and gives what was accepted time to begin.
    """

    def __init__(self, app: web.Application, door: socket.socket | None = None) -> None:
        """At a door of its own where none is given."""
        self.listening = door or open_door()
        super().__init__(app, socket_factory=lambda *_: self.listening)

    async def close(self) -> None:
        if self.started and not self.closed:
            asyncio.get_running_loop().remove_reader(self.listening)
            for _ in range(STEPS):
                await asyncio.sleep(0)
        await super().close()
