"""How much one address may do, whoever it says that it is: visitors are many, and cost nothing to invent."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from backend.config import Settings
from backend.errors import TooMany


class TooManyFromAddress(TooMany):
    """More of this in a while than the people behind one address do."""

    code = "too_many_from_address"


class TooManyGiftCardCodes(TooMany):
    """More codes of gift cards than anybody has: who guesses gets nowhere."""

    code = "too_many_gift_card_codes"


class TooManyStreams(TooMany):
    """More readers at a time than one conversation, or one address, has."""

    code = "too_many_streams"


CODES_PER_CONVERSATION, CODES_PER_ADDRESS = RateLimitItemPerHour(20), RateLimitItemPerHour(60)
"""Of gift cards."""


class Limits:
    """Counted in this process: with several of them, each gives the whole."""

    def __init__(self, settings: Settings) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._items: dict[str, RateLimitItem] = {
            "conversations": RateLimitItemPerHour(settings.conversations_per_address_and_hour),
            "messages": RateLimitItemPerMinute(settings.messages_per_address_and_minute),
            "files": RateLimitItemPerHour(settings.files_per_address_and_hour),
        }
        self._streams: Counter[str] = Counter()
        self._most_streams = {
            "conversation": settings.streams_per_conversation,
            "address": settings.streams_per_address,
        }
        self._proxies = settings.trusted_proxies

    @property
    def open_streams(self) -> int:
        return sum(self._streams.values()) // 2

    async def close(self, _: web.Application) -> None:
        """Waits for the clearing away of what is over, which the storage does beside the requests."""
        if self._storage.timer:
            await self._storage.timer

    async def count(self, what: str, request: web.Request) -> None:
        """Raises TooManyFromAddress."""
        item, address = self._items[what], address_of(request, self._proxies)
        if not await self._limiter.hit(item, what, address):
            raise TooManyFromAddress(retry_after_seconds=min(60, item.get_expiry()), most=item.amount)

    async def count_gift_card(self, conversation_id: str, request: web.Request) -> None:
        """One more code is tried, right or wrong. Raises TooManyGiftCardCodes."""
        tried = (
            (CODES_PER_CONVERSATION, conversation_id),
            (CODES_PER_ADDRESS, address_of(request, self._proxies)),
        )
        for item, key in tried:
            if not await self._limiter.hit(item, "gift_cards", key):
                raise TooManyGiftCardCodes(retry_after_seconds=item.get_expiry(), most=item.amount)

    @contextmanager
    def stream(self, conversation_id: str, request: web.Request) -> Iterator[None]:
        """One more reader while the block lasts. Raises TooManyStreams."""
        counted = {"conversation": conversation_id, "address": address_of(request, self._proxies)}
        for kind, key in counted.items():
            if self._streams[key] >= self._most_streams[kind]:
                raise TooManyStreams(retry_after_seconds=10, most=self._most_streams[kind])
        self._streams.update(counted.values())
        try:
            yield
        finally:
            self._streams.subtract(counted.values())
            for key in counted.values():
                if not self._streams[key]:
                    del self._streams[key]


def address_of(
    request: web.Request, proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> str:
    """Who called, as far as that is known: the nearest address that is no proxy of ours.

    What a proxy adds stands at the right of the header; all that is left of the first stranger may be invented.
    An IPv6 subscriber has a whole /64.
    """
    hops = [request.remote or "", *reversed(request.headers.get("X-Forwarded-For", "").split(","))]
    address = ipaddress.ip_address("0.0.0.0")
    for hop in hops:
        try:
            address = ipaddress.ip_address(hop.strip())
        except ValueError:
            break
        if not any(address in network for network in proxies):
            break
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


LIMITS = web.AppKey("limits", Limits)
