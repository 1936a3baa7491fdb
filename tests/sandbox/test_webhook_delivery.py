from __future__ import annotations

import pytest


async def test_a_webhook_that_is_refused_comes_again(sandbox, shop, session):
    shop.next_answers = [500]
    await sandbox.client.v1.checkout.sessions.expire_async(session.id)

    await shop.until(lambda shop: shop.types == ["checkout.session.expired"])


async def test_events_wait_while_hooks_are_off_and_are_listed_as_undelivered(sandbox, shop, session):
    await sandbox.order_faults(hooks=False)
    await sandbox.pay(session.id, "4242424242424242")

    undelivered = await sandbox.client.v1.events.list_async({"delivery_success": False})
    completed = await sandbox.client.v1.events.list_async({"type": "checkout.session.completed"})
    await sandbox.order_faults()
    await shop.until(lambda shop: len(shop.events) == 4)

    assert len(undelivered.data) == 4
    assert undelivered.data[0].id == completed.data[0].id


async def test_an_accepted_event_waits_for_no_webhook(sandbox, shop, paid):
    await shop.until(lambda shop: len(shop.events) == 4)
    await sandbox.client.v1.events.list_async()

    delivered = await sandbox.client.v1.events.list_async(
        {"delivery_success": True, "types": ["charge.succeeded"]}
    )
    assert [event.pending_webhooks for event in delivered.data] == [0]


async def test_duplicates_are_the_same_event(sandbox, shop, session):
    await sandbox.order_faults(duplicate=2)
    await sandbox.client.v1.checkout.sessions.expire_async(session.id)

    await shop.until(lambda shop: len(shop.events) == 3)
    assert len({event.id for event in shop.events}) == 1


async def test_events_come_in_another_order_when_asked(sandbox, shop, session):
    await sandbox.order_faults(reorder=True, hooks=False)
    await sandbox.pay(session.id, "4242424242424242")
    await sandbox.order_faults(reorder=True)

    await shop.until(lambda shop: len(shop.events) == 4)
    assert shop.types[0] == "checkout.session.completed"


async def test_a_delayed_webhook_comes_late(sandbox, shop, clock, session):
    await sandbox.order_faults(delay_seconds=3600)
    await sandbox.client.v1.checkout.sessions.expire_async(session.id)
    assert shop.events == []

    clock.ahead_seconds = 3601
    await shop.until(lambda shop: shop.types == ["checkout.session.expired"])


async def test_webhooks_survive_a_restart(start, connect, shop, order):
    first = await start()
    before = connect(first)
    await before.order_faults(hooks=False)
    session = await before.client.v1.checkout.sessions.create_async(order)
    await before.client.v1.checkout.sessions.expire_async(session.id)
    await first.close()

    await start()
    await shop.until(lambda shop: shop.types == ["checkout.session.expired"])


@pytest.mark.parametrize(
    "plan", [{"duplicate": -1}, {"fail_next": {"count": 1, "status": 418}}, {"smoke": True}]
)
async def test_faults_that_do_not_exist_are_refused(sandbox, plan):
    async with sandbox.http.post(f"{sandbox.url}/sandbox/faults", json=plan) as answer:
        assert answer.status == 422


async def test_faults_are_shown(sandbox):
    await sandbox.order_faults(duplicate=1, hooks=False)

    async with sandbox.http.get(f"{sandbox.url}/sandbox/faults") as answer:
        assert await answer.json() == {
            "duplicate": 1,
            "reorder": False,
            "delay_seconds": 0.0,
            "latency_seconds": 0.0,
            "fail_next": {"count": 0, "status": 500, "after_work": False},
            "hooks": False,
        }
