"""The points of the caller's customer: how many there are, and turned into store credit that pays orders."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from backend.credit import applying
from backend.credit.accounts import issue_store_credit
from backend.credit.applying import NoStoreCredit
from backend.customers.proving import proven_email
from backend.edge import Call, Operations
from backend.errors import NotFound
from backend.loyalty.accounts import TooFewPoints, change, holder_of, opened
from backend.loyalty.models import LoyaltyAccount
from backend.money import Money
from backend.orders.finding import OrderNotFound
from backend.shop import shop_of
from backend.shop.loyalty import Loyalty

operations = Operations("loyalty")


class NoLoyalty(NotFound):
    """This shop gives no points, or none in this currency."""

    code = "no_loyalty"


class PointsView(msgspec.Struct, frozen=True):
    """`worth` is theirs as store credit, into which they are turned from `least` on."""

    points: int
    worth: Money
    least: int
    expires_at: datetime | None


class SpentPoints(msgspec.Struct, frozen=True):
    """`credit` is what can be spent now, of points that were turned into it before included."""

    points: int
    credit: Money


@operations.get("/api/loyalty", answer=PointsView, errors=(NoLoyalty, OrderNotFound))
async def read_points(call: Call) -> PointsView:
    """Of a customer who has shown who they are; nobody else's points are told."""
    policy, worth = _policy(call)
    email = await _proven(call)
    account = await call.session.scalar(select(LoyaltyAccount).filter_by(email=email))
    points = account.points if account else 0
    value = Money(points * worth, call.caller.currency)
    return PointsView(points, value, policy.least, account.expires_at if account and points else None)


@operations.post("/api/loyalty/credit", answer=SpentPoints, errors=(NoLoyalty, OrderNotFound, TooFewPoints))
async def spend_points(call: Call) -> SpentPoints:
    """All of them become store credit, which the order is to be paid with; so is what is left of earlier ones."""
    session, currency = call.session, call.caller.currency
    policy, worth = _policy(call)
    email = await _proven(call)
    account = await opened(session, email)
    points = account.points if account.points >= policy.least else 0
    if points:
        number = await change(session, account, -points, "spent")
        key = f"points:{account.id}:{number}"
        await issue_store_credit(session, holder_of(email), Money(points * worth, currency), key=key)
    try:
        credit = await applying.apply_store_credit(
            session, call.caller.conversation_id, holder_of(email), currency
        )
    except NoStoreCredit:
        raise TooFewPoints(points=account.points, least=policy.least) from None
    return SpentPoints(points, Money(credit.balance - credit.held, currency))


def _policy(call: Call) -> tuple[Loyalty, int]:
    """With what a point is worth in the caller's currency. Raises NoLoyalty."""
    policy = shop_of(call.session).loyalty
    worth = policy.worth_of_point.get(call.caller.currency) if policy else None
    if policy is None or worth is None:
        raise NoLoyalty
    return policy, worth


async def _proven(call: Call) -> str:
    """Raises OrderNotFound, after which the chat asks for a code as it does for orders."""
    email = await proven_email(call.session, call.caller.conversation_id)
    if email is None:
        raise OrderNotFound(number="", is_proven=False)
    return email.lower()
