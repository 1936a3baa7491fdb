"""Kept for later: moved out of the cart and back, with news of price and stock, and kept by carts that end."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.catalogue.models import Price, Variant
from backend.conversations.identity import customer_id
from backend.inventory.models import StockItem
from backend.wishlist.expiring import look_after_carts
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_identity import identity, introduce
from tests.shop.test_payments import told

DAYS = 30
MORNING = 9
"""Customers are told of what can wait."""


async def wishes_of(customer: Customer) -> list[Any]:
    _, found = await customer.call("GET", "/api/wishes")
    return found["wishes"]  # type: ignore[no-any-return]


async def keep(customer: Customer, sku: str) -> tuple[int, Any]:
    return await customer.call("PUT", f"/api/wishes/{sku}")


async def cart_of(customer: Customer) -> dict[str, int]:
    _, cart = await customer.call("GET", "/api/cart")
    return {line["sku"]: line["quantity"] for line in cart["lines"]}


async def set_price(shop: Shop, sku: str, amount: int) -> None:
    async with shop.database.transaction() as session:
        variant = select(Variant.id).filter_by(sku=sku).scalar_subquery()
        await session.execute(update(Price).where(Price.variant_id == variant).values(amount=amount))


async def set_stock(shop: Shop, sku: str, units: int) -> None:
    async with shop.database.transaction() as session:
        variant = select(Variant.id).filter_by(sku=sku).scalar_subquery()
        await session.execute(
            update(StockItem).where(StockItem.variant_id == variant).values(on_hand=units, reserved=0)
        )


async def look(shop: Shop) -> None:
    await look_after_carts(shop.database, DAYS, customer_id)


async def test_a_line_goes_to_the_list_and_back_however_often_it_is_asked(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE", 3)
    await customer.add("LAMP")
    for _ in range(2):
        status, _ = await keep(customer, "MUG-BLUE")
        assert status == 200
        assert [(wish["sku"], wish["quantity"]) for wish in await wishes_of(customer)] == [("MUG-BLUE", 3)]
        assert await cart_of(customer) == {"LAMP": 1}
    for _ in range(2):
        status, _ = await customer.call("POST", "/api/wishes/MUG-BLUE/cart")
        assert status == 200
        assert await wishes_of(customer) == []
        assert await cart_of(customer) == {"LAMP": 1, "MUG-BLUE": 3}


async def test_what_is_not_in_the_cart_can_be_kept_too(shop: Shop) -> None:
    customer = await shop.visit()
    await keep(customer, "LAMP")
    assert [(wish["sku"], wish["quantity"]) for wish in await wishes_of(customer)] == [("LAMP", 1)]
    await customer.call("DELETE", "/api/wishes/LAMP")
    status, _ = await customer.call("DELETE", "/api/wishes/LAMP")
    assert (status, await wishes_of(customer)) == (200, [])


async def test_the_list_knows_what_became_cheaper_dearer_and_back(shop: Shop) -> None:
    customer = await shop.visit()
    await set_stock(shop, "MUG-RED", 0)
    for sku in ("LAMP", "MUG-BLUE", "MUG-RED"):
        await keep(customer, sku)
    await set_price(shop, "LAMP", 5400)
    await set_price(shop, "MUG-BLUE", 1300)
    await set_stock(shop, "MUG-RED", 1)
    wishes = {wish["sku"]: wish for wish in await wishes_of(customer)}
    assert wishes["LAMP"]["cheaper"] == {"amount": 500, "currency": "EUR"}
    assert wishes["MUG-BLUE"]["dearer"] == {"amount": 10, "currency": "EUR"}
    assert wishes["MUG-RED"]["is_back"] is True
    assert (wishes["LAMP"]["dearer"], wishes["LAMP"]["is_back"]) == (None, False)


async def test_what_is_sold_out_stays_on_the_list(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-RED")
    await keep(customer, "MUG-RED")
    await set_stock(shop, "MUG-RED", 0)
    status, refusal = await customer.call("POST", "/api/wishes/MUG-RED/cart")
    assert (status, refusal["error"]) == (409, "insufficient_stock")
    assert len(await wishes_of(customer)) == 1


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("PUT", "/api/wishes/NOTHING", "variant_not_found"),
        ("POST", "/api/wishes/LAMP/cart", "not_on_wish_list"),
        ("DELETE", "/api/wishes/NOTHING", "variant_not_found"),
    ],
)
async def test_what_is_not_there_is_a_miss(shop: Shop, method: str, path: str, error: str) -> None:
    customer = await shop.visit()
    status, refusal = await customer.call(method, path)
    assert (status, refusal["error"]) == (404, error)


async def test_keeping_a_line_closes_the_payment_link_that_was_sent(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await keep(customer, "LAMP")
    assert (await customer.current(order))["payment_status"] == "canceled"


async def test_who_is_signed_in_has_one_list_everywhere(shop: Shop) -> None:
    one, other = await shop.visit(), await shop.visit()
    await keep(one, "LAMP")
    await introduce(one, identity("7"))
    await introduce(other, identity("7"))
    assert [wish["sku"] for wish in await wishes_of(other)] == ["LAMP"]
    stranger = await shop.visit()
    assert await wishes_of(stranger) == []


async def test_a_cart_that_nobody_changes_is_told_of_once_and_then_kept_for_later(shop: Shop) -> None:
    shop.clock.advance_to(MORNING)
    customer = await shop.visit()
    await customer.say("bonjour")
    await customer.add("MUG-BLUE", 2)
    shop.clock.advance(timedelta(days=DAYS - 2))
    await look(shop)
    assert await told(shop, "news_cart_ends_soon") == []
    shop.clock.advance(timedelta(days=1, minutes=1))
    await asyncio.gather(look(shop), look(shop))
    await look(shop)
    assert len(await told(shop, "news_cart_ends_soon")) == 1
    assert await in_cart(shop, "MUG-BLUE") == 2
    shop.clock.advance(timedelta(days=1, minutes=1))
    await asyncio.gather(look(shop), look(shop))
    assert await in_cart(shop, "MUG-BLUE") == 0
    await renew(customer)
    assert await cart_of(customer) == {}
    assert [(wish["sku"], wish["quantity"]) for wish in await wishes_of(customer)] == [("MUG-BLUE", 2)]
    status, _ = await customer.call("POST", "/api/wishes/MUG-BLUE/cart")
    assert (status, await cart_of(customer)) == (200, {"MUG-BLUE": 2})


async def test_a_change_keeps_the_cart_for_its_whole_time_again(shop: Shop) -> None:
    shop.clock.advance_to(MORNING)
    customer = await shop.visit()
    await customer.say("bonjour")
    await customer.add("MUG-BLUE", 2)
    shop.clock.advance(timedelta(days=DAYS - 1, minutes=1))
    await look(shop)
    await renew(customer)
    await customer.add("LAMP")
    shop.clock.advance(timedelta(days=1, minutes=1))
    await look(shop)
    assert await in_cart(shop, "MUG-BLUE") == 2


async def test_who_never_wrote_is_not_written_to_and_loses_nothing(shop: Shop) -> None:
    shop.clock.advance_to(MORNING)
    customer = await shop.visit()
    await customer.add("LAMP")
    shop.clock.advance(timedelta(days=DAYS))
    await look(shop)
    shop.clock.advance(timedelta(days=1, minutes=1))
    await look(shop)
    assert await told(shop, "news_cart_ends_soon") == []
    await renew(customer)
    assert [wish["sku"] for wish in await wishes_of(customer)] == ["LAMP"]


async def test_whoever_was_told_late_still_has_a_day(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.say("bonjour")
    await customer.add("LAMP")
    shop.clock.advance(timedelta(days=3 * DAYS))
    await look(shop)
    await look(shop)
    assert await in_cart(shop, "LAMP") == 1


async def renew(customer: Customer) -> None:
    """A visitor's token is good for a day."""
    _, renewed = await customer.call("POST", f"/api/conversations/{customer.id}/token")
    customer.token = renewed["token"]


