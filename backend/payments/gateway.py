"""Stripe, spoken to through its own client; the sandbox is the same client with another base address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal, cast

import msgspec
import stripe
import structlog
from aiohttp import web
from circuitbreaker import CircuitBreaker

from backend.config import Settings
from backend.errors import Unavailable
from backend.money import Money

log = structlog.get_logger()

TIMEOUT_SECONDS = 4
"""For a call with its retry. The client's own default, 80 s and two retries, is far too long for who waits."""
TRANSPORT_SECONDS = 2 * TIMEOUT_SECONDS
"""The transport's own timer must not go off together with ours: it would take our cancellation for its own, and the
client would try once more."""
FAILURES_IN_A_ROW = 5
REST_SECONDS = 5
"""After so many failures nobody waits for Stripe for a while; then one call tries whether it is back."""
DOWN = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError, TimeoutError)
"""What says that Stripe is not well, not that it refuses something."""
FAILED = ("requires_payment_method", "canceled")
"""What the intent of a completed session is when its money will not come."""
LOCALES = {"en": "en", "fr": "fr", "es": "es"}


class PaymentsUnavailable(Unavailable):
    """Stripe does not answer, or answers that it is busy."""

    code = "payments_unavailable"


class Item(msgspec.Struct, frozen=True):
    """One line of the hosted page; `amount` is a unit's, in minor units."""

    name: str
    amount: int
    quantity: int


class Session(msgspec.Struct, frozen=True):
    """A Checkout Session, as far as we act on it."""

    id: str
    url: str | None
    status: Literal["open", "complete", "expired"]
    is_paid: bool
    has_failed: bool
    """It was completed with a method that takes days, and in the end no money came."""
    amount_total: int
    currency: str
    payment_intent: str | None
    reference: str | None


class StripeRefund(msgspec.Struct, frozen=True):
    """`reference` is our refund's id, where it was we who asked."""

    id: str | None
    status: str
    amount: int
    payment_intent: str | None
    reference: str | None
    failure: str | None


class Movement(msgspec.Struct, frozen=True):
    """Money at Stripe, in minor units: `net` is `amount` less `fee`; what leaves is negative."""

    id: str
    amount: int
    fee: int
    net: int
    currency: str


class StripeDispute(msgspec.Struct, frozen=True):
    """`due_by` is in Unix seconds."""

    id: str
    status: str
    amount: int
    reason: str
    payment_intent: str | None
    due_by: int | None
    movements: list[Movement]


