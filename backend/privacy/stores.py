"""Where the shop keeps what it knows of a person, and what becomes of it when that is erased."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart, CartCoupon, CartLine
from backend.catalogue.changes import in_batches
from backend.catalogue.models import Review
from backend.changes.models import OrderChange, OrderReturn
from backend.checkout.models import Checkout
from backend.conversations.models import Choice, Conversation, Event, Turn, UploadedFile
from backend.credit.models import AppliedCredit, CreditAccount
from backend.customers.models import CodeRequest, Customer, NotificationChoice, ProvenContact, SavedMethod
from backend.db import Base
from backend.idempotency import RememberedAnswer
from backend.inventory.models import StockSubscription
from backend.jobs import Job
from backend.loyalty.accounts import holder_of
from backend.loyalty.models import LoyaltyAccount, LoyaltyEntry
from backend.mail import KeptLetter
from backend.orders.invoicing import Invoice
from backend.orders.models import Order, OrderEvent, OrderLine
from backend.payments.models import Payment, Refund
from backend.privacy.person import Person
from backend.promotions.models import Redemption
from backend.satisfaction.models import Satisfaction
from backend.shipping.models import Shipment, TrackingEvent
from backend.webhooks import WebhookReceived
from backend.wishlist.models import Wish
from backend.wishlist.service import owner_of

AT_ONCE = 100
"""Words that are looked for in one statement."""


@dataclass(frozen=True)
class Store:
    """Rows of a table that speak of the person. They are deleted, unless `becomes` says what they are without them:
    what the books and the law need stays."""

    table: type[Base]
    rows: ColumnElement[bool]
    becomes: dict[str, Any] | None = None
    is_told: bool = True
    """Given to who asks for their data; false for what is only a copy of something that is."""


def stores(person: Person) -> Iterator[Store]:
    """In an order in which they may be deleted."""
    yield from _of_conversations(person)
    yield from _of_orders(person)
    yield Store(SavedMethod, SavedMethod.customer_id.in_(person.customers))
    yield Store(Customer, Customer.id.in_(person.customers))
    yield Store(KeptLetter, func.lower(KeptLetter.to) == person.email.lower())
    # Money that is left stays theirs; the number is their website's, and says nothing to anybody else.
    holders = [*person.references, holder_of(person.email)]
    spent = CreditAccount.customer_id.in_(holders) & (CreditAccount.balance == 0)
    unnamed = {"customer_id": None, "key": literal("erased:") + CreditAccount.id}
    yield Store(CreditAccount, spent, unnamed)
    theirs = LoyaltyAccount.email == person.email.lower()
    accounts = select(LoyaltyAccount.id).where(theirs)
    yield Store(LoyaltyEntry, LoyaltyEntry.account_id.in_(accounts), {})
    yield Store(LoyaltyAccount, theirs, {"email": literal("erased:") + LoyaltyAccount.id})


def _of_conversations(person: Person) -> Iterator[Store]:
    said = person.conversations
    open_carts = select(Cart.id).where(Cart.conversation_id.in_(said), Cart.state == "open")
    yield Store(Choice, Choice.conversation_id.in_(said), is_told=False)
    yield Store(Turn, Turn.conversation_id.in_(said), is_told=False)
    yield Store(Event, Event.conversation_id.in_(said))
    yield Store(UploadedFile, UploadedFile.conversation_id.in_(said))
    yield Store(RememberedAnswer, RememberedAnswer.scope.in_(said), is_told=False)
    yield Store(Checkout, Checkout.conversation_id.in_(said))
    yield Store(CartLine, CartLine.cart_id.in_(open_carts))
    yield Store(CartCoupon, CartCoupon.cart_id.in_(open_carts))
    yield Store(AppliedCredit, AppliedCredit.conversation_id.in_(said), is_told=False)
    yield Store(StockSubscription, StockSubscription.conversation_id.in_(said))
    yield Store(NotificationChoice, NotificationChoice.conversation_id.in_(said))
    owners = [owner_of(one) for one in said] + [owner_of("", one) for one in person.references]
    yield Store(Wish, Wish.owner.in_(owners))
    yield Store(Review, Review.conversation_id.in_(said))
    yield Store(Satisfaction, Satisfaction.conversation_id.in_(said), {"comment": None})
    asked = or_(
        CodeRequest.conversation_id.in_(said),
        func.lower(CodeRequest.email) == person.email.lower(),
        func.lower(CodeRequest.sent_to) == person.email.lower(),
    )
    yield Store(CodeRequest, asked)
    yield Store(ProvenContact, ProvenContact.conversation_id.in_(said))
    nobody = dict.fromkeys(("customer_id", "customer_name", "customer_email", "customer_group", "came_from"))
    yield Store(
        Conversation, Conversation.id.in_(said), nobody | {"contact": literal("erased:") + Conversation.id}
    )


def _of_orders(person: Person) -> Iterator[Store]:
    bought = person.orders
    parcels = select(Shipment.id).where(Shipment.order_id.in_(bought))
    yield Store(Order, Order.id.in_(bought), {"email": ""})
    yield Store(OrderLine, OrderLine.order_id.in_(bought), {})
    yield Store(OrderEvent, OrderEvent.order_id.in_(bought), {})
    yield Store(OrderChange, OrderChange.order_id.in_(bought), {})
    yield Store(OrderReturn, OrderReturn.order_id.in_(bought), {"words": ""})
    yield Store(Payment, Payment.order_id.in_(bought), {"session_url": None})
    yield Store(Refund, Refund.order_id.in_(bought), {})
    yield Store(Invoice, Invoice.order_id.in_(bought), {})
    yield Store(Shipment, Shipment.order_id.in_(bought), {})
    yield Store(TrackingEvent, TrackingEvent.shipment_id.in_(parcels), {"location": ""})
    yield Store(Redemption, Redemption.order_id.in_(bought), {"customer": ""}, is_told=False)


async def machinery(session: AsyncSession, person: Person) -> list[Store]:
    """What payment provider and carrier have sent of their orders, and the jobs that are done. That they came, and
    were done, stays: else they might come and be done again."""
    found = await session.execute(
        select(Order.number, Payment.session_id, Payment.payment_intent, Shipment.tracking_number)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .outerjoin(Shipment, Shipment.order_id == Order.id)
        .where(Order.id.in_(person.orders))
    )
    named = {value for row in found for value in row if value}
    ids = sorted({person.email, *person.orders, *person.conversations, *named})
    return [store for some in in_batches(ids, AT_ONCE) for store in _mentioning(some)]


def _mentioning(ids: Sequence[str]) -> Iterator[Store]:
    jobs = or_(*(cast(Job.payload, Text).contains(id, autoescape=True) for id in ids))
    yield Store(Job, Job.is_done & jobs, {"payload": {}, "last_error": None}, is_told=False)
    sent = or_(*(cast(WebhookReceived.payload, Text).contains(id, autoescape=True) for id in ids))
    yield Store(WebhookReceived, sent, {"payload": {}}, is_told=False)
