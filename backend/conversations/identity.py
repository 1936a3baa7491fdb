"""Who the customer is, as the website that shows the chat says it.

Its server signs a JSON Web Token (RFC 7519, HS256) with the secret that it shares with the shop: `sub` is its own
number for the customer, `name` and `email` are what it knows, `exp` ends it. No browser can make one.
"""

import jwt
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.checkout import details
from backend.conversations.log import locked
from backend.errors import Conflict, Invalid

CLAIMS = ["sub", "exp"]
LONGEST = 120
LEEWAY_SECONDS = 60
"""Clocks of two servers."""


class InvalidIdentity(Invalid):
    """The token of the website is not signed with the shared secret, is over, or says nobody; `reason` says which."""

    code = "invalid_identity"


class AnotherCustomer(Conflict):
    """The conversation is a customer's, and this is another one or nobody."""

    code = "another_customer"


class Customer(msgspec.Struct, frozen=True):
    """`id` is the website's own, and goes to nobody."""

    id: str
    name: str | None
    email: str | None


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
    number, name, email = str(claims["sub"]), claims.get("name"), claims.get("email")
    if not number or len(number) > LONGEST:
        raise InvalidIdentity(reason=f"sub has not 1 to {LONGEST} characters")
    if name is not None and not (isinstance(name, str) and len(name) <= LONGEST):
        raise InvalidIdentity(reason=f"name is not a text of at most {LONGEST} characters")
    try:
        return Customer(number, name or None, details.valid_email(str(email)) if email else None)
    except details.InvalidEmail:
        raise InvalidIdentity(reason="email is no address") from None


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
    conversation.customer_id = customer.id
    conversation.customer_name = customer.name
    conversation.customer_email = customer.email
    checkout = await details.find_checkout(session, conversation_id)
    details.introduce(checkout, customer.name, customer.email)
    await session.flush()
    return Identified(customer.name, customer.email)
