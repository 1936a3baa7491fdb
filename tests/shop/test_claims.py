"""What came damaged or did not come: shown to the shop, agreed to, and made good once, to the cent."""

import asyncio
import io
import uuid
from functools import partial
from typing import Any

import pytest
from PIL import Image

from backend.changes import settling
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_changes import agree, preview
from tests.shop.test_payments import told
from tests.shop.test_refunds import stands
from tests.shop.test_returns import delivered, step

ONE_MISSING = {"type": "claim", "items": {"MUG-BLUE": 1}, "trouble": "missing", "remedy": "refund"}
ONE_BROKEN = {
    "type": "claim",
    "items": {"MUG-BLUE": 1},
    "trouble": "damaged",
    "remedy": "replacement",
    "description": "The handle is off.",
}


async def send_photo(shop: Shop, customer: Customer) -> None:
    written = io.BytesIO()
    Image.new("RGB", (30, 20), "peru").save(written, "JPEG")
    url = f"{customer.url}/api/conversations/{customer.id}/files/{uuid.uuid4()}?name=mug.jpg"
    headers = {"Authorization": f"Bearer {customer.token}"}
    async with shop.http.put(url, data=written.getvalue(), headers=headers) as answer:
        assert answer.status == 201, await answer.text()


async def returns_of(customer: Customer, order: Any) -> list[Any]:
    return list((await customer.call("GET", f"/api/after-sale?number={order['number']}"))[1]["returns"])


async def claimed(shop: Shop, change: Any) -> tuple[Customer, Any]:
    customer, order = await delivered(shop)
    await send_photo(shop, customer)
    status, previewed = await preview(customer, order, change)
    assert status == 201, previewed
    assert (await agree(customer, previewed))[0] == 200
    return customer, order


async def test_what_did_not_come_is_paid_back_at_once_and_its_stock_stays_sold(shop: Shop) -> None:
    customer, order = await claimed(shop, ONE_MISSING)
    await stands(shop, customer, order, "paid", 1290)
    assert (await returns_of(customer, order))[0]["status"] == "refunded"
    assert await shop.stock("MUG-BLUE") == (6, 0)
    assert await shop.differences() == []


async def test_what_came_broken_is_sent_once_more(shop: Shop) -> None:
    customer, order = await claimed(shop, ONE_BROKEN)
    await stands(shop, customer, order, "paid", 0)
    seen = await customer.current(order)
    assert {parcel["status"]: parcel["contents"][0]["quantity"] for parcel in seen["parcels"]} == {
        "delivered": 2,
        "preparing": 1,
    }
    assert await shop.stock("MUG-BLUE") == (5, 0)
    assert await shop.differences() == []


async def test_damage_is_shown_first_and_any_picture_of_the_conversation_counts(shop: Shop) -> None:
    customer, order = await delivered(shop)
    assert (await preview(customer, order, ONE_BROKEN))[1]["error"] == "photo_needed"
    said = ONE_BROKEN | {"photos": ["of somebody else"]}
    assert (await preview(customer, order, said))[1]["error"] == "photo_needed"
    await send_photo(shop, customer)
    assert (await preview(customer, order, ONE_BROKEN))[0] == 201


async def test_nobody_claims_the_same_thing_twice_or_sends_it_back_then(shop: Shop) -> None:
    customer, order = await claimed(shop, ONE_MISSING | {"items": {"MUG-BLUE": 2}})
    for change in (ONE_MISSING, {"type": "return", "items": {"MUG-BLUE": 1}, "reason": "does_not_fit"}):
        assert (await preview(customer, order, change))[1]["error"] == "not_in_order"


async def test_what_is_left_of_the_last_ones_is_said_before_the_yes(shop: Shop) -> None:
    customer, order = await delivered(shop)
    await send_photo(shop, customer)
    other = await shop.visit()
    await other.order("MUG-BLUE", 6)
    status, answer = await preview(customer, order, ONE_BROKEN)
    assert (status, answer["error"]) == (409, "insufficient_stock")


async def test_before_the_delivery_nothing_is_claimed(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-BLUE", 2)
    assert (await preview(customer, order, ONE_MISSING))[1]["details"] == {"reason": "status"}


async def test_a_canceled_order_never_pays_back_what_has_arrived(shop: Shop) -> None:
    """While what was sent once more is being prepared."""
    customer, order = await claimed(shop, ONE_BROKEN)
    assert (await customer.current(order))["fulfilment_status"] == "preparing"
    assert (await preview(customer, order, {"type": "cancel"}))[1]["error"] == "change_not_allowed"


async def for_a_person(shop: Shop, change: Any) -> tuple[Customer, Any]:
    claims = shop.database.info["shop"].after_sale.claims
    claims[change["trouble"]].up_to.clear()
    return await claimed(shop, change)


async def test_above_the_cap_a_person_decides_and_of_two_at_once_one(shop: Shop) -> None:
    customer, order = await for_a_person(shop, ONE_BROKEN)
    assert (await returns_of(customer, order))[0]["status"] == "claimed"
    assert await shop.stock("MUG-BLUE") == (5, 0)
    both = await asyncio.gather(
        step(shop, order, settling.accept), step(shop, order, settling.accept), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in both) == ["NoneType", "ReturnNotThere"]
    assert (await returns_of(customer, order))[0]["status"] == "replaced"
    assert len((await customer.current(order))["parcels"]) == 2
    assert await shop.differences() == []


async def test_who_is_refused_is_told_why_once_and_what_was_kept_is_for_sale(shop: Shop) -> None:
    customer, order = await for_a_person(shop, ONE_BROKEN)
    await step(shop, order, partial(settling.refuse, words="La photo montre autre chose."))
    assert (await returns_of(customer, order))[0]["words"] == "La photo montre autre chose."
    assert await shop.stock("MUG-BLUE") == (6, 0)
    with pytest.raises(settling.ReturnNotThere):
        await step(shop, order, settling.accept)

    async def is_told() -> bool:
        return len(await told(shop, "news_return")) == 1

    assert await until(is_told)
    assert await shop.differences() == []
