"""Paying, through the real client and the sandbox: once, whatever happens on the way."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import stripe
from sqlalchemy import select

from backend.checkout import pay as paying
from backend.conversations.models import Turn
from backend.inventory.models import StockMovement
from backend.orders.models import Order
from backend.payments.gateway import FAILURES_IN_A_ROW, GATEWAY
from backend.payments.models import Payment
from backend.webhooks import WebhookReceived
from tests.shop.conftest import Customer, Shop, until


async def paid(customer: Customer, order: Any) -> Any:
    async def is_paid() -> Any:
        current = await customer.current(order)
        return current if current["payment_status"] == "paid" else None

    return await until(is_paid)


async def told(shop: Shop, intent: str) -> list[str]:
    """The news of this kind that the conversations were given."""
    async with shop.database.reading() as session:
        payloads = (await session.scalars(select(Turn.payload).where(Turn.kind == "news"))).all()
    return [payload for payload in payloads if payload and payload.startswith(f"/{intent}")]


async def test_paying_sells_the_stock_and_is_told_once(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-BLUE", 2)
    await customer.pay(order)
    found = await paid(customer, order)
    assert found["total"] == {"amount": 2 * 1290 + 490, "currency": "EUR"}
    assert await shop.stock("MUG-BLUE") == (6, 0)
    assert len(await told(shop, "news_order_paid")) == 1
    assert await shop.differences() == []
    async with shop.database.reading() as session:
        moved = select(StockMovement.reason, StockMovement.actor).filter_by(conversation_id=customer.id)
        assert set(await session.execute(moved)) == {("reserved", "visitor"), ("sold", "shop")}


async def test_the_cart_is_a_new_one_after_paying(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.pay(order)
    await paid(customer, order)
    _, cart = await customer.call("GET", "/api/cart")
    assert cart["lines"] == []


async def test_events_that_come_twice_and_out_of_order_count_once(shop: Shop) -> None:
    await shop.trouble(duplicate=3, reorder=True)
    customer = await shop.visit()
    _, order = await customer.order("LAMP", 2)
    await customer.pay(order)
    await paid(customer, order)
    assert await until(shop.is_at_rest)
    assert await shop.stock("LAMP") == (38, 0)
    assert len(await told(shop, "news_order_paid")) == 1


async def test_the_order_becomes_right_without_any_webhook(shop: Shop) -> None:
    await shop.trouble(hooks=False)
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.pay(order)
    await paying.reconcile(shop.database, shop.app[GATEWAY])
    assert (await customer.current(order))["payment_status"] == "paid"


async def test_a_declined_card_is_told_and_another_one_pays(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.pay(order, card="4000000000000002")
    assert await until(lambda: told(shop, "news_payment_declined"))
    assert await shop.stock("LAMP") == (40, 1)
    await customer.pay(order)
    await paid(customer, order)


async def test_everybody_who_opens_the_link_at_once_gets_one_page(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    pages = await asyncio.gather(*(customer.open_payment(order) for _ in range(6)))
    assert len(set(pages)) == 1


async def test_the_link_opens_while_stripe_tells_of_the_payment(shop: Shop) -> None:
    """Who records a payment takes its row, then the order's; had the link taken them the other way round, PostgreSQL
    would have ended one of the two."""
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    page = await customer.open_payment(order)
    async with asyncio.TaskGroup() as both, shop.database.transaction() as session:
        payment = (await session.scalars(select(Payment).with_for_update())).one()
        opening = both.create_task(customer.open_payment(order))
        await asyncio.sleep(0.5)
        await session.get_one(Order, payment.order_id, with_for_update=True)
    assert opening.result() == page


async def test_what_is_not_paid_in_time_is_free_again(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.open_payment(order)
    shop.clock.advance(timedelta(minutes=61))

    async def is_free() -> bool:
        return await shop.stock("LAMP") == (40, 0)

    assert await until(is_free)
    assert (await customer.current(order))["payment_status"] == "canceled"
    assert len(await told(shop, "news_order_expired")) == 1
    _, cart = await customer.call("GET", "/api/cart")
    assert cart["count"] == 1


async def test_asking_for_an_order_keeps_it_longer_but_not_for_ever(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    for minutes in (50, 50, 50):
        shop.clock.advance(timedelta(minutes=minutes))
        status, kept = await customer.call("POST", f"/api/orders/{order['number']}/hold")
        assert (status, kept["payment_status"]) == (200, "waiting")
    placed_at, pay_by = (datetime.fromisoformat(kept[name]) for name in ("placed_at", "pay_by"))
    assert pay_by - placed_at == timedelta(hours=3)
    assert pay_by.utcoffset() == datetime.now(ZoneInfo("Europe/Paris")).utcoffset()
    assert (await customer.open_payment(order)).startswith(shop.settings.stripe_api_base)
    assert (await customer.current(order))["pay_by"] == kept["pay_by"]

    shop.clock.advance(timedelta(minutes=31))

    async def is_free() -> bool:
        return await shop.stock("LAMP") == (40, 0)

    assert await until(is_free)


async def test_a_hold_that_is_over_is_not_extended(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    shop.clock.advance(timedelta(minutes=61))

    _, kept = await customer.call("POST", f"/api/orders/{order['number']}/hold")

    assert kept["pay_by"] == order["pay_by"]


async def test_a_changed_cart_closes_the_link_that_was_sent(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.open_payment(order)
    await customer.add("MUG-BLUE")
    assert await customer.open_payment(order) == f"/orders/{order['payment_url'].rsplit('/', 1)[1]}"
    assert await shop.stock("LAMP") == (40, 0)


async def test_saying_yes_twice_places_one_order(shop: Shop) -> None:
    customer = await shop.visit()
    _, first = await customer.order("LAMP")
    _, second = await customer.call("POST", "/api/orders", {"total": first["total"]["amount"]})
    assert second["number"] == first["number"]
    assert await shop.stock("LAMP") == (40, 1)


async def test_a_sum_that_was_not_shown_is_never_charged(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")
    status, refusal = await customer.call("POST", "/api/orders", {"total": 1})
    assert (status, refusal["error"]) == (409, "checkout_changed")


async def test_a_cart_that_was_not_shown_is_never_ordered_even_for_the_same_sum(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-RED")
    _, cart = await customer.call("GET", "/api/cart")
    await customer.call("PUT", "/api/cart/lines/MUG-RED", {"new_sku": "MUG-BLUE"})

    shown = {"total": order["total"]["amount"], "cart_version": cart["version"]}
    status, refusal = await customer.call("POST", "/api/orders", shown)

    assert (status, refusal["error"]) == (409, "checkout_changed")
    assert refusal["details"]["total"] == order["total"]["amount"]


async def test_a_link_that_a_changed_cart_has_closed_is_told_once(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")

    await customer.add("MUG-BLUE")
    await customer.add("MUG-BLUE")

    assert len(await told(shop, "news_order_changed")) == 1


async def test_an_order_that_a_newer_one_replaces_is_no_news(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")
    await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "express"})
    _, checkout = await customer.call("POST", "/api/checkout")
    status, _ = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})

    assert status == 201
    assert await told(shop, "news_order_changed") == []


async def test_money_for_an_order_that_was_just_canceled_revives_it(shop: Shop) -> None:
    await shop.trouble(hooks=False)
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await customer.pay(order)
    await customer.add("MUG-BLUE")
    await paid(customer, order)
    assert await shop.stock("LAMP") == (39, 0)


async def test_money_that_comes_too_late_for_what_has_sold_out_goes_back(shop: Shop) -> None:
    await shop.trouble(hooks=False, fail_next={"count": 40, "status": 500})
    slow, quick = await shop.visit(), await shop.visit()
    await shop.trouble(hooks=False)
    _, late = await slow.order("MUG-RED")
    page = await slow.open_payment(late)
    await shop.trouble(hooks=False, fail_next={"count": 1000, "status": 500})
    await slow.http.post(page, data={"card_number": "4242424242424242", "exp": "12/34", "cvc": "123"})
    await slow.add("LAMP")
    status, _ = await quick.order("MUG-RED")
    assert status == 201
    await shop.trouble()

    async def is_refunded() -> bool:
        return bool((await slow.current(late))["payment_status"] == "refunded")

    assert await until(is_refunded, seconds=20)
    assert len(await told(shop, "news_order_refunded")) == 1
    assert await shop.stock("MUG-RED") == (1, 1)


async def test_stripe_being_down_is_said_and_nothing_is_lost(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await shop.trouble(fail_next={"count": 10, "status": 500})
    assert (await customer.open_payment(order)).endswith("?payments=unavailable")
    await shop.trouble()
    assert "/c/pay/" in await customer.open_payment(order)


@pytest.mark.parametrize(
    "trouble",
    [
        {"latency_seconds": 60},
        {"fail_next": {"count": 6, "status": 500}},
        {"fail_next": {"count": 3, "status": 429}},
    ],
    ids=["slow", "failing", "busy"],
)
async def test_nobody_waits_long_for_stripe_and_the_chat_says_when_it_is_back(
    shop: Shop, trouble: dict[str, Any]
) -> None:
    customer = await shop.visit()
    await shop.trouble(**trouble)
    status, order = await customer.order("LAMP")
    where = await customer.open_payment(order)
    assert (status, where) == (
        201,
        f"/orders/{order['payment_url'].rsplit('/', 1)[1]}?payments=unavailable",
    )
    assert await told(shop, "news_payment_page_ready") == []
    await shop.trouble()
    assert len(await until(lambda: told(shop, "news_payment_page_ready"))) == 1
    await customer.pay(order)
    await paid(customer, order)


async def test_after_some_failures_nobody_waits_for_stripe_at_all(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("LAMP")
    await shop.trouble(fail_next={"count": 1000, "status": 500})
    for _ in range(FAILURES_IN_A_ROW):
        await customer.open_payment(order)
    left = await failures_left(shop)
    assert (await customer.open_payment(order)).endswith("?payments=unavailable")
    assert await failures_left(shop) == left


async def failures_left(shop: Shop) -> int:
    """Each request takes one."""
    async with shop.http.get(f"{shop.settings.stripe_api_base}/sandbox/faults") as response:
        return (await response.json())["fail_next"]["count"]  # type: ignore[no-any-return]


async def test_webhooks_that_are_forged_stale_or_of_the_other_mode_are_refused(shop: Shop) -> None:
    def signed(secret: str, livemode: bool, at: int) -> tuple[bytes, str]:
        raw = json.dumps({"id": "evt_1", "type": "x", "livemode": livemode, "data": {"object": {}}})
        signature = stripe.WebhookSignature._compute_signature(f"{at}.{raw}", secret)
        return raw.encode(), f"t={at},v1={signature}"

    now = int(shop.clock.now().timestamp())
    attempts = [
        signed("wrong", False, now),
        signed("whsec_of_the_test", False, now - 301),
        signed("whsec_of_the_test", True, now),
        (b"{}", ""),
        (b"\xff", "t=1,v1=\xff"),
    ]
    for raw, header in attempts:
        async with shop.http.post(
            f"{shop.settings.public_url}/webhooks/stripe", data=raw, headers={"Stripe-Signature": header}
        ) as response:
            assert response.status == 400
    async with shop.database.reading() as session:
        assert (await session.scalars(select(WebhookReceived))).all() == []
