"""Calls of the backend about what the shop knows of the customer."""

from urllib.parse import quote

import msgspec

from bot.client import Backend


class Known(msgspec.Struct, frozen=True):
    """`url` opens a copy of all of it for an hour."""

    orders: int
    conversations: int
    url: str


class Erasure(msgspec.Struct, frozen=True):
    id: str


async def tell_known(backend: Backend) -> Known:
    return await backend._ask("GET", "/api/personal-data", Known)


async def preview_erasure(backend: Backend) -> Erasure:
    return await backend.write("POST", "/api/personal-data/erasures", Erasure)


async def confirm_erasure(backend: Backend, erasure_id: str) -> Erasure:
    path = f"/api/personal-data/erasures/{quote(erasure_id, safe='')}/confirmation"
    return await backend.write("POST", path, Erasure)
