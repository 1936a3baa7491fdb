"""Calls of the backend about changes of placed orders."""

from urllib.parse import quote

import msgspec

from bot.client import Backend, Money


class ChangedItem(msgspec.Struct, frozen=True):
    """So many units; `new_name` is what comes in their place."""

    name: str
    quantity: int
    new_name: str | None


class Change(msgspec.Struct, frozen=True):
    """Of the `difference`, what is below zero goes back."""

    id: str
    number: str
    kind: str
    difference: Money
    items: list[ChangedItem]
    is_for_person: bool


async def preview_cancellation(backend: Backend, number: str | None) -> Change:
    body = {"number": number, "change": {"type": "cancel"}}
    return await backend.write("POST", "/api/order-changes", Change, body)


async def confirm_change(backend: Backend, change_id: str) -> Change:
    return await backend.write("POST", f"/api/order-changes/{quote(change_id, safe='')}/confirmation", Change)
