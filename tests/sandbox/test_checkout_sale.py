from __future__ import annotations

import pytest
import stripe


async def test_a_paid_session_is_complete_and_leads_back_to_the_shop(sandbox, shop, session):
    status, location, _ = await sandbox.pay(session.id, "4242 4242 4242 4242")

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent"]}
    )
    assert (status, location) == (303, f"{shop.url}/pay/done?session={session.id}")
    assert (after.status, after.payment_status) == ("complete", "paid")
    assert (after.amount_total, after.currency) == (5249, "eur")
    assert after.client_reference_id == "order 1042"
    assert (after.payment_intent.status, after.payment_intent.metadata["order"]) == ("succeeded", "1042")


async def test_the_shop_hears_of_a_payment_in_order_by_signed_webhooks(shop, paid):
    await shop.until(lambda shop: len(shop.events) == 4)

    assert shop.types == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert shop.events[3].data.object.id == paid.id
    assert shop.events[3].api_version == stripe.api_version


async def test_the_charge_shows_the_fee_and_what_is_left(sandbox, paid):
    intent = await sandbox.client.v1.payment_intents.retrieve_async(
        paid.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
    )

    transaction = intent.latest_charge.balance_transaction
    assert (transaction.amount, transaction.fee, transaction.net) == (5249, 104, 5145)
    assert transaction.fee_details[0].type == "stripe_fee"


async def test_the_lines_of_a_session_are_listed_in_their_order(sandbox, session):
    items = await sandbox.client.v1.checkout.sessions.line_items.list_async(session.id, {"limit": 1})
    rest = await sandbox.client.v1.checkout.sessions.line_items.list_async(
        session.id, {"starting_after": items.data[0].id}
    )

    assert items.has_more
    assert [(item.description, item.quantity, item.amount_total) for item in [*items.data, *rest.data]] == [
        ("Linen tea towel", 2, 3998),
        ("Olive oil soap", 1, 1251),
    ]


async def test_a_price_of_the_catalogue_can_be_sold(sandbox, order):
    product = await sandbox.client.v1.products.create_async({"name": "Soap dish"})
    price = await sandbox.client.v1.prices.create_async(
        {"product": product.id, "currency": "eur", "unit_amount": 900}
    )
    order["line_items"] = [{"price": price.id, "quantity": 3}]

    session = await sandbox.client.v1.checkout.sessions.create_async(order | {"expand": ["line_items"]})

    assert session.amount_total == 2700
    assert session.line_items.data[0].description == "Soap dish"


async def test_delivery_is_added_to_the_total(sandbox, order):
    rate = {
        "display_name": "Express",
        "type": "fixed_amount",
        "fixed_amount": {"amount": 990, "currency": "eur"},
    }
    order["shipping_options"] = [{"shipping_rate_data": rate}]

    session = await sandbox.client.v1.checkout.sessions.create_async(order)

    assert (session.amount_subtotal, session.amount_total) == (5249, 6239)
    assert session.total_details.amount_shipping == 990


@pytest.mark.parametrize(
    ("card_number", "decline_code"),
    [("4000000000000002", "generic_decline"), ("4000000000009995", "insufficient_funds")],
)
async def test_a_declined_card_leaves_the_session_open(sandbox, shop, session, card_number, decline_code):
    status, _, _ = await sandbox.pay(session.id, card_number)
    await shop.until(lambda shop: "payment_intent.payment_failed" in shop.types)

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)
    assert status == 402
    assert (after.status, after.payment_status) == ("open", "unpaid")
    assert shop.events[-1].data.object.last_payment_error.decline_code == decline_code


async def test_another_card_pays_after_a_decline(sandbox, session):
    await sandbox.pay(session.id, "4000000000000002")
    status, _, _ = await sandbox.pay(session.id, "4242424242424242")

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent"]}
    )
    assert (status, after.status) == (303, "complete")
    assert after.payment_intent.last_payment_error is None


