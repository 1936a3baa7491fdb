"""How content customers are: asked seldom, and counted."""

import asyncio
from datetime import timedelta

import pytest

from backend.satisfaction.service import by_month, comments
from tests.shop.conftest import Customer, Shop, until


async def is_asked(customer: Customer) -> bool:
    _, asked = await customer.call("POST", "/api/satisfaction/question")
    return bool(asked["is_due"])


async def who_bought(shop: Shop) -> Customer:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.pay(order)

    async def is_paid() -> bool:
        return (await customer.current(order))["payment_status"] == "paid"  # type: ignore[no-any-return]

    await until(is_paid)
    return customer


async def test_whoever_bought_nothing_is_not_asked(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")
    assert not await is_asked(customer)


async def test_it_is_asked_once_a_month(shop: Shop) -> None:
    customer = await who_bought(shop)
    assert [await is_asked(customer) for _ in range(3)] == [True, False, False]
    shop.clock.advance(timedelta(days=31))
    assert await is_asked(customer)


async def test_the_last_answer_counts_and_words_have_no_card_number(shop: Shop) -> None:
    customer = await who_bought(shop)
    await is_asked(customer)
    await asyncio.gather(*(customer.call("PUT", "/api/satisfaction", {"score": 5}) for _ in range(3)))
    await customer.call("PUT", "/api/satisfaction", {"score": 2})
    await customer.call("PUT", "/api/satisfaction", {"comment": "payé avec 4242 4242 4242 4242, jamais reçu"})
    async with shop.database.reading() as session:
        (month,) = await by_month(session)
        (said,) = await comments(session)
    assert (month.language, month.asked, month.answers, month.mean) == ("fr", 1, (0, 1, 0, 0, 0), 2.0)
    assert (said.score, said.comment) == (2, "payé avec •••• 4242, jamais reçu")


async def test_nobody_answers_what_was_not_asked(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.call("PUT", "/api/satisfaction", {"score": 5})
    assert (status, refusal["error"]) == (409, "not_asked")


@pytest.mark.parametrize("answer", [{"score": 0}, {"score": 6}, {"score": 2.5}, {"comment": ""}])
async def test_an_answer_that_cannot_be_is_refused(shop: Shop, answer: dict[str, float]) -> None:
    customer = await shop.visit()
    status, _ = await customer.call("PUT", "/api/satisfaction", answer)
    assert status == 422
