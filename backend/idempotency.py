"""What a write answered, under the key that its caller gave it: the same request again gets the same answer.

A key belongs to its conversation and is good for a day. It is kept in the transaction of the write itself, so that
both are there or neither; what failed on our side, or came too often, leaves the key free to be tried again.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import Index, String, UniqueConstraint, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Database, Key, insert_into, now
from backend.errors import Conflict, Invalid, InvalidInput, ShopError

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255
KEPT_FOR = timedelta(hours=24)
BUSY = web.AppKey("busy_keys", set[tuple[str, str]])
"""Those that this process is at work on."""


class IdempotencyMismatch(Conflict):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_mismatch"


class IdempotencyInFlight(Conflict):
    """The first request with this Idempotency-Key has not been answered yet; ask again in a moment."""

    code = "idempotency_in_flight"


class IdempotencyKeyMissing(Invalid):
    """This write needs an Idempotency-Key: without one, nobody could ask again after an answer that was lost."""

    code = "idempotency_key_missing"
    status = 400


class RememberedAnswer(Base):
    __tablename__ = "remembered_answer"
    __table_args__ = (UniqueConstraint("scope", "key"), Index("ix_remembered_answer_at", "at"))

    id: Mapped[Key]
    scope: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(server_default=text("CURRENT_TIMESTAMP"))
    """A version that does not know of it runs beside this one for a while."""


def key_of(request: web.Request, *, is_needed: bool) -> str | None:
    """Raises IdempotencyKeyMissing, InvalidInput."""
    key = request.headers.get(HEADER)
    if key is None and is_needed:
        raise IdempotencyKeyMissing
    if key is not None and not 1 <= len(key) <= LONGEST:
        raise InvalidInput(f"An {HEADER} has 1 to {LONGEST} characters.", field=HEADER)
    return key


@contextmanager
def at_work(app: web.Application, scope: str, key: str) -> Iterator[None]:
    """Raises IdempotencyInFlight while this process is at work on the same key; see `remembered` for the others."""
    name = (scope, key)
    if name in app[BUSY]:
        raise IdempotencyInFlight(retry_after_seconds=1)
    app[BUSY].add(name)
    try:
        yield
    finally:
        app[BUSY].remove(name)


async def remembered(
    session: AsyncSession, scope: str, key: str, request: web.Request, raw: bytes
) -> tuple[RememberedAnswer, bool]:
    """The answer of this key, and whether it is still to be given.

    Raises IdempotencyInFlight while another process is at work on the key, IdempotencyMismatch.
    """
    await _only_one(session, f"{scope} {key}")
    at = now(session)
    fingerprint = hashlib.sha256(f"{request.method} {request.path_qs}\n".encode() + raw).hexdigest()
    ours = (RememberedAnswer.scope == scope, RememberedAnswer.key == key)
    await session.execute(delete(RememberedAnswer).where(*ours, RememberedAnswer.at < at - KEPT_FOR))
    created = await session.scalar(
        insert_into(session, RememberedAnswer)
        .values(scope=scope, key=key, fingerprint=fingerprint, at=at)
        .on_conflict_do_nothing()
        .returning(RememberedAnswer)
    )
    if created:
        return created, True
    found = (await session.scalars(select(RememberedAnswer).where(*ours))).one()
    if found.fingerprint != fingerprint:
        raise IdempotencyMismatch
    return found, False


def is_kept(refusal: ShopError) -> bool:
    """Whether this is the answer for good."""
    return refusal.status < 500 and refusal.status != web.HTTPTooManyRequests.status_code


async def forget(database: Database) -> None:
    """The answers of more than a day ago."""
    async with database.transaction() as session:
        old = delete(RememberedAnswer).where(RememberedAnswer.at < now(session) - KEPT_FOR)
        await session.execute(old)


async def _only_one(session: AsyncSession, name: str) -> None:
    """SQLite has one process, and one writer."""
    if session.get_bind().dialect.name != "postgresql":
        return
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))):
        raise IdempotencyInFlight(retry_after_seconds=1)
