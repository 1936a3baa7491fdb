"""Sending something back: the money comes when the goods are here, and what is wanted instead is kept."""

from datetime import timedelta
from functools import partial
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
    until = f"{shop.clock.now() - timedelta(days=1):%Y-%m-%d}"
    _, answer = await preview(customer, order, ONE_BACK)
    assert answer["details"] == {"reason": "too_late", "until": until}


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
    await step(shop, order, partial(settling.refuse, words="Elle est ébréchée."))
    await stands(shop, customer, order, "paid", 0)
    assert await shop.stock("MUG-RED") == (1, 0)
    assert await shop.stock("MUG-BLUE") == (6, 0)
    assert await shop.differences() == []


async def labelled(shop: Shop, customer: Customer, order: Any) -> Any:
    async def is_labelled() -> Any:
        back = (await customer.call("GET", f"/api/after-sale?number={order['number']}"))[1]["returns"][0]
        return back if back["label_url"] else None

    return await until(is_labelled)


async def test_a_label_comes_with_the_yes_and_its_parcel_tells_where_it_is(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    back = await labelled(shop, customer, order)
    assert back["send_by"] == f"{shop.clock.now() + timedelta(days=14):%Y-%m-%d}"
    async with shop.http.get(back["label_url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        raw = await answer.read()
    assert raw.startswith(b"%PDF")
    number = answer.headers["Content-Disposition"].split('"')[1].removesuffix(".pdf")
    before = await customer.current(order)
    for _ in range(4):
        await advance(shop, number)

    async def is_on_its_way() -> bool:
        return bool((await labelled(shop, customer, order))["status"] == "in_transit")

    assert await until(is_on_its_way)
    assert (await customer.current(order))["parcels"] == before["parcels"]
    await step(shop, order, settling.receive)
    await step(shop, order, settling.accept)
    await stands(shop, customer, order, "paid", 1290)


async def test_nobody_opens_a_label_of_another_order(shop: Shop) -> None:
    customer, order = await returned(shop, ONE_BACK)
    label = (await labelled(shop, customer, order))["label_url"]
    _, other = await bought(shop)
    strange = f"{other['order_url']}/returns/{label.split('/')[-2]}/label"
    async with shop.http.get(strange) as answer:
        assert answer.status == 404
