"""Whatever the API can do, it does nothing for a stranger with another customer's conversation.

The list of what is tried comes from the declared operations, so that a new one cannot be forgotten.
"""

import json
import re
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from backend.app import OPERATIONS
from backend.changes.models import OrderReturn
from backend.edge import Declared
from backend.payments.models import Refund
from backend.privacy.models import Erasure
from tests.shop.conftest import Customer, Shop, touched
from tests.shop.test_claims import ONE_MISSING, claimed
from tests.shop.test_files import photo, send, upload
from tests.shop.test_identity import identity, introduce
from tests.shop.test_refunds import bought, stands

OURS = [
    operation for domain in OPERATIONS for operation in domain.declared if operation.access == "conversation"
]
DECLARED = {(one.method, one.path) for domain in OPERATIONS for one in domain.declared}
SECRETS = ("zanzibar", "durand", "lilas", "camille", "casse-noisette")
BODIES: dict[str, Any] = {
    "Finding": {"words": "zanz"},
    "Matching": {"words": "la tasse bleue"},
    "Comparing": {"words": "la tasse et la lampe"},
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


EVERYBODYS = {"sku": "MUG-BLUE", "product": "mug", "handle": "mug", "code": "SUMMER10", "kind": "damaged"}
UNKNOWN = EVERYBODYS | dict.fromkeys(("file", "change", "erasure"), str(uuid.uuid4())) | {"number": "CP-1"}
UNSAID = ("words", "latitude", "longitude", "after", "wait", "live", "name")
"""Of queries, what is nobody's."""
OPEN_TO_ALL = {
    "/", "/categories/{code}", "/products/{handle}", "/search", "/policies", "/policies/{topic}",
    "/pictures/{file}", "/static/{version}/{file}", "/widget/{file}", "/developers/widget",
    "/health/live", "/health/ready", "/api/openapi.json",
}  # fmt: skip
TESTED_ELSEWHERE = {
    "/webhooks/stripe", "/webhooks/carrier", "/webhooks/tracking/{scheme}",  # signed
    "/cart", "/cart/contents",  # of the conversation whose token the browser has
    "/downloads/{signed}", "/mailbox",
}  # fmt: skip


async def everything_of(customer: Customer, number: str) -> str:
    """What the customer sees of the shop; links to files are signed anew each time, and stores are ready later."""
    seen: list[Any] = [await customer.events()]
    for path in ("/api/cart", f"/api/order?number={number}", f"/api/after-sale?number={number}"):
        seen.append(await customer.call("GET", path))
    seen.append(await customer.call("POST", "/api/checkout/tell", {"text": "?", "is_answer": False}))
    said = json.dumps(seen, sort_keys=True)
    return re.sub(r'/api/files/[\w.-]+|"(?:ready|opens)_at": "[^"]+"', "", said)


@pytest.fixture
async def customer(shop: Shop) -> Customer:
    return await shop.visit()


async def ids_of(shop: Shop, customer: Customer) -> dict[str, str]:
    """By the names that paths and queries have for them, all real: a name that is new has to be added here."""
    _, file = await upload(customer, photo(), "casse-noisette.jpg")
    await send(customer, file["id"])
    _, order = await customer.order("MUG-BLUE", 2)
    _, change = await customer.call("POST", "/api/order-changes", {"change": {"type": "cancel"}})
    erasure = Erasure(conversation_id=customer.id, conversations=[], made_at=shop.clock.now())
    async with shop.database.transaction() as session:
        session.add(erasure)
    return EVERYBODYS | {
        "file": file["id"],
        "number": order["number"],
        "change": change["id"],
        "erasure": erasure.id,
    }


def asked(operation: Declared, ids: dict[str, str], as_id: str) -> tuple[str, Any]:
    values = ids | {"id": as_id}
    path = re.sub(r"{(\w+)(:[^}]*)?}", lambda part: values[part[1]], operation.path)
    fields = operation.query.__struct_fields__ if operation.query else ()  # type: ignore[attr-defined]
    if said := {name: values[name] for name in fields if name not in UNSAID}:
        path += f"?{urlencode(said)}"
    if operation.path.endswith("/messages"):
        return path, {"id": str(uuid.uuid4()), "file": ids["file"]}
    body = BODIES[operation.body.__name__] if operation.body else None
    return path, body | {"number": ids["number"]} if "number" in _fields(operation.body) else body


def _fields(body: type | None) -> tuple[str, ...]:
    return body.__struct_fields__ if body else ()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("is_somebody", [False, True], ids=["nobody", "another customer"])
async def test_a_stranger_reads_and_changes_nothing(
    shop: Shop, customer: Customer, is_somebody: bool
) -> None:
    await customer.say("une surprise pour Zanzibar")
    ids = await ids_of(shop, customer)
    await customer.events(after=3, wait=5)
    before = await everything_of(customer, ids["number"])
    assert all(secret in before.lower() for secret in SECRETS)
    stranger = await shop.visit()
    if is_somebody:
        status, _ = await introduce(stranger, identity("8", email="ana@example.com"))
        assert status == 200
    for operation in OURS:
        for as_id in (customer.id, stranger.id):
            path, body = asked(operation, ids, as_id)
            status, answer = await call(shop.http, stranger, operation.method, path, body)
            assert not [secret for secret in SECRETS if secret in answer.lower()], (operation.path, answer)
            assert "invalid_input" not in answer, (operation.path, answer)  # it would prove nothing
            if "{id}" in operation.path and as_id == customer.id:
                assert (status, json.loads(answer)["error"]) == (404, "conversation_not_found"), path
    assert await everything_of(customer, ids["number"]) == before


async def call(http: ClientSession, caller: Customer, method: str, path: str, body: Any) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {caller.token}", "Idempotency-Key": str(uuid.uuid4())}
    async with http.request(method, caller.url + path, json=body, headers=headers) as response:
        return response.status, await response.text()


async def test_a_token_that_was_touched_opens_nothing(shop: Shop, customer: Customer) -> None:
    customer.token = touched(customer.token)
    for operation in OURS:
        path, body = asked(operation, UNKNOWN, customer.id)
        status, answer = await call(shop.http, customer, operation.method, path, body)
        assert (status, json.loads(answer)["error"]) == (401, "not_authenticated"), (operation.method, path)


def links(shop: Shop) -> set[tuple[str, str]]:
    """The addresses that are secrets themselves."""
    routed = {
        (route.method, route.resource.canonical) for route in shop.app.router.routes() if route.resource
    }
    return {(method, path) for method, path in routed if "{token}" in path and method != "HEAD"}


async def test_no_route_is_forgotten(shop: Shop) -> None:
    routed = {
        (route.method, route.resource.canonical) for route in shop.app.router.routes() if route.resource
    }
    others = {path for method, path in routed - DECLARED - links(shop) if method != "HEAD"}
    assert others == OPEN_TO_ALL | TESTED_ELSEWHERE


async def test_a_secret_address_opens_nothing_but_its_own(shop: Shop) -> None:
    """Neither when it was touched, nor where another kind of secret belongs."""
    customer, order = await claimed(shop, ONE_MISSING)
    _, file = await upload(customer, photo())
    of_order, of_file = (url.rpartition("/")[2] for url in (order["order_url"], file["url"]))
    for method, path in links(shop):
        wrong = of_order if path.startswith("/api/") else of_file
        for secret in (touched(of_order), touched(of_file), wrong, customer.token, order["number"]):
            assert await opened_by(shop, method, path, {"token": secret}) == 404, (path, secret)


async def test_no_address_of_an_order_opens_what_belongs_to_another(shop: Shop) -> None:
    customer, order = await claimed(shop, ONE_MISSING)
    await stands(shop, customer, order, "paid", 1290)
    _, theirs = await bought(shop)
    async with shop.database.reading() as session:
        refund = (await session.scalars(select(Refund.id))).one()
        back = (await session.scalars(select(OrderReturn.id))).one()
    ids = {"token": theirs["order_url"].rpartition("/")[2], "refund": refund, "id": back, "download": back}
    inner = [(method, path) for method, path in links(shop) if path.count("{") > 1]
    assert len(inner) == 3
    for method, path in inner:
        assert await opened_by(shop, method, path, ids) in (404, 409), path


async def opened_by(shop: Shop, method: str, path: str, ids: dict[str, str]) -> int:
    """Of what is not in `ids`, there is nothing."""
    filled = re.sub(r"{(\w+)}", lambda part: ids.get(part[1], "nothing"), path)
    url = shop.settings.public_url + filled
    async with shop.http.request(method, url, allow_redirects=False) as response:
        return response.status
