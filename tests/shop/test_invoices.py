"""Invoices: for what was paid, in the customer's language, numbered without a gap."""

import asyncio
from typing import Any

from reportlab import rl_config

from tests.shop.conftest import Customer, Shop
from tests.shop.test_payments import paid

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
