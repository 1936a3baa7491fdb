"""Signed webhooks: each is sent in its turn, with growing pauses, until the shop accepts it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.faults import Faults
from sandbox.store import Delivery, Store

MOST_ATTEMPTS = 20
LONGEST_PAUSE_SECONDS = 300.0
LONGEST_OUTAGE_PAUSE_SECONDS = 15.0
LONGEST_REST_SECONDS = 0.5
TIMEOUT = ClientTimeout(total=10)


@dataclass(frozen=True)
class Line:
    """Where one kind of webhook goes and how it is signed."""

    name: str
    url: str
    signature_header: str
    secret: str


def signature(secret: str, body: str, timestamp: int) -> str:
    digest = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Courier:
    """Carries one line's webhooks; those that wait lie in the store, so a restart loses none."""

    def __init__(
        self,
        line: Line,
        store: Store,
        faults: Faults,
        clock: Callable[[], float],
        accepted: Callable[[str], None],
    ) -> None:
        self.line, self.store, self.faults, self.clock, self.accepted = line, store, faults, clock, accepted
        self.news = asyncio.Event()
        self.outages = 0

    def post(self, event: str, body: str) -> None:
        self.store.post(self.line.name, event, body, self.clock() + self.faults.plan.delay_seconds)
        self.news.set()

    async def run(self) -> None:
        async with ClientSession(timeout=TIMEOUT) as http:
            while True:
                self.news.clear()
                is_reachable = await self.deliver_due(http)
                await self._rest(is_reachable)

    async def _rest(self, is_reachable: bool) -> None:
        self.outages = 0 if is_reachable else self.outages + 1
        if self.outages:
            await asyncio.sleep(min(0.25 * 2**self.outages, LONGEST_OUTAGE_PAUSE_SECONDS))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_REST_SECONDS):
                await self.news.wait()

    async def deliver_due(self, http: ClientSession) -> bool:
        """False when nobody listens: then the whole line waits, so that the order is kept."""
        plan = self.faults.plan
        if not plan.hooks:
            return True
        if plan.reorder:
            await asyncio.sleep(0.1)
        due = self.store.due_deliveries(self.line.name, self.clock())
        for delivery in reversed(due) if plan.reorder else due:
            status = await self._send(http, delivery)
            if status is None:
                return False
            for _ in range(plan.duplicate):
                await self._send(http, delivery)
            self._settle(delivery, is_accepted=200 <= status < 300)
        return True

    async def _send(self, http: ClientSession, delivery: Delivery) -> int | None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Comptoir-Sandbox/1.0",
            self.line.signature_header: signature(self.line.secret, delivery.body, int(self.clock())),
        }
        try:
            async with http.post(
                self.line.url, data=delivery.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                return answer.status
        except (ClientError, TimeoutError):
            return None

    def _settle(self, delivery: Delivery, *, is_accepted: bool) -> None:
        with self.store.transaction():
            if is_accepted:
                self.accepted(delivery.event)
            if is_accepted or delivery.attempts + 1 >= MOST_ATTEMPTS:
                self.store.drop(delivery)
            else:
                pause_seconds = min(0.5 * 2**delivery.attempts, LONGEST_PAUSE_SECONDS)
                self.store.postpone(delivery, self.clock() + pause_seconds)
