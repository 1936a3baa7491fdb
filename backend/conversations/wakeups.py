"""Hints that there is something to read. The row is the truth: a lost hint delays a reader until the next look."""

import asyncio
import contextlib
import json
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart
from backend.conversations.models import Conversation
from backend.db import Database

log = structlog.get_logger()

LOOK_SECONDS = 2
LOOKED_AT_ONCE = 500
TYPING_SECONDS = 30
"""So long another process is believed to be at work on an answer; then it has died."""
MOST_UNTOLD = 10_000
"""Hints that wait for Redis; older ones are dropped, since the next look finds what they were of."""


class Wakeups:
    """Of this process; `tell` passes on what the other processes should hear."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._in_work: set[str] = set()
        self._elsewhere: dict[str, asyncio.TimerHandle] = {}
        self._seen: dict[str, tuple[Any, ...]] = {}
        self.tell: Callable[[str, str], None] = lambda _conversation_id, _what: None

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[asyncio.Event]:
        hint = asyncio.Event()
        self._waiting[conversation_id].add(hint)
        try:
            yield hint
        finally:
            self._waiting[conversation_id].discard(hint)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    def wake(self, conversation_id: str) -> None:
        self._wake_here(conversation_id)
        self.tell(conversation_id, "changed")

    def is_typing(self, conversation_id: str) -> bool:
        return conversation_id in self._in_work or conversation_id in self._elsewhere

    @contextmanager
    def typing(self, conversation_id: str) -> Iterator[None]:
        self._in_work.add(conversation_id)
        self._wake_here(conversation_id)
        self.tell(conversation_id, "typing")
        try:
            yield
        finally:
            self._in_work.discard(conversation_id)
            self._wake_here(conversation_id)
            self.tell(conversation_id, "silent")

    def hear(self, conversation_id: str, what: str) -> None:
        """From another process."""
        if what != "changed" and (timer := self._elsewhere.pop(conversation_id, None)):
            timer.cancel()
        if what == "typing":
            silence = asyncio.get_running_loop().call_later
            self._elsewhere[conversation_id] = silence(TYPING_SECONDS, self.hear, conversation_id, "silent")
        self._wake_here(conversation_id)

    def forget_the_others(self) -> None:
        """What they were doing is not known any more."""
        for conversation_id in list(self._elsewhere):
            self.hear(conversation_id, "silent")

    async def watch(self, database: Database) -> None:
        """Wakes whom no hint reached, because another process wrote: one look for all who are waiting."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            seen: dict[str, tuple[Any, ...]] = {}
            waiting = list(self._waiting)
            for start in range(0, len(waiting), LOOKED_AT_ONCE):
                async with database.reading() as session:
                    seen |= await _states(session, waiting[start : start + LOOKED_AT_ONCE])
            for conversation_id, state in seen.items():
                if self._seen.get(conversation_id) != state:
                    self._wake_here(conversation_id)
            self._seen = seen

    def _wake_here(self, conversation_id: str) -> None:
        for hint in self._waiting.get(conversation_id, ()):
            hint.set()


class RedisHints:
    """Carries hints between the processes of a shop. Without Redis they come two seconds later, by looking."""

    def __init__(self, url: str, shop: str, wakeups: Wakeups) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=2, socket_keepalive=True)
        self._channel = f"{shop}:hints"
        self._sender = secrets.token_hex(8)
        self._wakeups = wakeups
        self._untold: asyncio.Queue[str] = asyncio.Queue(MOST_UNTOLD)
        self._is_connected: bool | None = None
        wakeups.tell = self._note

    async def listen(self) -> None:
        """Until it is cancelled; each change of Redis's state is logged once."""
        await self._again_and_again(self._listen)

    async def send(self) -> None:
        """Until it is cancelled."""
        await self._again_and_again(self._send)

    async def close(self) -> None:
        """When neither listens nor sends any more."""
        await self._redis.aclose()

    async def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except (RedisError, OSError) as trouble:
                task = asyncio.current_task()
                if task and task.cancelling():  # the client may turn the end into an error of its own
                    raise asyncio.CancelledError from trouble
                self._wakeups.forget_the_others()
                self._noticed(False, type(trouble).__name__)
            await asyncio.sleep(1)

    def _note(self, conversation_id: str, what: str) -> None:
        if self._untold.full():
            self._untold.get_nowait()
        self._untold.put_nowait(json.dumps([self._sender, conversation_id, what]))

    async def _send(self) -> None:
        while True:
            hint = await self._untold.get()
            await self._redis.publish(self._channel, hint)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as heard:
            await heard.subscribe(self._channel)
            self._noticed(True)
            async for message in heard.listen():
                if message["type"] == "message":
                    self._hear(message["data"])
        raise ConnectionResetError

    def _hear(self, data: bytes) -> None:
        with contextlib.suppress(ValueError):
            sender, conversation_id, what = json.loads(data)
            if sender != self._sender:
                self._wakeups.hear(conversation_id, what)

    def _noticed(self, is_connected: bool, error: str | None = None) -> None:
        if self._is_connected != is_connected:
            self._is_connected = is_connected
            log.warning("redis_connected" if is_connected else "redis_lost", error=error)


async def _states(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """What changes when there is something to read: the log, what was taken up, the cart."""
    rows = await session.execute(
        select(Conversation.id, Conversation.last_seq, Conversation.read_seq, Cart.id, Cart.version)
        .outerjoin(Cart, (Cart.conversation_id == Conversation.id) & (Cart.state == "open"))
        .where(Conversation.id.in_(ids))
    )
    return {row.id: tuple(row[1:]) for row in rows}


WAKEUPS = web.AppKey("wakeups", Wakeups)
