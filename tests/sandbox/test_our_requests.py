"""What our own code sends to Stripe is held against Stripe's document, and against the types of its client."""

from __future__ import annotations

import re
import typing
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import stripe
import stripe.params
import stripe.params.checkout
import typing_extensions
from aiohttp import web

from backend.config import Settings
from backend.money import Money
from backend.payments.gateway import (
    Item,
    PaymentsUnavailable,
    RefundRefused,
    StripeGateway,
)
from sandbox.app import create_app
from sandbox.parameters import nest
from tests.sandbox.conftest import Validate
from tests.servers import OrderlyServer

FORM = "application/x-www-form-urlencoded"
PARAMS: dict[str, Any] = {
    "POST /v1/checkout/sessions": stripe.params.checkout.SessionCreateParams,
    "GET /v1/checkout/sessions/{session}": stripe.params.checkout.SessionRetrieveParams,
    "POST /v1/checkout/sessions/{session}/expire": stripe.params.checkout.SessionExpireParams,
    "POST /v1/payment_intents": stripe.params.PaymentIntentCreateParams,
    "POST /v1/refunds": stripe.params.RefundCreateParams,
    "GET /v1/refunds/{refund}": stripe.params.RefundRetrieveParams,
    "GET /v1/disputes/{dispute}": stripe.params.DisputeRetrieveParams,
    "GET /v1/payment_intents/{intent}": stripe.params.PaymentIntentRetrieveParams,
    "GET /v1/events": stripe.params.EventListParams,
}
"""Every operation that is asked of Stripe, and the type that the client gives its parameters."""
FOR_CHECKERS = {"StripeContext": object, "Mapping": dict}
"""Names that the client's modules import for type checkers only."""


@dataclass
class Sent:
    method: str
    path: str
    fields: list[tuple[str, str]]


@dataclass
class Recorder:
    requests: list[Sent] = field(default_factory=list)

    @property
    def middleware(self) -> Any:
        @web.middleware
        async def record(request: web.Request, handler: Any) -> web.StreamResponse:
            body = (await request.read()).decode()
            if request.path.startswith("/v1/"):
                fields = parse_qsl(body or request.query_string, keep_blank_values=True)
                self.requests.append(Sent(request.method, request.path, fields))
            return await handler(request)  # type: ignore[no-any-return]

        return record


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def sandbox(settings, clock, connect, recorder):
    app = create_app(settings, clock)
    app.middlewares.insert(0, recorder.middleware)  # what is answered late or with a failure counts too
    async with OrderlyServer(app) as server:
        yield connect(server)


@pytest.fixture
async def gateway(sandbox, tmp_path) -> AsyncIterator[StripeGateway]:
    ours = Settings.from_environment(
        {
            "COMPTOIR_DATA_DIR": str(tmp_path),
            "COMPTOIR_SECRET": "a secret of the test",
            "COMPTOIR_SANDBOX_URL": sandbox.url,
            "STRIPE_API_KEY": "",
        }
    )
    gateway = StripeGateway(ours)
    yield gateway
    await gateway.close()


@pytest.fixture
async def asked(gateway: StripeGateway, sandbox, recorder, shop) -> list[Sent]:
    """One of each call that the gateway can make, and both faces of those that have two."""
    sold = await opened(gateway, "sold")
    left = await opened(gateway, "left")
    await sandbox.pay(sold.id, "4000000000000259")
    await gateway.expire_session(left.id)
    await gateway.expire_session(sold.id)
    sold = await gateway.find_session(sold.id)
    assert sold.payment_intent
    due = Money(700, "EUR")
    assert await gateway.charge("pm_card_visa", None, due, key="c1", reference="order sold")
    assert not await gateway.charge("pm_card_chargeDeclined", "cus_7", due, key="c2", reference="order sold")
    refund = await gateway.refund(sold.payment_intent, 500, reference="refund 7")
    with pytest.raises(RefundRefused):
        await gateway.refund(sold.payment_intent, 999_999, reference="refund 8")
    await gateway.find_refund(refund.id)
    await gateway.find_charged(sold.payment_intent)
    dispute = (await sandbox.client.v1.disputes.list_async()).data[0]
    recorder.requests.pop()  # it was the test that asked for the list
    await gateway.find_dispute(dispute.id)
    await gateway.undelivered_events(("checkout.session.completed",), datetime.now(UTC) - timedelta(days=3))
    return recorder.requests


async def opened(gateway: StripeGateway, key: str) -> Any:
    return await gateway.open_session(
        key=key,
        reference=f"order {key}",
        items=[Item("Brume mug, blue", 1290, 2), Item("Standard delivery", 490, 1)],
        currency="EUR",
        email="camille@example.com",
        language="fr",
        expires_at=datetime.now(UTC) + timedelta(minutes=40),
        success_url="https://shop.example/orders/x?session={CHECKOUT_SESSION_ID}",
        cancel_url="https://shop.example/orders/x",
    )