async def test_a_session_is_paid_once(sandbox, shop, session):
    await sandbox.pay(session.id, "4242424242424242")
    status, _, page = await sandbox.pay(session.id, "4242424242424242")

    charges = await sandbox.client.v1.charges.list_async()
    assert status == 409
    assert "You paid €52.49 to Comptoir" in page
    assert len(charges.data) == 1


async def test_three_d_secure_confirmed_pays(sandbox, shop, session):
    status, location, _ = await sandbox.pay(session.id, "4000002500003155")
    async with sandbox.http.post(
        sandbox.url + location, data={"outcome": "complete"}, allow_redirects=False
    ) as answer:
        back = answer.headers["Location"]

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)
    assert (status, location) == (303, f"/c/pay/{session.id}/authenticate")
    assert back == f"{shop.url}/pay/done?session={session.id}"
    assert after.payment_status == "paid"


async def test_three_d_secure_refused_does_not_pay(sandbox, shop, session):
    _, location, _ = await sandbox.pay(session.id, "4000002500003155")
    async with sandbox.http.post(sandbox.url + location, data={"outcome": "fail"}) as answer:
        page = await answer.text()
    await shop.until(lambda shop: "payment_intent.payment_failed" in shop.types)

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)
    assert "The payment was not confirmed with the bank" in page
    assert (after.status, after.payment_status) == ("open", "unpaid")


async def test_a_session_expired_by_the_shop_cannot_be_paid(sandbox, shop, session):
    expired = await sandbox.client.v1.checkout.sessions.expire_async(session.id)
    status, _, page = await sandbox.pay(session.id, "4242424242424242")
    await shop.until(lambda shop: shop.types == ["checkout.session.expired"])

    assert (expired.status, expired.url) == ("expired", None)
    assert status == 409
    assert "This payment page has expired" in page


async def test_a_session_expires_in_time_and_lets_the_intent_go(sandbox, shop, clock, order):
    soon = {"expires_at": int(clock()) + 1860}
    session = await sandbox.client.v1.checkout.sessions.create_async(order | soon)
    await sandbox.pay(session.id, "4000000000000002")

    clock.ahead_seconds = 1900
    await shop.until(lambda shop: "checkout.session.expired" in shop.types)

    after = await sandbox.client.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent"]}
    )
    assert (after.status, after.payment_intent.status) == ("expired", "canceled")


async def test_a_paid_session_cannot_be_expired(sandbox, paid):
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        await sandbox.client.v1.checkout.sessions.expire_async(paid.id)


async def test_a_refund_in_parts_never_exceeds_the_charge(sandbox, shop, paid):
    first = await sandbox.client.v1.refunds.create_async(
        {"payment_intent": paid.payment_intent, "amount": 2000}
    )
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        await sandbox.client.v1.refunds.create_async({"payment_intent": paid.payment_intent, "amount": 3250})
    rest = await sandbox.client.v1.refunds.create_async({"payment_intent": paid.payment_intent})
    with pytest.raises(stripe.InvalidRequestError) as spent:
        await sandbox.client.v1.refunds.create_async({"payment_intent": paid.payment_intent})
    await shop.until(lambda shop: shop.types.count("refund.updated") == 2)

    assert (first.amount, first.status, rest.amount) == (2000, "succeeded", 3249)
    assert refused.value.param == "amount"
    assert spent.value.code == "charge_already_refunded"
    assert shop.types[4:7] == ["refund.created", "charge.refunded", "refund.updated"]


async def test_a_refund_leaves_the_balance_and_the_fee_stays(sandbox, paid):
    await sandbox.client.v1.refunds.create_async({"payment_intent": paid.payment_intent})

    transactions = await sandbox.client.v1.balance_transactions.list_async()
    assert [(entry.type, entry.amount, entry.fee, entry.net) for entry in transactions.data] == [
        ("refund", -5249, 0, -5249),
        ("charge", 5249, 104, 5145),
    ]


async def test_everything_is_there_after_a_restart(start, connect, order):
    first = await start()
    session = await connect(first).client.v1.checkout.sessions.create_async(order)
    await first.close()

    again = connect(await start())
    assert (await again.client.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    assert (await again.pay(session.id, "4242424242424242"))[0] == 303
