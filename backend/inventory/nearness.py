"""How far a source is from where a parcel goes, as far as that is known."""

from math import asin, cos, radians, sin, sqrt
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.inventory.models import Source
from backend.shop import shop_of

EARTH_KM = 6371.0088
SAME_REGION, SAME_POSTAL_AREA, SAME_COUNTRY, ABROAD, UNKNOWN = 100.0, 150.0, 1_000.0, 5_000.0, 20_000.0
"""Kilometres that stand for what is known of two places without coordinates: enough to put them in order."""
AREA = 2
"""Characters of a postcode that name an area in most countries: a département, a provincia, a postal town."""


class Destination(msgspec.Struct, frozen=True):
    """`country` as ISO code. Coordinates are there only where the customer has shared them."""

    country: str = ""
    region: str = ""
    postcode: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @classmethod
    def of(cls, address: dict[str, Any]) -> "Destination":
        known = {name: address.get(name) or "" for name in ("country", "region", "postcode")}
        return cls(**known, latitude=address.get("latitude"), longitude=address.get("longitude"))


async def ranks(session: AsyncSession, destination: Destination | None) -> dict[str, float] | None:
    """By source code, how far it is; None where the shop goes by priority, or nobody knows where to."""
    if destination is None or shop_of(session).source_selection != "distance":
        return None
    sources = (await session.scalars(select(Source))).all()
    return {source.code: distance_km(source, destination) for source in sources}


def distance_km(source: Source, to: Destination) -> float:
    """Measured where both have coordinates; otherwise guessed from country, region and postcode."""
    if None not in (source.latitude, source.longitude, to.latitude, to.longitude):
        return great_circle_km(source.latitude, source.longitude, to.latitude, to.longitude)
    if not (source.country and to.country):
        return UNKNOWN
    if source.country != to.country:
        return ABROAD
    if source.region and source.region.casefold() == to.region.casefold():
        return SAME_REGION
    if source.postcode and source.postcode[:AREA] == to.postcode[:AREA]:
        return SAME_POSTAL_AREA
    return SAME_COUNTRY


def great_circle_km(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> float:
    """The haversine formula."""
    north, east = radians(lat2 - lat1), radians(lon2 - lon1)
    half = sin(north / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
