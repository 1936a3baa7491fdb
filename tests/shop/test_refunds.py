"""Paying back, through the real client and the sandbox: exactly, never too much, and told as it is."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.db import Database
from backend.orders.refunding import Asked, NotInOrder, NotPaid, refund_order
from backend.payments import ledger
from backend.payments.gateway import GATEWAY
from backend.payments.models import LedgerEntry, Payment, Refund
from backend.payments.refunds import RefundKeyUsed, RefundTooLarge
from backend.work import reconcile
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_payments import paid, told

PENDS, FAILS = "4000000000007726", "4000000000005126"


async def bought(shop: Shop, quantity: int = 2, card: str = "4242424242424242") -> tuple[Customer, Any]:
    """Mugs and their delivery, paid."""
    customer = await shop.visit()
    _, order = await customer.order("MUG-BLUE", quantity)
    await customer.pay(order, card)
    await paid(customer, order)
    return customer, order


async def pay_back(
    database: Database, order: Any, key: str, amount: int | None = None, **lines: int
) -> Refund:
    asked = Asked(amount, {sku.replace("_", "-"): quantity for sku, quantity in lines.items()})
    async with database.transaction() as session:
        return await refund_order(session, order["number"], asked, key)


async def stands(shop: Shop, customer: Customer, order: Any, status: str, amount: int) -> None:
    """So much has gone back, and the books agree."""

    async def is_so() -> bool:
        found = await customer.current(order)
        return (found["payment_status"], found["refunded"]["amount"]) == (status, amount)

    assert await until(is_so)
    assert await differences(shop) == []


async def differences(shop: Shop) -> list[str]:
    async with shop.database.reading() as session:
        return await ledger.differences(session)


async def balances(shop: Shop) -> dict[str, int]:
    async with shop.database.reading() as session:
        sums = select(LedgerEntry.account, func.sum(LedgerEntry.amount)).group_by(LedgerEntry.account)
        return {account: int(amount) for account, amount in await session.execute(sums)}


async def test_parts_go_back_until_nothing_is_left(shop: Shop) -> None:
    customer, order = await bought(shop)
    await pay_back(shop.database, order, "first", 1000)
    await stands(shop, customer, order, "paid", 1000)
    await pay_back(shop.database, order, "second", 70)
    await stands(shop, customer, order, "paid", 1070)
    await pay_back(shop.database, order, "rest")
    await stands(shop, customer, order, "refunded", 3070)
    assert len(await until(lambda: told_refunds(shop, "succeeded", 3))) == 3


async def told_refunds(shop: Shop, what: str, count: int) -> list[str]:
    news = await told(shop, f"news_refund_{what}")
    return news if len(news) >= count else []


async def test_the_books_know_what_stripe_took(shop: Shop) -> None:
    customer, order = await bought(shop)
    await pay_back(shop.database, order, "k", 1000)
    await stands(shop, customer, order, "paid", 1000)
    fee = 3070 * 15 // 1000 + 25  # what the sandbox takes

    async def is_booked() -> bool:
        return await balances(shop) == {
            "processor": 3070 - 1000 - fee,
            "sales": -3070,
            "refunds": 1000,
            "fees": fee,
        }

    assert await until(is_booked)


async def test_lines_go_back_at_their_price_and_no_more_of_them_than_were_bought(shop: Shop) -> None:
    customer, order = await bought(shop)
    await pay_back(shop.database, order, "one", MUG_BLUE=1)
    await stands(shop, customer, order, "paid", 1290)
    with pytest.raises(NotInOrder):
        await pay_back(shop.database, order, "two more", MUG_BLUE=2)
    with pytest.raises(NotInOrder):
        await pay_back(shop.database, order, "another", LAMP=1)


async def test_more_than_is_left_never_goes_back(shop: Shop) -> None:
    customer, order = await bought(shop)
    await pay_back(shop.database, order, "k", 3000)
    with pytest.raises(RefundTooLarge) as refused:
        await pay_back(shop.database, order, "k2", 71)
    assert refused.value.details == {"left": 70}
    await stands(shop, customer, order, "paid", 3000)


async def test_of_rivals_for_the_same_money_only_so_many_get_it(shop: Shop) -> None:
    customer, order = await bought(shop)
    tries = await asyncio.gather(
        *(pay_back(shop.database, order, str(number), 1000) for number in range(12)), return_exceptions=True
    )
    assert sum(isinstance(result, Refund) for result in tries) == 3
    assert sum(isinstance(result, RefundTooLarge) for result in tries) == 9
    await stands(shop, customer, order, "paid", 3000)


async def test_the_same_key_again_is_the_same_refund(shop: Shop) -> None:
    customer, order = await bought(shop)
    first = await pay_back(shop.database, order, "k", 500)
    again = await pay_back(shop.database, order, "k", 500)
    with pytest.raises(RefundKeyUsed):
        await pay_back(shop.database, order, "k", 501)
    assert again.id == first.id
    await stands(shop, customer, order, "paid", 500)


async def test_what_was_not_paid_cannot_go_back(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    with pytest.raises(NotPaid):
        await pay_back(shop.database, order, "k")


async def test_a_refund_that_takes_a_while_is_told_twice(shop: Shop) -> None:
    customer, order = await bought(shop, card=PENDS)
    await pay_back(shop.database, order, "k", 1000)
    await until(lambda: told_refunds(shop, "pending", 1))
    await stands(shop, customer, order, "paid", 1000)
    await until(lambda: told_refunds(shop, "succeeded", 1))


async def test_a_refund_that_comes_back_is_told_and_can_be_made_again(shop: Shop) -> None:
    customer, order = await bought(shop, card=FAILS)
    await pay_back(shop.database, order, "k")
    await until(lambda: told_refunds(shop, "failed", 1))
    await stands(shop, customer, order, "paid", 0)
    assert (await customer.current(order))["refund_failed"]["amount"] == 3070
    assert (await pay_back(shop.database, order, "k2")).amount == 3070
    assert (await customer.current(order))["refund_failed"]["amount"] == 0


async def test_a_lost_answer_of_stripe_makes_no_second_refund(shop: Shop) -> None:
    customer, order = await bought(shop)
    await shop.trouble(fail_next={"count": 3, "status": 500, "after_work": True})
    await pay_back(shop.database, order, "k", 700)
    await stands(shop, customer, order, "paid", 700)


async def test_refunds_become_right_without_any_webhook(shop: Shop) -> None:
    customer, order = await bought(shop, card=PENDS)
    await shop.trouble(hooks=False)
    await pay_back(shop.database, order, "k", 700)

    async def is_right() -> bool:
        await reconcile(shop.database, shop.app[GATEWAY])
        return bool((await customer.current(order))["refunded"]["amount"] == 700)

    assert await until(is_right)
    assert await differences(shop) == []


async def test_a_refund_that_was_made_at_stripe_is_known(shop: Shop) -> None:
    customer, order = await bought(shop)
    async with shop.database.reading() as session:
        intent = await session.scalar(select(Payment.payment_intent))
    asked = {"payment_intent": intent, "amount": "300"}
    headers = {"Authorization": f"Bearer {shop.settings.stripe_api_key}"}
    url = f"{shop.settings.stripe_api_base}/v1/refunds"
    async with shop.http.post(url, data=asked, headers=headers) as made:
        assert made.status == 200
    await stands(shop, customer, order, "paid", 300)
    with pytest.raises(RefundTooLarge):
        await pay_back(shop.database, order, "k", 2771)
