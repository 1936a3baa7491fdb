"""Customers get all that the shop knows of them, and nobody else does."""

from typing import Any

from tests.shop.conftest import Customer, Shop, touched
from tests.shop.test_erasing import EMAIL, PLANTED, erased, lived


async def read(shop: Shop, url: str) -> tuple[int, Any]:
    async with shop.http.get(url) as response:
        return response.status, await response.json()


async def link(customer: Customer) -> str:
    status, known = await customer.call("GET", "/api/personal-data")
    assert (status, known["orders"], known["conversations"]) == (200, 1, 2)
    return str(known["url"])


async def test_a_customer_gets_everything_that_was_planted(shop: Shop) -> None:
    customer, order = await lived(shop)
    status, told = await read(shop, await link(customer))
    assert status == 200
    written = str(told).lower()
    assert [mark for mark in PLANTED if mark not in written] == []
    assert [one["number"] for one in told["order"]] == [order["number"]]
    async with shop.http.get(told["uploaded_file"][0]["url"]) as photo:
        assert (photo.status, photo.content_type) == (200, "image/jpeg")


async def test_a_link_that_was_touched_or_whose_person_is_forgotten_opens_nothing(shop: Shop) -> None:
    customer, _ = await lived(shop)
    url = await link(customer)
    assert (await read(shop, touched(url)))[1]["error"] == "copy_not_found"
    await erased(shop, customer)
    assert (await read(shop, url))[1]["error"] == "copy_not_found"


async def test_who_typed_somebodys_address_shows_them_nothing(shop: Shop) -> None:
    customer, _ = await lived(shop)
    stranger = await shop.visit()
    await stranger.call("POST", "/api/checkout/tell", {"text": f"Eve Noyer, {EMAIL}", "is_answer": False})
    assert (await stranger.call("GET", "/api/personal-data"))[1]["error"] == "identity_not_proven"
    _, told = await read(shop, await link(customer))
    assert "Eve" not in str(told)
