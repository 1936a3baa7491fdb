"""Stock under rivals: the database decides, and the ledger agrees."""

import asyncio

from tests.shop.conftest import Shop


async def test_rivals_for_the_last_unit_get_exactly_one_order(shop: Shop) -> None:
    rivals = [await shop.visit() for _ in range(16)]
    answers = await asyncio.gather(*(rival.order("MUG-RED") for rival in rivals))
    assert sorted(status for status, _ in answers) == [201] + [409] * 15
    assert await shop.stock("MUG-RED") == (1, 1)
    assert await shop.differences() == []


async def test_an_order_larger_than_any_warehouse_is_held_from_two(shop: Shop) -> None:
    customer = await shop.visit()
    status, _ = await customer.order("MUG-BLUE", 7)
    assert status == 201
    assert await shop.stock("MUG-BLUE") == (8, 7)


async def test_an_order_that_cannot_be_held_whole_holds_nothing(shop: Shop) -> None:
    first, second = await shop.visit(), await shop.visit()
    await second.add("LAMP")
    await second.add("MUG-RED")
    await first.order("MUG-RED")
    await second.call(
        "POST", "/api/checkout/tell", {"text": "Ana Gil, calle Mayor 1, 28013 Madrid, a@example.com"}
    )
    _, checkout = await second.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    status, refusal = await second.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    assert (status, refusal["error"], refusal["details"]["sku"]) == (409, "insufficient_stock", "MUG-RED")
    assert await shop.stock("LAMP") == (40, 0)
