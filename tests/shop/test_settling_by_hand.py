"""What only people can settle: a refund to where no machine pays, and an exchange of which the card declined more."""

import asyncio
from typing import Any

import pytest

from backend.changes import settling
from backend.payments import by_hand
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_changes import advance, agree, booked, preview, red_costs, with_saved
from tests.shop.test_payments import told
from tests.shop.test_refunds import stands
from tests.shop.test_returns import ONE_BACK, RED_INSTEAD, step


async def arrived(shop: Shop, stripe_method: str) -> tuple[Customer, Any]:
    customer, order = await with_saved(shop, stripe_method)
    number = await booked(customer, order)
    for _ in range(4):
        await advance(shop, number)

    async def is_there() -> bool:
        return (await customer.current(order))["fulfilment_status"] == "delivered"

    assert await until(is_there)
    return customer, order


async def test_what_a_person_pays_by_hand_is_told_once_it_is_paid(shop: Shop) -> None:
    customer, order = await arrived(shop, "pm_card_visa")
    shop.database.info["shop"].after_sale.returns.to.append("saved")
    _, previewed = await preview(customer, order, ONE_BACK | {"method": "card-1"})
    assert (await agree(customer, previewed))[0] == 200
    await step(shop, order, settling.receive)
    await step(shop, order, settling.accept)
    async with shop.database.reading() as session:
        (waiting,) = await by_hand.waiting(session)
    assert waiting.amount == 1290
    await asyncio.gather(*(say_paid(shop, waiting.id) for _ in range(2)))
    await stands(shop, customer, order, "paid", 1290)

    async def is_told() -> bool:
        return len(await told(shop, "news_refund_succeeded")) == 1

    assert await until(is_told)
    assert await told(shop, "news_refund_credited") == []
    with pytest.raises(by_hand.RefundNotFound):
        await say_paid(shop, waiting.id)


async def say_paid(shop: Shop, refund_id: str) -> None:
    async with shop.database.transaction() as session:
        await by_hand.say_paid(session, refund_id)


async def test_an_exchange_that_the_card_declined_is_paid_back_instead_once(shop: Shop) -> None:
    customer, order = await arrived(shop, "pm_card_chargeDeclined")
    await red_costs(shop, 1990)
    _, previewed = await preview(customer, order, RED_INSTEAD | {"method": "card-1"})
    assert (await agree(customer, previewed))[0] == 200
    await step(shop, order, settling.receive)
    with pytest.raises(settling.ReturnNotThere):
        await step(shop, order, settling.pay_instead)
    await step(shop, order, settling.accept)

    async def is_declined() -> bool:
        seen = (await customer.call("GET", f"/api/after-sale?number={order['number']}"))[1]
        return bool(seen["changes"][0]["state"] == "declined")

    assert await until(is_declined)
    both = await asyncio.gather(
        *(step(shop, order, settling.pay_instead) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in both) == ["NoneType", "ReturnNotThere"]
    await stands(shop, customer, order, "paid", 1290)
    assert await shop.stock("MUG-RED") == (1, 0)
    assert await shop.stock("MUG-BLUE") == (7, 0)
    assert await shop.differences() == []
