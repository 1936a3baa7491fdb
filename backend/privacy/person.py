"""Whose data it is: all that hangs together by one e-mail address."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.changes.models import OrderReturn
from backend.checkout.models import Checkout
from backend.conversations.models import Conversation
from backend.customers.models import Customer, ProvenContact
from backend.customers.proving import proven_email
from backend.errors import Conflict
from backend.orders.models import Order
from backend.payments.models import Dispute, Refund

ARRIVED = ("delivered", "collected", "downloadable", "canceled")
SETTLED_RETURNS = ("refunded", "exchanged", "replaced", "refused")
SETTLED_REFUNDS = ("succeeded", "failed", "canceled")
SETTLED_DISPUTES = ("won", "lost", "warning_closed")


class IdentityNotProven(Conflict):
    """Nobody has shown yet whose conversation this is."""

    code = "identity_not_proven"


class OrderUnderWay(Conflict):
    """Order `number` is not paid, not there, or not settled yet; without address and e-mail it could not be."""

    code = "order_under_way"


@dataclass(frozen=True)
class Person:
    """All ids, but for `references`: the numbers that websites know them by."""

    email: str
    orders: list[str]
    conversations: list[str]
    customers: list[str]
    references: list[str]

    @property
    def is_known(self) -> bool:
        return any((self.orders, self.conversations, self.customers))


async def proven_address(session: AsyncSession, conversation_id: str) -> str:
    """Raises IdentityNotProven."""
    email = await proven_email(session, conversation_id)
    if email is None:
        raise IdentityNotProven
    return email


async def find_person(session: AsyncSession, email: str, *, is_typed_enough: bool = False) -> Person:
    """A conversation is theirs where they have shown it, a website has said it, or their order was placed in it.

    `is_typed_enough`: or where somebody has typed the address into a checkout. That may be erased, but not shown.
    """
    customers = select(Customer.id, Customer.reference).where(_is(Customer.email, email))
    known = (await session.execute(customers)).all()
    signed = select(Conversation.customer_id).where(
        _is(Conversation.customer_email, email), Conversation.customer_id.is_not(None)
    )
    references = sorted({*(row.reference for row in known), *filter(None, await session.scalars(signed))})
    theirs = [
        Conversation.id.in_(_conversations(ProvenContact, email)),
        _is(Conversation.customer_email, email),
        Conversation.customer_id.in_(references),
        and_(Conversation.id.in_(_conversations(Order, email)), ~_is_of_another(email)),
    ]
    if is_typed_enough:
        theirs.append(and_(Conversation.id.in_(_conversations(Checkout, email)), ~_is_of_another(email)))
    return Person(
        email=email,
        orders=list(await session.scalars(select(Order.id).where(_is(Order.email, email)))),
        conversations=list(await session.scalars(select(Conversation.id).where(or_(*theirs)))),
        customers=[row.id for row in known],
        references=references,
    )


async def refuse_under_way(session: AsyncSession, person: Person) -> None:
    """Raises OrderUnderWay."""
    stuck = select(Order.number).where(
        Order.id.in_(person.orders),
        or_(
            Order.payment_status.in_(("waiting", "processing")),
            and_(Order.payment_status == "paid", Order.fulfilment_status.not_in(ARRIVED)),
            Order.id.in_(_unsettled(OrderReturn.order_id, OrderReturn.status.not_in(SETTLED_RETURNS))),
            Order.id.in_(_unsettled(Refund.order_id, Refund.status.not_in(SETTLED_REFUNDS))),
            Order.id.in_(_unsettled(Dispute.order_id, Dispute.status.not_in(SETTLED_DISPUTES))),
        ),
    )
    number = await session.scalar(stuck.order_by(Order.placed_at.desc()).limit(1))
    if number is not None:
        raise OrderUnderWay(number=number)


def _is(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], email: str
) -> ColumnElement[bool]:
    return func.lower(column) == email.lower()


def _conversations(table: type[ProvenContact] | type[Order] | type[Checkout], email: str) -> Select[str]:
    return select(table.conversation_id).where(_is(table.email, email))


def _is_of_another(email: str) -> ColumnElement[bool]:
    return (
        select(ProvenContact.email)
        .where(ProvenContact.conversation_id == Conversation.id, ~_is(ProvenContact.email, email))
        .exists()
    )


def _unsettled(order_id: InstrumentedAttribute[str], is_open: ColumnElement[bool]) -> Select[str]:
    return select(order_id).where(is_open)
