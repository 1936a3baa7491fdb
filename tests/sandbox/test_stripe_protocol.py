from __future__ import annotations

import asyncio

import pytest
import stripe


async def test_the_same_key_and_request_give_the_first_answer_again(sandbox, order):
    first = await sandbox.client.v1.checkout.sessions.create_async(
        order, {"idempotency_key": "order:1042:pay:1"}
    )
    again = await sandbox.client.v1.checkout.sessions.create_async(
        order, {"idempotency_key": "order:1042:pay:1"}
    )

    listed = await sandbox.client.v1.checkout.sessions.list_async()
    assert first.id == again.id
    assert first.last_response.body == again.last_response.body
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(listed.data) == 1


async def test_the_same_key_with_other_parameters_is_refused(sandbox, order):
    await sandbox.client.v1.checkout.sessions.create_async(order, {"idempotency_key": "order:1042:pay:1"})

    with pytest.raises(stripe.IdempotencyError) as refused:
        await sandbox.client.v1.checkout.sessions.create_async(
            order | {"locale": "fr"}, {"idempotency_key": "order:1042:pay:1"}
        )
    assert refused.value.http_status == 400


async def test_a_key_in_use_is_refused_until_its_request_is_done(sandbox, order):
    await sandbox.order_faults(latency_seconds=0.3)
    create = sandbox.client.v1.checkout.sessions.create_async

    results = await asyncio.gather(
        *(create(order, {"idempotency_key": "order:1042:pay:1"}) for _ in range(5)), return_exceptions=True
    )

    refused = [result.http_status for result in results if isinstance(result, stripe.StripeError)]
    assert refused == [409, 409, 409, 409]


async def test_refused_parameters_leave_the_key_free(sandbox, order):
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.client.v1.checkout.sessions.create_async(
            order | {"locale": "xx"}, {"idempotency_key": "order:1042:pay:1"}
        )

    session = await sandbox.client.v1.checkout.sessions.create_async(
        order, {"idempotency_key": "order:1042:pay:1"}
    )
    assert session.status == "open"


async def test_an_answer_that_gets_lost_is_found_under_its_key(sandbox, order):
    await sandbox.order_faults(fail_next={"count": 1, "status": 500, "after_work": True})
    with pytest.raises(stripe.APIError):
        await sandbox.client.v1.checkout.sessions.create_async(order, {"idempotency_key": "order:1042:pay:1"})

    await sandbox.client.v1.checkout.sessions.create_async(order, {"idempotency_key": "order:1042:pay:1"})

    listed = await sandbox.client.v1.checkout.sessions.list_async()
    assert len(listed.data) == 1


@pytest.mark.parametrize(("status", "error"), [(500, stripe.APIError), (429, stripe.RateLimitError)])
async def test_requests_fail_as_often_as_ordered(sandbox, status, error):
    await sandbox.order_faults(fail_next={"count": 2, "status": status})

    for _ in range(2):
        with pytest.raises(error):
            await sandbox.client.v1.events.list_async()
    assert (await sandbox.client.v1.events.list_async()).data == []


LINE = {
    "price_data": {"currency": "eur", "unit_amount": 900, "product_data": {"name": "Soap"}},
    "quantity": 1,
}


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"colour": "blue"}, "colour", "parameter_unknown"),
        ({"line_items": [LINE | {"size": "L"}]}, "line_items[0][size]", "parameter_unknown"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data]", "parameter_missing"),
        (
            {"line_items": [{"price": "price_nowhere", "quantity": 1}]},
            "line_items[0][price]",
            "resource_missing",
        ),
        (
            {"line_items": [LINE, LINE | {"quantity": "two"}]},
            "line_items[1][quantity]",
            "parameter_invalid_integer",
        ),
        ({"locale": "xx"}, "locale", None),
        ({"mode": "subscription"}, "mode", None),
        ({"success_url": "shop"}, "success_url", "url_invalid"),
        ({"customer_email": "ana"}, "customer_email", "email_invalid"),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"expires_at": 1_700_000_000}, "expires_at", None),
        ({"metadata": "none"}, "metadata", None),
    ],
)
async def test_a_parameter_that_is_wrong_is_named(sandbox, order, change, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await sandbox.client.v1.checkout.sessions.create_async(order | change)

    assert (refused.value.http_status in (400, 404), refused.value.param, refused.value.code) == (
        True,
        param,
        code,
    )


@pytest.mark.parametrize("name", ["mode", "success_url", "line_items"])
async def test_a_parameter_that_is_missing_is_named(sandbox, order, name):
    del order[name]

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await sandbox.client.v1.checkout.sessions.create_async(order)
    assert (refused.value.param, refused.value.code) == (name, "parameter_missing")


async def test_lines_in_two_currencies_are_refused(sandbox, order):
    dollars = LINE | {"price_data": LINE["price_data"] | {"currency": "usd"}}

    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        await sandbox.client.v1.checkout.sessions.create_async(order | {"line_items": [LINE, dollars]})


async def test_a_refused_session_leaves_nothing_behind(sandbox, order):
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.client.v1.checkout.sessions.create_async(
            order | {"line_items": [LINE, {"price": "price_x", "quantity": 1}]}
        )

    assert (await sandbox.client.v1.products.list_async()).data == []


async def test_unknown_objects_and_addresses_are_told_as_stripe_tells_them(sandbox):
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_nowhere'") as missing:
        await sandbox.client.v1.payment_intents.retrieve_async("pi_nowhere")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as unknown:
        await sandbox.client.v1.customers.list_async()

    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    assert unknown.value.http_status == 404


@pytest.mark.parametrize("authorization", ["", "Bearer sk_live_of_somebody"])
async def test_only_test_keys_are_taken(sandbox, authorization):
    headers = {"Authorization": authorization}
    async with sandbox.http.get(f"{sandbox.url}/v1/events", headers=headers) as answer:
        assert answer.status == 401


async def test_the_answer_carries_the_version_that_was_asked_for_and_a_request_id(sandbox, order):
    session = await sandbox.client.v1.checkout.sessions.create_async(
        order, {"stripe_version": "2026-05-27.dahlia"}
    )

    assert session.last_response.headers["Stripe-Version"] == "2026-05-27.dahlia"
    assert session.last_response.request_id.startswith("req_")


async def test_a_list_is_read_page_by_page_newest_first(sandbox):
    names = [f"Soap {number}" for number in range(5)]
    for name in names:
        await sandbox.client.v1.products.create_async({"name": name})

    listed = await sandbox.client.v1.products.list_async({"limit": 2})

    assert listed.has_more
    assert [product.name async for product in listed.auto_paging_iter()] == names[::-1]


async def test_health_is_told(sandbox):
    async with sandbox.http.get(f"{sandbox.url}/health") as answer:
        assert await answer.json() == {"status": "ok"}
