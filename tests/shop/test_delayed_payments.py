"""Payments that a bank confirms days later, or does not."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from backend.payments import service
from backend.payments.gateway import Session
from backend.payments.models import Payment
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_payments import paid, told

PAYS = "AT611904300234573201"
FAILS = "IT60X0542811101000000123456"


async def debit(shop: Shop, customer: Customer, order: Any, iban: str) -> None:
    """Pays on the hosted page by direct debit, as its own script does it."""
    session_id = (await customer.open_payment(order)).rsplit("/", 1)[1].partition("#")[0]
    api = shop.settings.stripe_api_base
    headers = {"Authorization": f"Bearer {shop.settings.stripe_api_key}"}
    account = {"type": "sepa_debit", "sepa_debit[iban]": iban}
    async with shop.http.post(f"{api}/v1/payment_methods", data=account, headers=headers) as response:
        method = await response.json()
    confirmed = {"payment_method": method["id"]}
    url = f"{api}/v1/payment_pages/{session_id}/confirm"
    async with shop.http.post(url, data=confirmed, headers=headers) as response:
        assert response.status == 200


async def payments(shop: Shop) -> list[str]:
    async with shop.database.reading() as session:
        return list(await session.scalars(select(Payment.status).order_by(Payment.attempt)))


async def test_a_debit_that_comes_days_later_pays_the_order_that_was_kept(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-RED")
    await debit(shop, customer, order, PAYS)

    await paid(customer, order)
    assert await shop.stock("MUG-RED") == (0, 0)
    assert await payments(shop) == ["paid"]
    assert await told(shop, "news_payment_declined") == []
    assert await shop.differences() == []


async def test_while_the_bank_is_at_it_nothing_runs_out_and_nobody_pays_twice(shop: Shop) -> None:
    await shop.trouble(hooks=False)
    customer = await shop.visit()
    _, order = await customer.order("MUG-RED")
    page = await customer.open_payment(order)
    await debit_without_an_end(shop, customer, order)
    assert (await customer.current(order))["payment_status"] == "processing"
    assert len(await told(shop, "news_payment_processing")) == 1

    shop.clock.advance(timedelta(days=4))
    await customer.add("LAMP")
    assert (await customer.open_payment(order)) != page
    assert (await customer.open_payment(order)).startswith("/orders/")
    assert (await customer.current(order))["payment_status"] == "processing"
    assert await shop.stock("MUG-RED") == (1, 1)
    _, cart = await customer.call("GET", "/api/cart")
    assert [line["sku"] for line in cart["lines"]] == ["LAMP"]
    assert await shop.differences() == []


async def debit_without_an_end(shop: Shop, customer: Customer, order: Any) -> None:
    """Stripe has the session complete and unpaid, and its intent processing."""
    async with shop.database.reading() as session:
        payment = (await session.scalars(select(Payment))).one()
    assert payment.session_id
    found = Session(
        id=payment.session_id,
        url=None,
        status="complete",
        is_paid=False,
        has_failed=False,
        amount_total=payment.amount,
        currency=payment.currency,
        payment_intent="pi_1",
        reference=payment.order_id,
    )
    await service.record(shop.database, found)


async def test_a_debit_that_fails_is_told_and_the_order_is_paid_in_another_way(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-RED")
    await debit(shop, customer, order, FAILS)

    assert await until(lambda: told(shop, "news_payment_failed"))
    assert await told(shop, "news_payment_declined") == []
    assert await payments(shop) == ["failed"]
    assert await shop.stock("MUG-RED") == (1, 1)
    current = await customer.current(order)
    assert current["payment_status"] == "waiting"
    _, cart = await customer.call("GET", "/api/cart")
    assert [line["sku"] for line in cart["lines"]] == ["MUG-RED"]

    shop.clock.advance(timedelta(hours=4))
    await customer.pay(order)
    await paid(customer, order)
    assert await payments(shop) == ["failed", "paid"]
    assert await shop.stock("MUG-RED") == (0, 0)
    assert await shop.differences() == []


async def test_nobody_keeps_what_failed_for_ever(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-RED")
    await debit(shop, customer, order, FAILS)
    assert await until(lambda: told(shop, "news_payment_failed"))
    shop.clock.advance(timedelta(hours=24))

    async def is_free() -> bool:
        return await shop.stock("MUG-RED") == (1, 0)

    assert await until(is_free)
    assert (await customer.current(order))["payment_status"] == "canceled"