async def in_cart(shop: Shop, sku: str) -> int:
    from backend.cart.models import Cart, CartLine

    async with shop.database.reading() as session:
        open_lines = (
            select(CartLine.quantity)
            .join(Cart, Cart.id == CartLine.cart_id)
            .join(Variant, Variant.id == CartLine.variant_id)
            .where(Cart.state == "open", Variant.sku == sku)
        )
        return await session.scalar(open_lines) or 0


async def test_the_carts_of_one_customer_become_one_with_the_larger_number_of_each(shop: Shop) -> None:
    before, now = await shop.visit(), await shop.visit()
    await before.add("MUG-BLUE", 2)
    await before.add("LAMP", 1)
    await introduce(before, identity("7"))
    await now.add("MUG-BLUE", 3)
    await introduce(now, identity("7"))
    joined = {"MUG-BLUE": 3, "LAMP": 1}

    async def is_joined() -> bool:
        return await cart_of(now) == joined

    assert await until(is_joined)
    assert await cart_of(before) == {}
    await introduce(now, identity("7"))
    assert await until(shop.is_at_rest)
    assert await cart_of(now) == joined
    assert await told(shop, "news_carts_joined") == []


async def test_what_is_sold_out_since_is_said_and_kept_for_later(shop: Shop) -> None:
    before, now = await shop.visit(), await shop.visit()
    await before.add("MUG-RED")
    await before.add("MUG-BLUE", 8)
    await introduce(before, identity("7"))
    await set_stock(shop, "MUG-RED", 0)
    await set_stock(shop, "MUG-BLUE", 2)  # in each of two places
    await introduce(now, identity("7"))
    [news] = await until(lambda: told(shop, "news_carts_joined"))
    assert "(0/1)" in news
    assert "(4/8)" in news
    assert await cart_of(now) == {"MUG-BLUE": 4}
    assert [wish["sku"] for wish in await wishes_of(now)] == ["MUG-RED"]


async def test_carts_that_are_joined_from_both_sides_at_once_are_joined_once(shop: Shop) -> None:
    one, other = await shop.visit(), await shop.visit()
    await one.add("LAMP", 2)
    await other.add("LAMP", 3)
    await asyncio.gather(introduce(one, identity("7")), introduce(other, identity("7")))
    await introduce(one, identity("7"))

    async def is_joined() -> bool:
        return sorted([await cart_of(one), await cart_of(other)], key=len) == [{}, {"LAMP": 3}]

    assert await until(is_joined)


async def test_an_order_that_waits_for_its_payment_keeps_its_cart(shop: Shop) -> None:
    before, now = await shop.visit(), await shop.visit()
    _, order = await before.order("LAMP")
    await introduce(before, identity("7"))
    await introduce(now, identity("7"))
    assert await until(shop.is_at_rest)
    assert (await before.current(order))["payment_status"] == "waiting"
    assert await cart_of(before) == {"LAMP": 1}
