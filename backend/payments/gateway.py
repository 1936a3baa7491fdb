"""Stripe, spoken to through its own client; the sandbox is the same client with another base address."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, cast

import msgspec
import stripe
import structlog
from aiohttp import web

from backend.config import Settings
from backend.errors import Unavailable

log = structlog.get_logger()

TIMEOUT_SECONDS = 4
"""The client's own default is 80 s and two retries: far too long for somebody who waits for a page."""
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
    amount_total: int
    currency: str
    payment_intent: str | None
    reference: str | None


class StripeGateway:
    def __init__(self, settings: Settings) -> None:
        self._http = stripe.AIOHTTPClient(timeout=TIMEOUT_SECONDS)
        self._client = stripe.StripeClient(
            settings.stripe_api_key,
            http_client=self._http,
            base_addresses={"api": settings.stripe_api_base},
            max_network_retries=1,
        )

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
        with _failures_named():
            return _session(
                await self._client.v1.checkout.sessions.create_async(
                    cast("stripe.params.checkout.SessionCreateParams", params), {"idempotency_key": key}
                )
            )

    async def find_session(self, session_id: str) -> Session:
        """Raises PaymentsUnavailable."""
        with _failures_named():
            return _session(await self._client.v1.checkout.sessions.retrieve_async(session_id))

    async def expire_session(self, session_id: str) -> Session:
        """Closes it, or returns it as it is when it cannot be closed any more (it is complete, or expired)."""
        with _failures_named():
            try:
                return _session(await self._client.v1.checkout.sessions.expire_async(session_id))
            except stripe.InvalidRequestError:
                return await self.find_session(session_id)

    async def refund(self, payment_intent: str, *, key: str) -> None:
        """All of it. Raises PaymentsUnavailable."""
        with _failures_named():
            await self._client.v1.refunds.create_async(
                {"payment_intent": payment_intent}, {"idempotency_key": key}
            )

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]


@contextmanager
def _failures_named() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe_failed", error=type(error).__name__, status=error.http_status, code=error.code)
        raise PaymentsUnavailable from error


def _session(found: stripe.checkout.Session) -> Session:
    intent = found.payment_intent
    return Session(
        id=found.id,
        url=found.url,
        status=cast(Literal["open", "complete", "expired"], found.status),
        is_paid=found.payment_status in ("paid", "no_payment_required"),
        amount_total=found.amount_total or 0,
        currency=(found.currency or "").upper(),
        payment_intent=intent if isinstance(intent, str) or intent is None else intent.id,
        reference=found.client_reference_id,
    )


GATEWAY = web.AppKey("gateway", StripeGateway)
