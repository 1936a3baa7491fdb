"""Waiting for what is sold out: told once, those first who asked first, as many as there are units."""

from typing import Any

from sqlalchemy import select

from backend.catalogue.models import Variant
from backend.conversations.models import Turn
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from tests.shop.conftest import Customer, Shop, until

NEWS = '/news_back_in_stock{"product":"mug","variant":"MUG-RED"}'


async def wait_for(customer: Customer, sku: str = "MUG-RED") -> tuple[int, Any]:
    return await customer.call("POST", "/api/stock-subscriptions", {"sku": sku})


async def waiting(customer: Customer) -> list[str]:
    _, awaited = await customer.call("GET", "/api/stock-subscriptions")
    return [one["sku"] for one in awaited]


async def stocktake(shop: Shop, sku: str, units: int, threshold: int | None = None) -> None:
    async with shop.database.transaction() as session:
        variant = await session.scalar(select(Variant.id).filter_by(sku=sku))
        source = await session.scalar(select(Source.id).filter_by(code="lyon"))
        assert variant
        assert source
        await count(session, [Count(variant, source, units, threshold)])


async def told(shop: Shop) -> list[str]:
    """The conversations that heard of it, in that order."""
    async with shop.database.reading() as session:
        news = select(Turn.conversation_id).filter_by(kind="news", payload=NEWS).order_by(Turn.due_at)
        return list(await session.scalars(news))


async def sold_out(shop: Shop) -> tuple[Customer, Any]:
    """Somebody holds the last one."""
    holder = await shop.visit()
    _, order = await holder.order("MUG-RED")
    return holder, order


async def test_who_waits_is_told_once_when_it_is_given_back(shop: Shop) -> None:
    holder, _ = await sold_out(shop)
    customer = await shop.visit()
    status, awaited = await wait_for(customer)
    assert (status, [one["sku"] for one in awaited]) == (201, ["MUG-RED"])

    await holder.call("DELETE", "/api/cart")

    assert await until(lambda: told(shop)) == [customer.id]
    assert await waiting(customer) == []
    await stocktake(shop, "MUG-RED", 9)
    await sold_out(shop)
    assert await told(shop) == [customer.id]


async def test_those_who_asked_first_are_told_as_many_as_there_are_units(shop: Shop) -> None:
    await sold_out(shop)
    customers = [await shop.visit() for _ in range(4)]
    for customer in customers:
        await wait_for(customer)
    await wait_for(customers[0])

    await stocktake(shop, "MUG-RED", 3)

    async def two_are_told() -> bool:
        return len(await told(shop)) == 2

    assert await until(two_are_told)
    assert set(await told(shop)) == {customers[0].id, customers[1].id}
    assert [await waiting(customer) for customer in customers] == [[], [], ["MUG-RED"], ["MUG-RED"]]

    await stocktake(shop, "MUG-RED", 4)

    async def all_are_told() -> bool:
        return len(await told(shop)) == 4

    assert await until(all_are_told)


async def test_who_waits_no_more_is_not_told(shop: Shop) -> None:
    holder, _ = await sold_out(shop)
    gone, still_there = await shop.visit(), await shop.visit()
    await wait_for(gone)
    await wait_for(still_there)
    assert await gone.call("DELETE", "/api/stock-subscriptions/MUG-RED") == (200, [])

    await holder.call("DELETE", "/api/cart")

    assert await until(lambda: told(shop)) == [still_there.id]


async def test_all_that_one_waits_for_is_given_up_at_once(shop: Shop) -> None:
    await sold_out(shop)
    customer = await shop.visit()
    await wait_for(customer)

    assert await customer.call("DELETE", "/api/stock-subscriptions") == (200, [])


async def test_what_can_be_had_is_not_waited_for(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await wait_for(customer)
    assert (status, refusal["error"], refusal["details"]["available"]) == (409, "not_sold_out", 1)


async def test_what_the_shop_does_not_sell_is_not_waited_for(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await wait_for(customer, "MUG-GREEN")
    assert (status, refusal["error"]) == (404, "variant_not_found")
