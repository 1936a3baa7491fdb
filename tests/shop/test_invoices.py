"""Invoices: for what was paid, in the customer's language, numbered without a gap."""

import asyncio
from typing import Any

from reportlab import rl_config

from tests.shop.conftest import Customer, Shop
from tests.shop.test_payments import paid
from tests.shop.test_refunds import bought as bought_mugs
from tests.shop.test_refunds import pay_back, stands

rl_config.pageCompression = 0


async def bought(customer: Customer, sku: str) -> Any:
    _, order = await customer.order(sku)
    await customer.pay(order)
    await paid(customer, order)
    return await customer.current(order)


async def invoice(shop: Shop, order: Any) -> tuple[int, str]:
    async with shop.http.get(f"{order['order_url']}/invoice") as answer:
        assert answer.content_type == "application/pdf"
        raw = (await answer.read()).decode("latin-1")
        assert answer.headers["Cache-Control"] == "no-store"
    return len(raw), raw


async def test_what_was_paid_has_an_invoice_in_the_language_of_the_order(shop: Shop) -> None:
    customer = await shop.visit()
    order = await bought(customer, "LAMP")
    assert order["invoice_url"] == f"{order['order_url']}/invoice"
    _, raw = await invoice(shop, order)
    assert raw.startswith("%PDF")
    assert "Lang (fr)" in raw
    assert "Facture 000001" in raw


async def test_what_was_not_paid_has_none(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    assert order["invoice_url"] is None
    async with shop.http.get(f"{order['order_url']}/invoice") as answer:
        assert answer.status == 409


async def test_numbers_have_no_gap_and_an_order_keeps_its_own(shop: Shop) -> None:
    orders = [await bought(await shop.visit(), "LAMP") for _ in range(3)]
    shown = await asyncio.gather(*(invoice(shop, order) for order in [*orders, *orders]))
    numbers = [next(n for n in range(1, 9) if f"Facture 00000{n}" in raw) for _, raw in shown]
    assert sorted(numbers[:3]) == [1, 2, 3]
    assert numbers[:3] == numbers[3:]


async def test_what_was_paid_back_has_a_credit_note_of_a_series_of_its_own(shop: Shop) -> None:
    customer, order = await bought_mugs(shop)
    for key, amount in (("a", 1000), ("b", 290)):
        await pay_back(shop.database, order, key, amount)
    await stands(shop, customer, order, "paid", 1290)
    _, seen = await customer.call("GET", f"/api/after-sale?number={order['number']}")
    urls = [one["credit_note_url"] for one in seen["money"] if one["kind"] == "refund"]
    shown = await asyncio.gather(*(credit_note(shop, url) for url in [*urls, *urls]))
    numbers = [next(n for n in range(1, 9) if f"Avoir 00000{n}" in raw) for raw in shown]
    assert sorted(numbers[:2]) == [1, 2]
    assert numbers[:2] == numbers[2:]
    assert all("Sur la facture 000001" in raw for raw in shown)


async def test_another_orders_credit_note_is_not_shown(shop: Shop) -> None:
    customer, order = await bought_mugs(shop)
    await pay_back(shop.database, order, "a", 1000)
    await stands(shop, customer, order, "paid", 1000)
    _, seen = await customer.call("GET", f"/api/after-sale?number={order['number']}")
    url = next(one["credit_note_url"] for one in seen["money"] if one["credit_note_url"])
    other = await bought(await shop.visit(), "LAMP")
    async with shop.http.get(f"{other['order_url']}/credit-notes/{url.rpartition('/')[2]}") as answer:
        assert answer.status == 409


async def credit_note(shop: Shop, url: str) -> str:
    async with shop.http.get(url) as answer:
        assert answer.content_type == "application/pdf"
        return (await answer.read()).decode("latin-1")
