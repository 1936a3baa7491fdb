"""Stock under rivals: the database decides, and the ledger agrees."""

import asyncio

from structlog.testing import capture_logs

from backend.inventory.levels import set_levels
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


async def test_units_that_are_kept_back_are_not_sold(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await set_levels(session, "MUG-BLUE", "lyon", threshold=4)
    customer = await shop.visit()

    status, refusal = await customer.order("MUG-BLUE", 5)

    assert (status, refusal["error"]) == (409, "cart_is_empty")
    assert (await customer.add("MUG-BLUE", 5))[1]["details"]["available"] == 4
    assert (await customer.order("MUG-BLUE", 4))[0] == 201
    assert await shop.stock("MUG-BLUE") == (8, 4)


async def test_what_is_kept_back_whole_is_sold_out_in_the_search_too(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await set_levels(session, "LAMP", None, threshold=40)
    customer = await shop.visit()

    _, found = await customer.call("POST", "/api/find", {"words": "lampe"})

    assert [product["available"] for product in found["products"]] == [0]


async def test_staff_are_warned_once_by_the_order_that_crosses_the_line(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await set_levels(session, "LAMP", "lyon", notify_below=38)

    with capture_logs() as logs:
        for quantity in (2, 1, 1):
            await (await shop.visit()).order("LAMP", quantity)

    warned = [entry for entry in logs if entry["event"] == "stock_low"]
    assert warned == [
        {"event": "stock_low", "log_level": "warning", "sku": "LAMP", "source": "lyon", "available": 37}
    ]
