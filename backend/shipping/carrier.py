"""The carrier's API, as the demo's carrier speaks it."""

from datetime import date
from typing import Annotated

import aiohttp
import msgspec

from backend.config import Settings
from backend.errors import Unavailable
from backend.shipping.rates import Parcel

TIMEOUT = aiohttp.ClientTimeout(total=10)
RATE_TIMEOUT = aiohttp.ClientTimeout(total=1)
"""A customer waits for it."""
NOT_CARRIED = 422
DEAREST = 1_000_000
"""In minor units; a rate beyond it is a mistake of the carrier's."""


class CarrierUnavailable(Unavailable):
    """The carrier does not take parcels at the moment."""

    code = "carrier_unavailable"


class Recipient(msgspec.Struct, frozen=True):
    name: str
    line1: str
    postcode: str
    city: str
    country: str


class Rate(msgspec.Struct, frozen=True):
    price: Annotated[int, msgspec.Meta(ge=0, le=DEAREST)]
    currency: str


class Booked(msgspec.Struct, frozen=True):
    tracking_number: str
    tracking_url: str
    promised_from: date
    promised_to: date


class CarrierClient:
    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self._url = f"{settings.carrier_url}/carrier"
        self._http = http

    async def cancel(self, tracking_number: str) -> bool:
        """Whether it is not sent; False where it is on its way already. Raises CarrierUnavailable."""
        url = f"{self._url}/parcels/{tracking_number}/cancel"
        try:
            async with self._http.post(url, timeout=TIMEOUT) as response:
                if response.status == 409:
                    return False
                response.raise_for_status()
                return True
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CarrierUnavailable(str(error)) from error

    async def book(self, *, key: str, reference: str, service: str, recipient: Recipient) -> Booked:
        """The same `key` again books nothing new. Raises CarrierUnavailable."""
        body = msgspec.json.encode({"reference": reference, "service": service, "recipient": recipient})
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        try:
            async with self._http.post(
                f"{self._url}/parcels", data=body, headers=headers, timeout=TIMEOUT
            ) as response:
                response.raise_for_status()
                return msgspec.json.decode(await response.read(), type=Booked)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise CarrierUnavailable(str(error)) from error

    async def rate(self, parcel: Parcel) -> int | None:
        """See `RateSource`. What is no price in the parcel's currency is no answer."""
        body, headers = msgspec.json.encode(parcel), {"Content-Type": "application/json"}
        try:
            async with self._http.post(
                f"{self._url}/rates", data=body, headers=headers, timeout=RATE_TIMEOUT
            ) as response:
                if response.status == NOT_CARRIED:
                    return None
                response.raise_for_status()
                rate = msgspec.json.decode(await response.read(), type=Rate)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise CarrierUnavailable(str(error)) from error
        if rate.currency != parcel.currency:
            raise CarrierUnavailable(f"asked for {parcel.currency}, answered in {rate.currency}")
        return rate.price
