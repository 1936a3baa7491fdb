"""Staff over HTTP: whoever changes something has seen its latest version, and nobody else may."""

import asyncio
from typing import Any

import pytest
import time_machine

from backend.edge import TOKENS
from backend.tokens import STAFF_SECONDS, Caller
from tests.shop.conftest import Shop
from tests.shop.test_backorders import add, in_days

PATH = "/api/staff/backorder-terms/MUG-RED"


class Colleague:
    """One of the staff, who keeps the version that was last read."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        self.token = shop.app[TOKENS].issue(Caller(name, "staff", "EUR"))
        self.seen = ""

    async def call(
        self, method: str, path: str = PATH, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}"} | headers
        url = self.shop.settings.public_url + path
        async with self.shop.http.request(method, url, json=body, headers=headers) as response:
            self.seen = response.headers.get("ETag", self.seen)
            return response.status, await response.json()

    async def read(self) -> dict[str, Any]:
        status, answer = await self.call("GET")
        assert status == 200
        return answer

    async def set(self, limit: int, days: int) -> tuple[int, dict[str, Any]]:
        body = {"kind": "backorder", "limit": limit, "ships_on": in_days(days).isoformat()}
        return await self.call("PUT", body=body, **{"If-Match": self.seen})


@pytest.fixture
def marie(shop: Shop) -> Colleague:
    return Colleague(shop, "Marie")


@pytest.fixture
def jean(shop: Shop) -> Colleague:
    return Colleague(shop, "Jean")


async def test_of_two_who_read_the_same_one_writes_and_the_other_is_told(
    marie: Colleague, jean: Colleague
) -> None:
    await marie.read()
    await marie.set(5, 10)
    await jean.read()
    assert (await marie.set(7, 12))[0] == 200

    status, refusal = await jean.set(1, 3)
    assert (status, refusal["error"]) == (412, "version_is_stale")
    assert (await jean.read())["terms"]["limit"] == 7
    assert (await jean.set(1, 3))[0] == 200


async def test_of_many_at_once_exactly_one_writes(shop: Shop) -> None:
    for _ in range(2):  # what was never said, and what was
        staff = [Colleague(shop, f"number {number}") for number in range(8)]
        for one in staff:
            await one.read()
        answers = await asyncio.gather(*(one.set(number + 1, 10) for number, one in enumerate(staff)))
        assert sorted(status for status, _ in answers) == [200] + [412] * 7


async def test_what_orders_take_is_no_new_version(shop: Shop, marie: Colleague) -> None:
    await marie.read()
    await marie.set(5, 10)
    customer = await shop.visit()
    assert (await add(customer, "MUG-RED", 3, in_days(10)))[0] == 201
    assert (await marie.set(6, 10))[0] == 200


@pytest.mark.parametrize("seen", [None, "", "1", "*", 'W/"0"', '"0", "1"'])
async def test_without_a_single_strong_version_nothing_is_changed(marie: Colleague, seen: str | None) -> None:
    headers = {} if seen is None else {"If-Match": seen}
    body = {"kind": "backorder", "limit": 5, "lead_days": 4}
    status, refusal = await marie.call("PUT", body=body, **headers)
    assert (status, refusal["error"]) == (428, "precondition_required")
    assert (await marie.read())["version"] == 0


@pytest.mark.parametrize("seen", ['"7"', '"nonsense"', '"99999999999999999999"'])
async def test_a_version_that_never_was_is_stale(marie: Colleague, seen: str) -> None:
    body = {"kind": "backorder", "limit": 5, "lead_days": 4}
    assert (await marie.call("PUT", body=body, **{"If-Match": seen}))[0] == 412


async def test_a_preorder_without_its_day_is_refused(marie: Colleague) -> None:
    await marie.read()
    body = {"kind": "preorder", "limit": 5, "lead_days": 4}
    status, refusal = await marie.call("PUT", body=body, **{"If-Match": marie.seen})
    assert (status, refusal["error"]) == (422, "invalid_backorder_terms")


async def test_customers_are_no_staff_and_staff_are_no_customers(shop: Shop, marie: Colleague) -> None:
    customer = await shop.visit()
    assert (await customer.call("GET", PATH))[0] == 401
    assert (await marie.call("GET", "/api/cart"))[0] == 401


async def test_what_is_unknown_is_not_found(marie: Colleague) -> None:
    assert (await marie.call("GET", "/api/staff/backorder-terms/NOTHING"))[0] == 404


async def test_the_document_says_what_a_change_needs(shop: Shop) -> None:
    async with shop.http.get(f"{shop.settings.public_url}/api/openapi.json") as response:
        operation = (await response.json())["paths"]["/api/staff/backorder-terms/{sku}"]["put"]
    assert operation["security"] == [{"staff": []}]
    assert {"412", "428"} <= operation["responses"].keys()
    assert [parameter["name"] for parameter in operation["parameters"]] == ["sku", "If-Match"]


async def test_a_token_of_yesterday_is_refused(shop: Shop, marie: Colleague) -> None:
    with time_machine.travel(shop.clock.now().timestamp() + STAFF_SECONDS + 60, tick=True):
        assert (await marie.call("GET"))[0] == 401
