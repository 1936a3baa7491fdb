"""The inbox of signed webhooks: verify the raw bytes, keep each event once, answer, work from the table."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import stripe
from sqlalchemy import String, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Key, insert_into, now
from backend.errors import Invalid
from backend.jobs import enqueue

TOLERANCE_SECONDS = 300


class InvalidSignature(Invalid):
    """The webhook's signature is missing, wrong or too old."""

    code = "invalid_signature"
    status = 400


class WebhookReceived(Base):
    __tablename__ = "webhook_received"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[Key]
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


def verify(raw: bytes, header: str, secrets: Iterable[str]) -> None:
    """Stripe's scheme (`t=<unix>,v1=<hex>`), which the demo carrier signs with too. Raises InvalidSignature.

    Several secrets are valid while they rotate; an empty one never is, so no secret means a closed door.
    """
    for secret in filter(None, secrets) if header.isascii() else ():
        try:
            stripe.WebhookSignature.verify_header(
                raw.decode("utf-8", "replace"), header, secret, TOLERANCE_SECONDS
            )
        except stripe.SignatureVerificationError:
            continue
        return
    raise InvalidSignature


async def keep(session: AsyncSession, provider: str, event_id: str, payload: dict[str, Any]) -> None:
    """Enqueues the work; the same event again changes nothing."""
    kept = await session.scalar(
        insert_into(session, WebhookReceived)
        .values(provider=provider, event_id=event_id, payload=payload, at=now(session))
        .on_conflict_do_nothing()
        .returning(WebhookReceived.id)
    )
    if kept:
        await enqueue(session, f"{provider}_event", payload)
