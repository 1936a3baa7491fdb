"""Proof of identity: a code sent to the contact of an order, and typed in the conversation that asked for it.

Whether there is such an order is found out by nobody who asks: the request does the same work in either case, and the
rest is done by a job.
"""

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import derived_secret
from backend.customers.models import CodeRequest, IdentityTry, ProvenContact
from backend.db import insert_into, now, rows_changed
from backend.errors import Conflict, Invalid, TooMany
from backend.jobs import enqueue

GOOD_FOR = timedelta(minutes=10)
MOST_TRIES, AN_HOUR = 5, timedelta(hours=1)
DIGITS = 6
SEND_CODE = "send_code"


class AnotherCustomer(Conflict):
    """The conversation is a customer's, and this is another one or nobody."""

    code = "another_customer"


class WrongCode(Invalid):
    """It is not the code that was sent last, or too old, or used."""

    code = "wrong_code"


class TooManyIdentityTries(TooMany):
    """More tries in an hour than people need."""

    code = "too_many_identity_tries"


class IdentityCodes:
    """A code follows from the shop's secret and the key of its request, so that it is stored nowhere, and a mail that
    is sent again says the same."""

    def __init__(self, secret: str) -> None:
        self._secret = derived_secret(secret, "identity codes").encode()

    def of(self, request_id: str) -> str:
        return f"{int(self._digest(request_id), 16) % 10**DIGITS:0{DIGITS}}"

    def hidden(self, text: str) -> str:
        """To be compared, and not to be read."""
        return self._digest(text)

    def _digest(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def codes_of(session: AsyncSession) -> IdentityCodes:
    codes: IdentityCodes = session.info["identity_codes"]
    return codes


async def ask_code(
    session: AsyncSession, conversation_id: str, came_from: str, email: str | None, number: str | None
) -> None:
    """Raises AnotherCustomer, TooManyIdentityTries."""
    if email and await proven_email(session, conversation_id) not in (None, email):
        raise AnotherCustomer
    await count_try(session, "ask", conversation_id, email or number or "", came_from)
    request = CodeRequest(
        conversation_id=conversation_id, email=email, order_number=number, asked_at=now(session)
    )
    session.add(request)
    await session.flush()
    await enqueue(session, SEND_CODE, {"request": request.id})


async def latest_request(session: AsyncSession, conversation_id: str) -> CodeRequest | None:
    """Of the last hour: after that, six digits are six digits again."""
    return await session.scalar(
        select(CodeRequest)
        .where(CodeRequest.conversation_id == conversation_id, CodeRequest.asked_at > now(session) - AN_HOUR)
        .order_by(CodeRequest.asked_at.desc())
        .limit(1)
    )


async def use_code(session: AsyncSession, request: CodeRequest, came_from: str, typed: str) -> None:
    """The conversation is the customer's whom the code was sent to. Raises TooManyIdentityTries, WrongCode,
    AnotherCustomer."""
    contact = request.sent_to or request.email or request.order_number or ""
    await count_try(session, "code", request.conversation_id, contact, came_from)
    is_right = hmac.compare_digest(codes_of(session).of(request.id).encode(), typed.encode())
    once = (
        update(CodeRequest)
        .where(
            CodeRequest.id == (request.id if is_right else ""),
            CodeRequest.sent_to.is_not(None),
            CodeRequest.used_at.is_(None),
            CodeRequest.asked_at > now(session) - GOOD_FOR,
        )
        .values(used_at=now(session))
    )
    if not await rows_changed(session, once) or request.sent_to is None:
        raise WrongCode
    await prove(session, request.conversation_id, request.sent_to)


async def prove(session: AsyncSession, conversation_id: str, email: str) -> None:
    """Raises AnotherCustomer."""
    proven = {"conversation_id": conversation_id, "email": email, "proven_at": now(session)}
    await session.execute(insert_into(session, ProvenContact).values(proven).on_conflict_do_nothing())
    if await proven_email(session, conversation_id) != email:
        raise AnotherCustomer


async def proven_email(session: AsyncSession, conversation_id: str) -> str | None:
    proven = select(ProvenContact.email).where(ProvenContact.conversation_id == conversation_id)
    return await session.scalar(proven)


async def count_try(session: AsyncSession, what: str, *keys: str) -> None:
    """One more for each key. Five are free; after them an hour without any. Raises TooManyIdentityTries."""
    at = now(session)
    for place, key in enumerate(keys):
        hidden = codes_of(session).hidden(f"{what} {place} {key}")
        tried = insert_into(session, IdentityTry).values(key=hidden, count=1, last_at=at)
        counted = tried.on_conflict_do_update(
            index_elements=["key"],
            set_={"count": IdentityTry.count + 1, "last_at": at},
            where=IdentityTry.count < MOST_TRIES,
        )
        over = (IdentityTry.key == hidden, IdentityTry.last_at < at - AN_HOUR)
        await session.execute(delete(IdentityTry).where(*over))
        if await session.scalar(counted.returning(IdentityTry.count)) is None:
            raise TooManyIdentityTries(retry_after_seconds=int(AN_HOUR.total_seconds()), most=MOST_TRIES)


async def forget(session: AsyncSession) -> None:
    """What no code can be used for any more, and no try counts for."""
    long_ago = now(session) - 2 * AN_HOUR
    await session.execute(delete(CodeRequest).where(CodeRequest.asked_at < long_ago))
    await session.execute(delete(IdentityTry).where(IdentityTry.last_at < long_ago))
