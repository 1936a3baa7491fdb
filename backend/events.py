"""Facts that travel upwards: published in the past tense, handled in the publisher's transaction."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

F = TypeVar("F")
Handler = Callable[[AsyncSession, F], Awaitable[None]]


class Events:
    """Who listens to which fact; filled once, in `backend.app`."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Handler[Any]]] = {}

    def subscribe(self, fact: type[F], handler: Handler[F]) -> None:
        self._handlers.setdefault(fact, []).append(handler)

    async def handle(self, session: AsyncSession, fact: object) -> None:
        for handler in self._handlers.get(type(fact), []):
            await handler(session, fact)


async def publish(session: AsyncSession, fact: object) -> None:
    """A handler that raises rolls the publisher's transaction back."""
    events: Events = session.info["events"]
    await events.handle(session, fact)
