"""Sending something back: the money comes when the goods are here, and what is wanted instead is kept."""

from datetime import timedelta
from typing import Any

import pytest

from backend.changes import settling
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_changes import advance, agree, booked, preview
from tests.shop.test_refunds import bought, stands

ONE_BACK = {"type": "return", "items": {"MUG-BLUE": 1}, "reason": "does_not_fit"}
RED_INSTEAD = {
    "type": "exchange",
    "items": [{"sku": "MUG-BLUE", "new_sku": "MUG-RED"}],
    "reason": "does_not_fit",
}


async def delivered(shop: Shop) -> tuple[Customer, Any]:
    customer, order = await bought(shop)
    number = await booked(customer, order)
    for _ in range(4):
        await advance(shop, number)

    async def is_there() -> bool:
        return (await customer.current(order))["fulfilment_status"] == "delivered"

    assert await until(is_there)
    return customer, order


async def step(shop: Shop, order: Any, what: Any) -> None:
    async with shop.database.transaction() as session:
        await what(session, order["number"])


async def returned(shop: Shop, change: Any) -> tuple[Customer, Any]:
    customer, order = await delivered(shop)
    _, previewed = await preview(customer, order, change)
    assert (await agree(customer, previewed))[0] == 200
    return customer, order


async def test_what_comes_back_is_paid_back_once_it_was_looked_at(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    await stands(shop, customer, order, "paid", 0)
    await step(shop, order, settling.receive)
    await step(shop, order, settling.accept)
    await stands(shop, customer, order, "paid", 1290)
    assert await shop.stock("MUG-BLUE") == (7, 0)
    assert await shop.differences() == []


async def test_no_step_is_taken_twice_or_too_early(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    with pytest.raises(settling.ReturnNotThere):
        await step(shop, order, settling.accept)
    await step(shop, order, settling.receive)
    await step(shop, order, settling.accept)
    with pytest.raises(settling.ReturnNotThere):
        await step(shop, order, settling.accept)
    await stands(shop, customer, order, "paid", 1290)


async def test_nobody_sends_back_more_than_was_bought(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    two = ONE_BACK | {"items": {"MUG-BLUE": 2}}
    assert (await preview(customer, order, two))[1]["error"] == "not_in_order"


async def test_before_the_delivery_and_long_after_it_nothing_is_sent_back(shop: Shop) -> None:
    customer, order = await bought(shop)
    assert (await preview(customer, order, ONE_BACK))[1]["details"] == {"reason": "status"}
    customer, order = await delivered(shop)
    shop.clock.advance(timedelta(days=31))
    assert (await preview(customer, order, ONE_BACK))[1]["details"] == {"reason": "too_late"}


async def test_what_is_wanted_instead_is_kept_from_the_yes_on_and_then_sent(shop: Shop) -> None:
    customer, order = await returned(shop, RED_INSTEAD)
    assert await shop.stock("MUG-RED") == (0, 0)
    assert await shop.differences() == []
    await step(shop, order, settling.receive)
    await step(shop, order, settling.accept)
    seen = await customer.current(order)
    assert [line["sku"] for line in seen["lines"]] == ["MUG-BLUE", "MUG-RED"]
    parcels = {parcel["status"]: parcel["contents"][0]["sku"] for parcel in seen["parcels"]}
    assert parcels == {"delivered": "MUG-BLUE", "preparing": "MUG-RED"}
    assert await shop.stock("MUG-BLUE") == (7, 0)
    assert await shop.differences() == []


async def test_what_is_refused_stays_sold_and_frees_what_was_kept(shop: Shop) -> None:
    customer, order = await returned(shop, RED_INSTEAD)
    await step(shop, order, settling.receive)
    await step(shop, order, settling.refuse)
    await stands(shop, customer, order, "paid", 0)
    assert await shop.stock("MUG-RED") == (1, 0)
    assert await shop.stock("MUG-BLUE") == (6, 0)
    assert await shop.differences() == []
