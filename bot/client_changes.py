"""Calls of the backend about changes of placed orders."""

from urllib.parse import quote

import msgspec

from bot.client import Backend, Money


class Change(msgspec.Struct, frozen=True):
    """Of the `difference`, what is below zero goes back."""

    id: str
    number: str
    kind: str
    difference: Money


async def preview_cancellation(backend: Backend, number: str | None) -> Change:
    body = {"number": number, "change": {"type": "cancel"}}
    return await backend.write("POST", "/api/order-changes", Change, body)


async def confirm_change(backend: Backend, change_id: str) -> Change:
    return await backend.write("POST", f"/api/order-changes/{quote(change_id, safe='')}/confirmation", Change)
