"""The carrier's API, as the demo's carrier speaks it."""

from datetime import date

import aiohttp
import msgspec

from backend.config import Settings
from backend.errors import Unavailable

TIMEOUT = aiohttp.ClientTimeout(total=10)


class CarrierUnavailable(Unavailable):
    """The carrier does not take parcels at the moment."""

    code = "carrier_unavailable"


class Recipient(msgspec.Struct, frozen=True):
    name: str
    line1: str
    postcode: str
    city: str
    country: str


class Booked(msgspec.Struct, frozen=True):
    tracking_number: str
    tracking_url: str
    promised_from: date
    promised_to: date


class CarrierClient:
    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self._url = f"{settings.carrier_url}/carrier/parcels"
        self._http = http

    async def cancel(self, tracking_number: str) -> bool:
        """Whether it is not sent; False where it is on its way already. Raises CarrierUnavailable."""
        url = f"{self._url}/{tracking_number}/cancel"
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
            async with self._http.post(self._url, data=body, headers=headers, timeout=TIMEOUT) as response:
                response.raise_for_status()
                return msgspec.json.decode(await response.read(), type=Booked)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise CarrierUnavailable(str(error)) from error
