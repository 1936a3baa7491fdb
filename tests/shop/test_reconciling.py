"""Reconciling names whatever stock, orders and payments do not agree on."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from backend.inventory.models import StockMovement
from tests.shop.conftest import Customer, Shop
from tests.shop.test_payments import paid
from tests.shop.test_promotions import give, place, promoted, ready

OF_WAITING = """(SELECT id FROM "order" WHERE payment_status = 'waiting')"""
OF_PAID = """(SELECT id FROM "order" WHERE payment_status = 'paid')"""
OF_LAMP = """(SELECT stock_item.id FROM stock_item JOIN variant ON variant.id = variant_id
    WHERE sku = 'LAMP' AND reserved > 0)"""

PLANTED = {
    "on hand is not what the ledger says": (
        f"UPDATE stock_item SET on_hand = on_hand + 1 WHERE id IN {OF_LAMP}",
        [r"LAMP at lyon: 38 on hand and 2 reserved, but its ledger sums up to 37 and 2\."],
    ),
    "a line of the ledger is lost": (
        "DELETE FROM stock_movement WHERE reason = 'sold'",
        [r"LAMP at lyon: 37 on hand and 2 reserved, but its ledger sums up to 40 and 5\."],
    ),
    "reserved is not what is held": (
        f"UPDATE reservation SET quantity = 1 WHERE order_id = {OF_WAITING}",
        [
            r"LAMP at lyon: 2 reserved, but its reservations hold 1\.",
            r"Order CP-\w+ is waiting: its lines take 2 of LAMP, its reservations have 1 held\.",
        ],
    ),
    "a hold outlives its order": (
        """UPDATE "order" SET payment_status = 'canceled' WHERE payment_status = 'waiting'""",
        [r"2 units are held for order CP-\w+, which is canceled\."],
    ),
    "a hold is for no order": (
        f"UPDATE reservation SET order_id = 'nobody' WHERE order_id = {OF_WAITING}",
        [
            r"2 units are held for order nobody, which does not exist\.",
            r"Order CP-\w+ is waiting: its lines take 2 of LAMP, its reservations have 0 held\.",
        ],
    ),
    "less was sold than was ordered": (
        f"UPDATE order_line SET quantity = 4 WHERE order_id = {OF_PAID}",
        [r"Order CP-\w+ is paid: its lines take 4 of LAMP, its reservations have 3 committed\."],
    ),
    "less was paid than was due": (
        "UPDATE payment SET amount = amount - 1",
        [
            r"Order CP-\w+ is paid, its total is 17700 and 17699 was paid \(EUR, minor units\)\.",
            r"The books say 17700 of payment:\S+; it should be 17699\.",
        ],
    ),
    "somebody paid for an order that is none": (
        f"""UPDATE payment SET order_id = {OF_WAITING}""",
        [
            r"Order CP-\w+ is paid, its total is 17700 and 0 was paid \(EUR, minor units\)\.",
            r"Order CP-\w+ is waiting, its total is 11800 and 17700 was paid \(EUR, minor units\)\.",
        ],
    ),
    "what never came was given back": (
        "UPDATE payment SET status = 'refunded', payment_intent = NULL",
        [
            r"Order CP-\w+ is paid, its total is 17700 and 0 was paid \(EUR, minor units\)\.",
            r"Payment \S+ of order CP-\w+ was refunded, but no money had come\.",
        ],
    ),
}


async def one_paid_and_one_waiting(shop: Shop) -> tuple[Customer, Customer]:
    buyer, waiting = await shop.visit(), await shop.visit()
    _, order = await buyer.order("LAMP", 3)
    await buyer.pay(order)
    await paid(buyer, order)
    await waiting.order("LAMP", 2)
    return buyer, waiting


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_difference_is_named(shop: Shop, planted: str) -> None:
    statement, said = PLANTED[planted]
    await one_paid_and_one_waiting(shop)
    assert await shop.differences() == []

    async with shop.database.transaction() as session:
        await session.execute(text(statement))

    found = await shop.differences()
    assert len(found) == len(said)
    assert all(re.fullmatch(words, line) for words, line in zip(said, found, strict=True)), found


async def test_a_hold_that_nobody_ended_in_time_is_named(shop: Shop) -> None:
    await one_paid_and_one_waiting(shop)
    async with shop.database.transaction() as session:
        await session.execute(text("DELETE FROM job WHERE kind = 'expire_order'"))

    shop.clock.advance(timedelta(minutes=shop.settings.hold_minutes, seconds=61))

    [found] = await shop.differences()
    assert re.fullmatch(
        r"Order CP-\w+ should have been paid by [\d :-]+ UTC and still holds its stock\.", found
    )


async def test_each_change_of_stock_names_the_conversation(shop: Shop) -> None:
    buyer, waiting = await one_paid_and_one_waiting(shop)
    await waiting.add("MUG-BLUE")

    of_orders = select(StockMovement.reason, StockMovement.conversation_id).where(StockMovement.order_id > "")
    async with shop.database.reading() as session:
        changes = {(reason, conversation) for reason, conversation in await session.execute(of_orders)}
    assert changes == {
        ("reserved", buyer.id),
        ("sold", buyer.id),
        ("reserved", waiting.id),
        ("released", waiting.id),
    }


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE coupon SET used = used + 1", [r"Coupon TEN counts 2 uses, its redemptions are 1\."]),
        (
            "UPDATE redemption SET state = 'released'",
            [
                r"A use of coupon TEN is released for order CP-\w+, which is waiting\.",
                r"Coupon TEN counts 1 uses, its redemptions are 0\.",
            ],
        ),
        (
            "UPDATE redemption SET order_id = 'nobody'",
            [r"A use of coupon TEN is held for order nobody, which does not exist\."],
        ),
    ],
)
async def test_a_coupon_that_counts_other_uses_than_its_orders_have_is_named(
    shop: Shop, statement: str, said: list[str]
) -> None:
    await promoted(shop, "ten", "percent", {"percent": "10"}, coupon="TEN")
    customer = await shop.visit()
    await customer.add("LAMP")
    await give(customer, "TEN")
    await place(customer, await ready(customer))
    assert await shop.differences() == []

    async with shop.database.transaction() as session:
        await session.execute(text(statement))

    found = await shop.differences()
    assert len(found) == len(said)
    assert all(re.fullmatch(words, line) for words, line in zip(said, found, strict=True)), found
