"""Whatever the API can do, it does nothing for a stranger with another customer's conversation.

The list of what is tried comes from the declared operations, so that a new one cannot be forgotten.
"""

import json
import re
import uuid
from typing import Any

import pytest
from aiohttp import ClientSession

from backend.app import OPERATIONS
from backend.edge import Declared
from tests.shop.conftest import Customer, Shop, touched
from tests.shop.test_files import photo, send, upload
from tests.shop.test_identity import identity, introduce

OURS = [
    operation for domain in OPERATIONS for operation in domain.declared if operation.access == "conversation"
]
SECRETS = ("zanzibar", "durand", "lilas", "camille", "casse-noisette")
BODIES: dict[str, Any] = {
    "Finding": {"text": "zanz", "limit": 3},
    "Matching": {"text": "la tasse bleue"},
    "NewLine": {"sku": "LAMP"},
    "SetLine": {"quantity": 7},
    "NewCoupon": {"code": "SUMMER10"},
    "Telling": {"text": "Ana Díaz, calle Mayor 5, 28013 Madrid"},
    "DeliveryChoice": {"delivery_method": "express"},
    "Confirmation": {"total": 1},
    "GiftCardCode": {"code": "GC-7K3M-Q9XW-2PDF-8HJN-4T6R"},
    "AddressForm": {"name": "Ana Díaz", "country": "ES"},
    "Answered": {"score": 1},
    "NotificationsWanted": {"is_wanted": False},
    "NewReview": {"rating": 1, "text": "Zut", "author": "Ana"},
    "NewChange": {"change": {"type": "cancel"}},
    "Address": {
        "name": "Ana Díaz",
        "line1": "Calle Mayor 5",
        "postcode": "28013",
        "city": "Madrid",
        "country": "ES",
    },
    "Waiting": {"sku": "LAMP"},
    "LanguageChange": {"language": "es"},
    "CodeQuestion": {"email": "camille@example.com"},
    "Introduction": {"identity": identity("8", name="Ana Díaz", email="ana@example.com")},
}


async def everything_of(customer: Customer, order: Any) -> str:
    """What the customer sees of the shop; links to files are signed anew each time, and stores are ready later."""
    seen: list[Any] = [await customer.events()]
    for path in ("/api/cart", f"/api/order?number={order['number']}"):
        seen.append(await customer.call("GET", path))
    seen.append(await customer.call("POST", "/api/checkout/tell", {"text": "?", "is_answer": False}))
    said = json.dumps(seen, sort_keys=True)
    return re.sub(r'/api/files/[\w.-]+|"(?:ready|opens)_at": "[^"]+"', "", said)


@pytest.fixture
async def customer(shop: Shop) -> Customer:
    return await shop.visit()


def asked(operation: Declared, customer: Customer, order: Any, file: str, as_id: str) -> tuple[str, Any]:
    values = {
        "id": as_id,
        "sku": "MUG-BLUE",
        "product": "mug",
        "file": file,
        "handle": "mug",
        "number": order["number"],
        "code": "SUMMER10",
        "change": str(uuid.uuid4()),
    }
    path = re.sub(r"{(\w+)(:[^}]*)?}", lambda part: values[part[1]], operation.path)
    body = BODIES.get(operation.body.__name__) if operation.body else None
    if operation.path.endswith("/messages"):
        body = {"id": str(uuid.uuid4()), "file": file}
    if operation.path in ("/api/order", "/api/orders/again"):
        path += f"?number={order['number']}"
    return path, body


@pytest.mark.parametrize("is_somebody", [False, True], ids=["nobody", "another customer"])
async def test_a_stranger_reads_and_changes_nothing(
    shop: Shop, customer: Customer, is_somebody: bool
) -> None:
    await customer.say("une surprise pour Zanzibar")
    _, file = await upload(customer, photo(), "casse-noisette.jpg")
    await send(customer, file["id"])
    _, order = await customer.order("MUG-BLUE", 2)
    await customer.events(after=3, wait=5)
    before = await everything_of(customer, order)
    assert all(secret in before.lower() for secret in SECRETS)
    stranger = await shop.visit()
    if is_somebody:
        status, _ = await introduce(stranger, identity("8", email="ana@example.com"))
        assert status == 200
    for operation in OURS:
        for as_id in (customer.id, stranger.id):
            path, body = asked(operation, customer, order, file["id"], as_id)
            status, answer = await call(shop.http, stranger, operation.method, path, body)
            assert not [secret for secret in SECRETS if secret in answer.lower()], (operation.path, answer)
            if "{id}" in operation.path and as_id == customer.id:
                assert (status, json.loads(answer)["error"]) == (404, "conversation_not_found"), path
    assert await everything_of(customer, order) == before


async def call(http: ClientSession, caller: Customer, method: str, path: str, body: Any) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {caller.token}", "Idempotency-Key": str(uuid.uuid4())}
    async with http.request(method, caller.url + path, json=body, headers=headers) as response:
        return response.status, await response.text()


@pytest.mark.parametrize("operation", OURS, ids=lambda operation: f"{operation.method} {operation.path}")
async def test_a_token_that_was_touched_opens_nothing(
    shop: Shop, customer: Customer, operation: Declared
) -> None:
    path, body = asked(operation, customer, {"number": "CP-1"}, str(uuid.uuid4()), customer.id)
    customer.token = touched(customer.token)
    status, answer = await call(shop.http, customer, operation.method, path, body)
    assert (status, json.loads(answer)["error"]) == (401, "not_authenticated")
