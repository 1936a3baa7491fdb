"""Points: earned by what stays paid, turned into store credit by whoever has shown who they are, never twice."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from backend.config import InvalidSetting
from backend.customers import proving
from backend.loyalty.accounts import differences, expire
from backend.loyalty.models import LoyaltyAccount, LoyaltyEntry
from backend.shop.loyalty import Loyalty
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_payments import paid
from tests.shop.test_proving import CAMILLE
from tests.shop.test_refunds import pay_back, stands
from tests.shop.test_wish_list import renew

WAIT = timedelta(days=30, minutes=1)
"""As long as the demo shop takes goods back."""


async def prove(shop: Shop, customer: Customer, email: str = CAMILLE) -> None:
    async with shop.database.transaction() as session:
        await proving.prove(session, customer.id, email)


async def entries(shop: Shop) -> list[tuple[str, int]]:
    async with shop.database.reading() as session:
        found = await session.scalars(select(LoyaltyEntry).order_by(LoyaltyEntry.number))
        return [(entry.kind, entry.points) for entry in found]


async def points(customer: Customer) -> Any:
    status, found = await customer.call("GET", "/api/loyalty")
    assert status == 200
    return found["points"]


async def spend(customer: Customer) -> tuple[int, Any]:
    return await customer.call("POST", "/api/loyalty/credit")


async def agree(shop: Shop) -> None:
    async with shop.database.snapshot() as session:
        assert await differences(session) == []
    assert await shop.differences() == []


async def bought(shop: Shop, lamps: int = 2) -> tuple[Customer, Any]:
    """For 59.00 each, with the delivery free: 118 points, once it cannot go back."""
    customer = await shop.visit()
    _, order = await customer.order("LAMP", lamps)
    await customer.pay(order)
    await paid(customer, order)
    await prove(shop, customer)
    return customer, order


async def earned(shop: Shop) -> tuple[Customer, Any]:
    customer, order = await bought(shop)
    shop.clock.advance(WAIT)
    await until(lambda: entries(shop))
    await renew(customer)
    return customer, order


async def at_rest(shop: Shop) -> None:
    async def is_idle() -> bool:
        async with shop.database.reading() as session:
            due = text("SELECT count(*) FROM job WHERE kind LIKE '%_points' AND NOT is_done")
            return await session.scalar(due) == 0

    await until(is_idle)


async def test_points_come_once_goods_cannot_go_back(shop: Shop) -> None:
    customer, _ = await bought(shop)
    assert await points(customer) == 0
    shop.clock.advance(WAIT)
    await at_rest(shop)
    await renew(customer)
    _, found = await customer.call("GET", "/api/loyalty")
    assert (found["points"], found["worth"], found["least"]) == (118, {"amount": 590, "currency": "EUR"}, 100)
    assert await entries(shop) == [("earned", 118)]
    await agree(shop)


async def test_what_went_back_before_earns_nothing(shop: Shop) -> None:
    customer, order = await bought(shop)
    await pay_back(shop.database, order, "one", LAMP=1)
    await stands(shop, customer, order, "paid", 5900)
    shop.clock.advance(WAIT)
    await at_rest(shop)
    assert await entries(shop) == [("earned", 59)]


async def test_what_goes_back_later_takes_its_points_along(shop: Shop) -> None:
    customer, order = await earned(shop)
    await pay_back(shop.database, order, "one", LAMP=1)
    await stands(shop, customer, order, "paid", 5900)
    await at_rest(shop)
    assert await entries(shop) == [("earned", 118), ("taken_back", -59)]
    assert await points(customer) == 59
    await agree(shop)


async def test_points_that_were_spent_are_not_taken_below_nothing(shop: Shop) -> None:
    customer, order = await earned(shop)
    assert (await spend(customer))[0] == 200
    await pay_back(shop.database, order, "all")
    await stands(shop, customer, order, "refunded", 11800)
    await at_rest(shop)
    assert await entries(shop) == [("earned", 118), ("spent", -118)]
    await agree(shop)


async def test_spent_points_pay_an_order_and_come_back_as_credit_with_its_refund(shop: Shop) -> None:
    customer, _ = await earned(shop)
    status, spent = await spend(customer)
    assert (status, spent) == (200, {"points": 118, "credit": {"amount": 590, "currency": "EUR"}})
    _, order = await customer.order("MUG-BLUE", 1)  # 12.90 and 4.90 for its delivery
    await customer.pay(order)
    await paid(customer, order)
    _, refused = await spend(customer)
    assert (refused["error"], refused["details"]) == ("too_few_points", {"points": 0, "least": 100})
    await pay_back(shop.database, order, "all")
    await stands(shop, customer, order, "refunded", 1780)
    elsewhere = await shop.visit()
    await prove(shop, elsewhere)
    assert (await spend(elsewhere))[1] == {"points": 0, "credit": {"amount": 590, "currency": "EUR"}}
    await agree(shop)


async def test_what_credit_pays_earns_no_points(shop: Shop) -> None:
    customer, _ = await earned(shop)
    await spend(customer)
    _, order = await customer.order("MUG-BLUE", 1)
    await customer.pay(order)
    await paid(customer, order)
    shop.clock.advance(WAIT)
    await at_rest(shop)
    assert await entries(shop) == [("earned", 118), ("spent", -118), ("earned", 11)]  # of 11.90


async def test_sixty_four_rivals_get_the_same_points_once(shop: Shop) -> None:
    first, _ = await earned(shop)
    visitors = [first, *[await shop.visit() for _ in range(7)]]
    for visitor in visitors[1:]:
        await prove(shop, visitor)
    answers = await asyncio.gather(*(spend(visitor) for visitor in visitors for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert sorted(answer["points"] for _, answer in answers) == [0] * 63 + [118]
    assert {answer["credit"]["amount"] for _, answer in answers} == {590}
    assert await entries(shop) == [("earned", 118), ("spent", -118)]
    await agree(shop)


async def test_nobody_else_hears_of_points_or_spends_them(shop: Shop) -> None:
    await earned(shop)
    stranger, other = await shop.visit(), await shop.visit()
    await prove(shop, other, "ana@example.com")
    for status, refused in (await stranger.call("GET", "/api/loyalty"), await spend(stranger)):
        assert (status, refused["error"], refused["details"]["is_proven"]) == (404, "order_not_found", False)
    assert await points(other) == 0
    assert (await spend(other))[1]["error"] == "too_few_points"


async def test_points_that_nobody_adds_to_expire(shop: Shop) -> None:
    customer, _ = await earned(shop)
    shop.clock.advance(timedelta(days=730))
    await asyncio.gather(expire(shop.database), expire(shop.database))
    assert await entries(shop) == [("earned", 118), ("expired", -118)]
    await renew(customer)
    assert await points(customer) == 0
    await agree(shop)


async def test_reconciling_names_points_that_no_entry_explains(shop: Shop) -> None:
    await earned(shop)
    async with shop.database.transaction() as session:
        await session.execute(update(LoyaltyAccount).values(points=LoyaltyAccount.points + 1))
    async with shop.database.snapshot() as session:
        (difference,) = await differences(session)
    assert difference.endswith("says that there are 119 points, its entries say 118.")


def test_points_that_would_pay_for_themselves_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "loyalty.yml"
    file.write_text("{price_of_point: {EUR: 100}, worth_of_point: {EUR: 99}, least: 1}")
    assert Loyalty.beside(tmp_path / "shop.yml")
    file.write_text("{price_of_point: {EUR: 100}, worth_of_point: {EUR: 100}, least: 1}")
    with pytest.raises(
        InvalidSetting, match=r"loyalty\.yml: a point is worth less than what is paid for it, EUR"
    ):
        Loyalty.beside(tmp_path / "shop.yml")