class RefundRefused(Exception):
    """Stripe will not do it, however often it is asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StripeGateway:
    def __init__(self, settings: Settings) -> None:
        self._http = stripe.AIOHTTPClient(timeout=TRANSPORT_SECONDS)
        self._client = stripe.StripeClient(
            settings.stripe_api_key,
            http_client=self._http,
            base_addresses={"api": settings.stripe_api_base},
            max_network_retries=1,
        )
        self._breaker = CircuitBreaker(FAILURES_IN_A_ROW, REST_SECONDS, expected_exception=DOWN)

    async def open_session(
        self,
        *,
        key: str,
        reference: str,
        items: list[Item],
        currency: str,
        email: str,
        language: str,
        expires_at: datetime,
        success_url: str,
        cancel_url: str,
    ) -> Session:
        """The same `key` again returns the same session. Raises PaymentsUnavailable."""
        params = {
            "mode": "payment",
            "client_reference_id": reference,
            "customer_email": email,
            "locale": LOCALES[language],
            "expires_at": int(expires_at.timestamp()),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "metadata": {"order": reference},
            "payment_intent_data": {"metadata": {"order": reference}},
            "line_items": [
                {
                    "quantity": item.quantity,
                    "price_data": {
                        "currency": currency.lower(),
                        "unit_amount": item.amount,
                        "product_data": {"name": item.name},
                    },
                }
                for item in items
            ],
        }
        async with self._asking():
            return _session(
                await self._client.v1.checkout.sessions.create_async(
                    cast("stripe.params.checkout.SessionCreateParams", params), {"idempotency_key": key}
                )
            )

    async def find_session(self, session_id: str) -> Session:
        """Raises PaymentsUnavailable."""
        async with self._asking():
            return _session(
                await self._client.v1.checkout.sessions.retrieve_async(
                    session_id, {"expand": ["payment_intent"]}
                )
            )

    async def expire_session(self, session_id: str) -> Session:
        """Closes it, or returns it as it is when it cannot be closed any more (it is complete, or expired)."""
        async with self._asking():
            try:
                return _session(await self._client.v1.checkout.sessions.expire_async(session_id))
            except stripe.InvalidRequestError:
                return await self.find_session(session_id)

    async def refund(self, payment_intent: str, amount: int, *, reference: str) -> StripeRefund:
        """The same `reference` again is the same refund. Raises PaymentsUnavailable, RefundRefused."""
        async with self._asking():
            try:
                made = await self._client.v1.refunds.create_async(
                    {
                        "payment_intent": payment_intent,
                        "amount": amount,
                        "metadata": {"refund": reference},
                    },
                    {"idempotency_key": f"refund:{reference}"},
                )
            except stripe.InvalidRequestError as refused:
                raise RefundRefused(refused.code or str(refused.user_message)[:80]) from refused
            return _refund(made)

    async def charge(
        self, method: str, customer: str | None, due: Money, *, key: str, reference: str
    ) -> str | None:
        """The payment intent of a saved card that was charged, nobody being there; None where it was declined. The
        same `key` again charges nothing again. Raises PaymentsUnavailable."""
        params = {
            "amount": due.amount,
            "currency": due.currency.lower(),
            "payment_method": method,
            "confirm": True,
            "off_session": True,
            "metadata": {"order": reference},
        } | ({"customer": customer} if customer else {})
        async with self._asking():
            try:
                made = await self._client.v1.payment_intents.create_async(
                    cast("stripe.params.PaymentIntentCreateParams", params), {"idempotency_key": key}
                )
            except (stripe.CardError, stripe.InvalidRequestError) as refused:
                log.warning("charge_declined", order=reference, reason=refused.code)
                return None
            return made.id if made.status == "succeeded" else None

    async def find_refund(self, refund_id: str) -> StripeRefund:
        """Raises PaymentsUnavailable."""
        async with self._asking():
            return _refund(await self._client.v1.refunds.retrieve_async(refund_id))

    async def find_dispute(self, dispute_id: str) -> StripeDispute:
        """Raises PaymentsUnavailable."""
        async with self._asking():
            found = await self._client.v1.disputes.retrieve_async(dispute_id)
        return StripeDispute(
            id=found.id,
            status=found.status,
            amount=found.amount,
            reason=found.reason,
            payment_intent=_id(found.payment_intent),
            due_by=found.evidence_details.due_by,
            movements=[_movement(moved) for moved in found.balance_transactions],
        )

    async def find_charged(self, payment_intent: str) -> Movement | None:
        """What a payment brought; None while Stripe has not worked that out. Raises PaymentsUnavailable."""
        async with self._asking():
            found = await self._client.v1.payment_intents.retrieve_async(
                payment_intent, {"expand": ["latest_charge.balance_transaction"]}
            )
        charge = found.latest_charge
        assert isinstance(charge, stripe.Charge)
        moved = charge.balance_transaction
        return _movement(moved) if isinstance(moved, stripe.BalanceTransaction) else None

    async def undelivered_events(self, types: tuple[str, ...], since: datetime) -> list[dict[str, Any]]:
        """The webhooks that did not arrive, the newest first. Raises PaymentsUnavailable."""
        async with self._asking():
            listed = await self._client.v1.events.list_async(
                {
                    "delivery_success": False,
                    "types": list(types),
                    "created": {"gte": int(since.timestamp())},
                    "limit": 100,
                }
            )
            return [event.to_dict() async for event in listed.auto_paging_iter()]

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        if self._breaker.opened:
            raise PaymentsUnavailable
        try:
            with self._breaker:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    yield
        except stripe.StripeError as error:
            log.warning(
                "stripe_failed", error=type(error).__name__, status=error.http_status, code=error.code
            )
            raise PaymentsUnavailable from error
        except TimeoutError as error:
            log.warning("stripe_failed", error="TimeoutError")
            raise PaymentsUnavailable from error

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]


def _id(found: Any) -> str | None:
    """Of what Stripe gives as its id, or whole where it is asked to."""
    return found if isinstance(found, str) or found is None else str(found.id)


def _refund(found: stripe.Refund) -> StripeRefund:
    metadata = found.metadata
    reference = metadata["refund"] if metadata and "refund" in metadata else None
    failure = found.failure_reason if found.status == "failed" else None
    return StripeRefund(
        found.id, found.status or "pending", found.amount, _id(found.payment_intent), reference, failure
    )


def _movement(found: stripe.BalanceTransaction) -> Movement:
    return Movement(found.id, found.amount, found.fee, found.net, found.currency.upper())


def _session(found: stripe.checkout.Session) -> Session:
    intent = found.payment_intent
    is_unpaid = found.status == "complete" and found.payment_status == "unpaid"
    return Session(
        id=found.id,
        url=found.url,
        status=cast(Literal["open", "complete", "expired"], found.status),
        is_paid=found.payment_status in ("paid", "no_payment_required"),
        has_failed=is_unpaid and isinstance(intent, stripe.PaymentIntent) and intent.status in FAILED,
        amount_total=found.amount_total or 0,
        currency=(found.currency or "").upper(),
        payment_intent=_id(intent),
        reference=found.client_reference_id,
    )


GATEWAY = web.AppKey("gateway", StripeGateway)
