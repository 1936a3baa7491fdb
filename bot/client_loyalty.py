"""Calls of the backend about the points of a customer."""

import msgspec

from bot.client import Backend, Money


class Points(msgspec.Struct, frozen=True):
    points: int
    worth: Money
    least: int
    expires_at: str | None


class SpentPoints(msgspec.Struct, frozen=True):
    points: int
    credit: Money


async def find_points(backend: Backend) -> Points:
    return await backend._ask("GET", "/api/loyalty", Points)


async def spend_points(backend: Backend) -> SpentPoints:
    return await backend.write("POST", "/api/loyalty/credit", SpentPoints)
