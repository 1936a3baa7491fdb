"""What a carrier asks for a parcel."""

from typing import Protocol

import msgspec
from aiohttp import web

from backend.shop.zones import Destination


class Parcel(msgspec.Struct, frozen=True):
    """Before it is one: `service` is the carrier's own word for how it travels."""

    service: str
    weight_grams: int
    currency: str
    destination: Destination


class RateSource(Protocol):
    async def rate(self, parcel: Parcel) -> int | None:
        """In minor units; None where the carrier does not take it. Raises CarrierUnavailable after a second."""
        ...


RATES = web.AppKey("rates", RateSource)
