"""Calls of the backend about what comes back, and what came as it should not."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from bot.client import Backend, Money
from bot.client_changes import Change


class Other(msgspec.Struct, frozen=True):
    """Another variant of the same product."""

    sku: str
    name: str


class ChoosableLine(msgspec.Struct, frozen=True):
    sku: str
    name: str
    quantity: int
    others: list[Other]


class Choices(msgspec.Struct, frozen=True):
    """What the shop wants to be told; `until` is the last day."""

    number: str
    lines: list[ChoosableLine]
    reasons: dict[str, str]
    until: str | None
    fee: Money | None
    remedies: list[str]
    is_photo_needed: bool


class Returned(msgspec.Struct, frozen=True):
    id: str
    status: str
    words: str
    label_url: str | None
    send_by: str | None
    change: Change


class Moved(msgspec.Struct, frozen=True):
    """A payment, or a refund."""

    amount: Money
    credit_note_url: str | None


class AfterSale(msgspec.Struct, frozen=True):
    number: str
    returns: list[Returned]
    money: list[Moved]


async def after_sale_choices(backend: Backend, kind: str, number: str | None) -> Choices:
    query = {"kind": kind} | ({"number": number} if number else {})
    return await backend._ask("GET", f"/api/after-sale/choices?{urlencode(query)}", Choices)


async def find_after_sale(backend: Backend, number: str) -> AfterSale:
    return await backend._ask("GET", f"/api/after-sale?{urlencode({'number': number})}", AfterSale)


async def preview_change(backend: Backend, number: str, change: dict[str, Any]) -> Change:
    return await backend.write("POST", "/api/order-changes", Change, {"number": number, "change": change})
