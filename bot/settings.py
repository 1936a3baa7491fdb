"""What the action server knows of its surroundings, read from the environment once, at its start."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class ActionSettings:
    port: int
    secret: str
    backend_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ActionSettings":
        return cls(
            port=int(environment["COMPTOIR_ACTIONS_PORT"]),
            secret=environment["COMPTOIR_ACTIONS_SECRET"],
            backend_url=environment["COMPTOIR_BACKEND_URL"].rstrip("/"),
        )


Connection = tuple[aiohttp.ClientSession, str]
CONNECTION: ContextVar[Connection] = ContextVar("connection")
"""Rasa's executor builds the actions itself, so what they need travels with the request."""


def connection() -> Connection:
    return CONNECTION.get()
