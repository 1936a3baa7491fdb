"""Who the customer is, as the website that shows the chat says it.

Its server signs a JSON Web Token (RFC 7519, HS256) with the secret that it shares with the shop: `sub` is its own
number for the customer, `name` and `email` are what it knows, `group` says whose prices they have, `exp` ends it. No
browser can make one.
"""

from typing import Any

import jwt
import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.checkout import details
from backend.conversations.joining import join_later
from backend.conversations.log import locked
from backend.conversations.models import Conversation
from backend.customers import proving
from backend.customers.proving import AnotherCustomer
from backend.errors import Invalid
from backend.wishlist import service as wishes

CLAIMS = ["sub", "exp"]
LONGEST = 120
LONGEST_GROUP = 80
LEEWAY_SECONDS = 60
"""Clocks of two servers."""


class InvalidIdentity(Invalid):
    """The token of the website is not signed with the shared secret, is over, or says nobody; `reason` says which."""

    code = "invalid_identity"


class Customer(msgspec.Struct, frozen=True):
    """`id` is the website's own, and goes to nobody."""

    id: str
    name: str | None
    email: str | None
    group: str | None
    """As price lists name it."""


class Identified(msgspec.Struct, frozen=True):
    name: str | None
    email: str | None


def read_identity(token: str, secret: str | None) -> Customer:
    """Raises InvalidIdentity."""
    if secret is None:
        raise InvalidIdentity(reason="COMPTOIR_IDENTITY_SECRET is not set")
    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], leeway=LEEWAY_SECONDS, options={"require": CLAIMS}
        )
    except jwt.InvalidTokenError as error:
        raise InvalidIdentity(reason=str(error)) from None
    number, email = str(claims["sub"]), claims.get("email")
    if not number or len(number) > LONGEST:
        raise InvalidIdentity(reason=f"sub has not 1 to {LONGEST} characters")
    name, group = _text(claims, "name", LONGEST), _text(claims, "group", LONGEST_GROUP)
    try:
        return Customer(number, name, details.valid_email(str(email)) if email else None, group)
    except details.InvalidEmail:
        raise InvalidIdentity(reason="email is no address") from None


def _text(claims: dict[str, Any], name: str, most: int) -> str | None:
    """Raises InvalidIdentity."""
    text = claims.get(name)
    if text is not None and not (isinstance(text, str) and len(text) <= most):
        raise InvalidIdentity(reason=f"{name} is not a text of at most {most} characters")
    return text or None


async def identify(session: AsyncSession, conversation_id: str, customer: Customer | None) -> Identified:
    """Knows them from now on, and fills their name and e-mail into the checkout where nothing was said yet.

    Nobody is signed in when it is None. Raises ConversationNotFound, and AnotherCustomer: at a shared computer nobody
    reads on where somebody else has stopped.
    """
    conversation = await locked(session, conversation_id)
    if conversation.customer_id not in (None, customer and customer.id):
        raise AnotherCustomer
    if customer is None:
        return Identified(None, None)
    if customer.email:
        await proving.prove(session, conversation_id, customer.email)
    conversation.customer_id = customer.id
    conversation.customer_name = customer.name
    conversation.customer_email = customer.email
    conversation.customer_group = customer.group
    checkout = await details.find_checkout(session, conversation_id)
    details.introduce(checkout, customer.name, customer.email)
    await session.flush()
    await wishes.adopt(session, conversation_id, customer.id)
    await join_later(session, conversation)
    return Identified(customer.name, customer.email)


async def customer_id(session: AsyncSession, conversation_id: str) -> str | None:
    """The website's own number for them; None of whoever is not signed in."""
    return await session.scalar(select(Conversation.customer_id).where(Conversation.id == conversation_id))


async def customer_group(session: AsyncSession, conversation_id: str) -> str | None:
    """None of whoever is not signed in."""
    known = select(Conversation.customer_group).where(Conversation.id == conversation_id)
    return await session.scalar(known)