def test_every_call_that_the_gateway_can_make_is_made_here(asked: list[Sent]) -> None:
    calls = {name for name in vars(StripeGateway) if not name.startswith("_")}

    assert calls == {
        "open_session",
        "find_session",
        "expire_session",
        "refund",
        "find_refund",
        "find_dispute",
        "charge",
        "find_charged",
        "undelivered_events",
        "close",
    }
    assert {operation_of(sent) for sent in asked} == {*PARAMS}


def test_every_request_is_one_of_stripes_document(
    asked: list[Sent], stripe_document: dict[str, Any], validate: Validate
) -> None:
    for sent in asked:
        schema = schema_of(stripe_document, sent)
        validate(schema, typed(nest(sent.fields), schema))


def test_every_parameter_has_the_name_that_the_client_knows(asked: list[Sent]) -> None:
    for sent in asked:
        assert unknown_names(nest(sent.fields), PARAMS[operation_of(sent)]) == []


@pytest.mark.parametrize(
    "planted",
    [
        ("expires", "1800000000"),
        ("line_items[0][price_data][amount]", "1290"),
        ("line_items[0][quantity]", "two"),
        ("mode", "pay"),
        ("client_reference_id", "x" * 900),
    ],
)
def test_a_planted_error_is_caught(
    asked: list[Sent], stripe_document: dict[str, Any], validate: Validate, planted: tuple[str, str]
) -> None:
    sent = asked[0]
    schema = schema_of(stripe_document, sent)
    validate(schema, typed(nest(sent.fields), schema))

    with pytest.raises(AssertionError):
        validate(schema, typed(nest([*sent.fields, planted]), schema))


@pytest.mark.parametrize("planted", ["expires", "line_items[0][price_data][amount]", "metadatas[order]"])
def test_a_planted_name_is_caught_by_the_types(asked: list[Sent], planted: str) -> None:
    fields = [*asked[0].fields, (planted, "1")]

    assert unknown_names(nest(fields), PARAMS[operation_of(asked[0])]) != []


def operation_of(sent: Sent) -> str:
    """The one of `PARAMS`; what is none of them stands for itself."""
    return next(
        (
            operation
            for operation in PARAMS
            if re.fullmatch(re.sub(r"{\w+}", r"[^/]+", operation), f"{sent.method} {sent.path}")
        ),
        f"{sent.method} {sent.path}",
    )


def schema_of(document: dict[str, Any], sent: Sent) -> dict[str, Any]:
    """The schema of a request's parameters, those of the query being fields like those of a form."""
    path = next(
        path
        for path, methods in document["paths"].items()
        if sent.method.lower() in methods and re.fullmatch(re.sub(r"{\w+}", r"[^/]+", path), sent.path)
    )
    operation = document["paths"][path][sent.method.lower()]
    if sent.method == "POST":
        return operation["requestBody"]["content"][FORM]["schema"]  # type: ignore[no-any-return]
    asked = [one for one in operation["parameters"] if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in asked},
        "additionalProperties": False,
    }


def typed(found: Any, schema: dict[str, Any]) -> Any:
    """A form holds nothing but text: this is what its schema takes it for. What fits nothing stays as it is."""
    if "anyOf" in schema:
        kinds = ("object", "array") if isinstance(found, dict) else ("integer", "number", "boolean", "string")
        fitting = [one for one in schema["anyOf"] if one.get("type") in kinds]
        return typed(found, fitting[0]) if fitting else found
    if isinstance(found, dict) and schema.get("type") == "array":
        return [typed(value, schema["items"]) for value in found.values()]
    if isinstance(found, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        other = others if isinstance(others, dict) else {}
        return {name: typed(value, known.get(name, other)) for name, value in found.items()}
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", found):
        return int(found)
    if schema.get("type") == "boolean" and found in ("true", "false"):
        return found == "true"
    return found


def unknown_names(found: Any, kind: Any, place: str = "") -> list[str]:
    """The names in what was sent that the client's type does not have."""
    if not isinstance(found, dict):
        return []
    if typing_extensions.is_typeddict(kind):
        names = typing_extensions.get_type_hints(kind, localns=FOR_CHECKERS)
        return [
            problem
            for name, value in found.items()
            for problem in (
                unknown_names(value, names[name], f"{place}.{name}") if name in names else [f"{place}.{name}"]
            )
        ]
    inside = [one for one in typing.get_args(kind) if one not in (str, type(None))]
    if typing.get_origin(kind) is dict or not inside:
        return []
    if typing.get_origin(kind) is list:
        return [
            problem for value in found.values() for problem in unknown_names(value, inside[0], f"{place}[]")
        ]
    return min((unknown_names(found, one, place) for one in inside), key=len)


async def test_a_call_that_is_given_up_is_not_tried_again(gateway: StripeGateway, recorder, sandbox) -> None:
    """Two timers that go off together once let the client try again: every other call took twice as long."""
    session = await opened(gateway, "slow")
    await sandbox.order_faults(latency_seconds=60)
    recorder.requests.clear()
    for _ in range(3):
        with pytest.raises(PaymentsUnavailable):
            await gateway.find_session(session.id)
    assert len(recorder.requests) == 3
