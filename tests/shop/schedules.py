"""Random schedules of one order's payment, against a small model: what happens at Stripe and in the shop happens in
any order, webhooks come in any order and often, calls of Stripe fail before or after their work, links are opened
and carts change meanwhile. In the end the order is what the model says, once.
"""

import asyncio
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

import hypothesis
import stripe
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from backend.catalogue.models import Variant
from backend.conversations.models import Turn
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from backend.jobs import Job
from backend.orders.models import Order
from backend.payments import ledger
from backend.payments.gateway import GATEWAY
from backend.work import reconcile
from tests.shop.conftest import Customer, Shop
from tests.shop.test_refunds import pay_back

AMPLE_STOCK = 1_000_000
GOOD, DECLINED, PENDS, FAILS = "4242424242424242", "4000000000000002", "4000000000007726", "4000000000005126"
LATER = ("expire_order", "price_list_turns", "parcel_late", "earn_points")
"""Jobs whose time has not come."""
MOST_ROUNDS = 200
RETRY_SECONDS = 5
T = TypeVar("T")


async def fill_shelves(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        lamp = (await session.scalars(select(Variant.id).filter_by(sku="LAMP"))).one()
        lyon = (await session.scalars(select(Source.id).filter_by(code="lyon"))).one()
        await count(session, [Count(lamp, lyon, AMPLE_STOCK)])


@dataclass
class Tally:
    sold: int = 0
    schedules: int = 0


def run_schedules(shop: Shop, loop: asyncio.AbstractEventLoop, examples: int, seed: int = 0) -> int:
    """How many were run; raises with the steps that lead to a wrong state. Call it beside the shop's loop. Another
    `seed` draws others."""
    tally = Tally()

    @hypothesis.seed(seed)
    class OneOrder(Schedule):
        def __init__(self) -> None:
            super().__init__(shop, loop, tally)

    run_state_machine_as_test(
        OneOrder,
        settings=settings(
            max_examples=examples,
            stateful_step_count=14,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return tally.schedules


class Schedule(RuleBasedStateMachine):
    """What is drawn depends on nothing that has happened: Hypothesis draws the same beginnings again."""

    def __init__(self, shop: Shop, loop: asyncio.AbstractEventLoop, tally: Tally) -> None:
        super().__init__()
        self.shop, self.loop, self.tally = shop, loop, tally
        self.is_paid = False
        self.back = 0
        self.card = ""

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    @initialize(quantity=st.integers(1, 3))
    def place(self, quantity: int) -> None:
        self.quantity = quantity
        self.do(self.shop.trouble(hooks=False))
        self.customer: Customer = self.do(self.shop.visit())
        _, self.order = self.do(self.customer.order("LAMP", quantity))

    @rule()
    def open_the_link(self) -> None:
        self.do(self.customer.open_payment(self.order))

    @rule(card=st.sampled_from([GOOD, DECLINED, PENDS, FAILS]))
    def pay(self, card: str) -> None:
        if self.do(self._pay(card)):
            self.is_paid, self.card = True, card

    @rule(count=st.integers(1, 4), after_work=st.booleans(), status=st.sampled_from([500, 429]))
    def stripe_fails(self, count: int, after_work: bool, status: int) -> None:
        plan = {"count": count, "after_work": after_work, "status": status}
        self.do(self.shop.trouble(hooks=False, fail_next=plan))

    @rule(times=st.integers(1, 5), order=st.randoms(use_true_random=True))
    def webhooks_come(self, times: int, order: Random) -> None:
        events = self.do(self._events()) * times
        order.shuffle(events)
        self.do(self._deliver(events))

    @rule()
    def time_passes(self) -> None:
        self.shop.clock.advance(timedelta(seconds=20))
        self.shop.database.info["jobs_wake"].set()

    @rule()
    def the_reconciler_comes(self) -> None:
        self.do(reconcile(self.shop.database, self.shop.app[GATEWAY]))

    @rule()
    def the_customer_comes_back(self) -> None:
        self.do(self._look())

    @rule()
    def the_cart_changes(self) -> None:
        self.do(self.customer.add("MUG-BLUE"))

    @rule(share=st.integers(1, 100))
    def something_goes_back(self, share: int) -> None:
        if not self.is_paid or self.back:
            return
        amount = max(1, self.order["total"]["amount"] * share // 100)
        if self.do(self.customer.current(self.order))["payment_status"] == "paid":
            self.do(pay_back(self.shop.database, self.order, f"back {self.order['number']}", amount))
            self.back = amount

    def teardown(self) -> None:
        if hasattr(self, "order"):
            self.do(self._end())

    async def _end(self) -> None:
        await self.shop.trouble(hooks=False)
        await self._until_it_stands()
        news = await self._news()
        assert sum(payload.startswith("/news_order_paid") for payload in news) == self.is_paid, news
        self.tally.schedules += 1
        self.tally.sold += self.quantity * self.is_paid
        assert await self.shop.stock("LAMP") == (AMPLE_STOCK - self.tally.sold, self._held())
        async with self.shop.database.reading() as session:
            assert await ledger.differences(session) == []
        assert await self.shop.differences() == []
        if not self.is_paid:  # what is left waiting would be counted as held in the next schedule
            await self.customer.add("MUG-BLUE")

    def _held(self) -> int:
        return self.quantity if self.found["payment_status"] == "waiting" else 0

    async def _until_it_stands(self) -> None:
        """As the model says, and nothing is left to be done; jobs that wait for their next try get it."""
        for _ in range(MOST_ROUNDS):
            await self._deliver(await self._events())
            left = await self._jobs()
            self.found = await self.customer.current(self.order)
            if not left and self._is_right():
                return
            await reconcile(self.shop.database, self.shop.app[GATEWAY])
            self.shop.clock.advance(timedelta(seconds=RETRY_SECONDS))
            self.shop.database.info["jobs_wake"].set()
            await asyncio.sleep(0.05)
        raise AssertionError((self.is_paid, self.card, self.back, self.found, left))

    def _is_right(self) -> bool:
        back = 0 if self.card == FAILS else self.back
        if not self.is_paid:
            expected = {"waiting", "canceled"}
        else:
            expected = {"refunded" if back == self.found["total"]["amount"] else "paid"}
        moneys = self.found["refunded"]["amount"], self.found["refunding"]["amount"]
        return self.found["payment_status"] in expected and moneys == (back, 0)

    async def _jobs(self) -> list[tuple[str, int, str | None]]:
        async with self.shop.database.reading() as session:
            waiting = select(Job.kind, Job.attempts, Job.last_error).where(
                Job.is_done.is_(False), Job.kind.not_in(LATER)
            )
            return [(kind, attempts, error) for kind, attempts, error in await session.execute(waiting)]

    async def _news(self) -> list[str]:
        async with self.shop.database.reading() as session:
            told = select(Turn.payload).filter_by(conversation_id=self.customer.id, kind="news")
            return [payload for payload in (await session.scalars(told)).all() if payload]

    async def _pay(self, card: str) -> bool:
        page = await self.customer.open_payment(self.order)
        if "/c/pay/" not in page:
            return False
        form = {"card_number": card, "exp": "12/34", "cvc": "123"}
        async with self.customer.http.post(page, data=form, allow_redirects=False) as response:
            return response.status == 303

    async def _look(self) -> None:
        async with self.customer.http.get(self.order["order_url"]) as response:
            assert response.status == 200

    async def _events(self) -> list[dict[str, Any]]:
        """What Stripe has to say of the order and of what was paid for it, the oldest first."""
        async with self.shop.database.reading() as session:
            order = await session.scalar(select(Order.id).filter_by(number=self.order["number"]))
        url = f"{self.shop.settings.stripe_api_base}/v1/events?limit=100"
        headers = {"Authorization": f"Bearer {self.shop.settings.stripe_api_key}"}
        listed: list[dict[str, Any]] = []
        async with self.customer.http.get(url, headers=headers) as response:
            if response.status == 200:
                listed = (await response.json())["data"][::-1]
        carried = [event["data"]["object"] for event in listed]
        intents = {about["id"] for about in carried if about.get("metadata", {}).get("order") == order}
        return [
            event
            for event, about in zip(listed, carried, strict=True)
            if {about["id"], about.get("payment_intent")} & intents
        ]

    async def _deliver(self, events: list[dict[str, Any]]) -> None:
        url = f"{self.shop.settings.public_url}/webhooks/stripe"
        for event in events:
            raw, at = json.dumps(event), int(time.time())
            secret = self.shop.settings.stripe_webhook_secrets[0]
            signature = stripe.WebhookSignature._compute_signature(f"{at}.{raw}", secret)
            headers = {"Stripe-Signature": f"t={at},v1={signature}"}
            async with self.customer.http.post(url, data=raw.encode(), headers=headers) as response:
                assert response.status == 200
