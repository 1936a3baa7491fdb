"""Changing one's mind about an order: what would happen, and then the yes."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.routes import CUSTOMER_ID
from backend.catalogue.read import VariantNotFound
from backend.changes import asked, choices, service, views
from backend.changes.choices import Choices, choices_of
from backend.changes.models import OrderChange
from backend.changes.views import AfterSaleView, ChangeView
from backend.credit.models import CreditAccount
from backend.credit.spending import InsufficientCredit
from backend.customers import profiles
from backend.customers.addresses import Address
from backend.customers.models import Customer
from backend.customers.profiles import CustomerNotFound, IncompleteAddress, SavedMethodNotFound
from backend.edge import SETTINGS, Call, Operations
from backend.errors import InvalidInput
from backend.inventory.backorders import BackorderConsentNeeded
from backend.inventory.service import InsufficientStock
from backend.money import Money
from backend.orders.finding import OrderNotFound, find_order
from backend.orders.models import Order
from backend.orders.refunding import NotInOrder
from backend.payments.refunds import RefundTooLarge

PhotosOf = Callable[[AsyncSession, str], Awaitable[list[str]]]
PHOTOS: web.AppKey[PhotosOf] = web.AppKey("photos")
"""The pictures that a conversation has sent lately, by their ids."""

operations = Operations("changes of orders")

REFUSALS = (
    asked.ChangeNotAllowed,
    asked.ReasonNeeded,
    asked.NotSameProduct,
    asked.MethodNeeded,
    asked.MethodNotPossible,
    asked.NeedsPerson,
    asked.PhotoNeeded,
    asked.DeliveryWouldChange,
    SavedMethodNotFound,
    IncompleteAddress,
    VariantNotFound,
    NotInOrder,
    InsufficientStock,
    InsufficientCredit,
)


class NewChange(msgspec.Struct, frozen=True):
    """Of the order of this number, or the conversation's latest one."""

    change: asked.Asked
    number: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class OrderOf(msgspec.Struct, frozen=True):
    number: str | None = None


class ChoicesOf(msgspec.Struct, frozen=True):
    kind: choices.Kind
    number: str | None = None


class MethodView(msgspec.Struct, frozen=True):
    """A saved way to pay; `balance` is what is left on a gift card."""

    reference: str
    kind: str
    brand: str
    last_four: str
    balance: Money | None


class ProfileView(msgspec.Struct, frozen=True):
    reference: str
    email: str
    given_name: str
    family_name: str
    address: dict[str, Any]
    methods: list[MethodView]


@operations.post(
    "/api/order-changes",
    body=NewChange,
    answer=ChangeView,
    status=201,
    errors=(OrderNotFound, *REFUSALS),
)
async def preview_change(call: Call) -> ChangeView:
    """What it would mean, for the customer to say yes to. Nothing of the order changes."""
    conversation = call.caller.conversation_id
    wanted: NewChange = call.body
    wish = wanted.change
    if isinstance(wish, asked.Claim):
        photos = await call.request.app[PHOTOS](call.session, conversation)
        wish = msgspec.structs.replace(wish, photos=photos)
    change = await service.preview(call.session, conversation, wanted.number, wish, await customer_of(call))
    return await _view(call, change)


@operations.post(
    "/api/order-changes/{change}/confirmation",
    answer=ChangeView,
    errors=(
        asked.PreviewNotFound,
        asked.PreviewUsed,
        asked.PreviewOutdated,
        BackorderConsentNeeded,
        RefundTooLarge,
        *REFUSALS,
    ),
)
async def confirm_change(call: Call) -> ChangeView:
    """The customer's yes to a preview, once."""
    change = await service.confirm(
        call.session, call.caller.conversation_id, call.path["change"], await customer_of(call)
    )
    return await _view(call, change)


@operations.get("/api/after-sale", query=OrderOf, answer=AfterSaleView, errors=(OrderNotFound,))
async def after_sale(call: Call) -> AfterSaleView:
    """What was changed of an order, what comes back of it, and what was paid and paid back."""
    order = await find_order(call.session, call.caller.conversation_id, call.query.number)
    return await views.after_sale_of(call.session, order, call.request.app[SETTINGS].public_url)


@operations.get(
    "/api/after-sale/choices",
    query=ChoicesOf,
    answer=Choices,
    errors=(OrderNotFound, asked.ChangeNotAllowed),
)
async def show_choices(call: Call) -> Choices:
    """What of an order may be sent back, exchanged or claimed, and what has to be said of it."""
    conversation = call.caller.conversation_id
    order = await find_order(call.session, conversation, call.query.number)
    photos = await call.request.app[PHOTOS](call.session, conversation)
    return await choices_of(call.session, order, call.query.kind, call.language, bool(photos))


@operations.get("/api/profile", answer=ProfileView, errors=(CustomerNotFound,))
async def show_profile(call: Call) -> ProfileView:
    """What the shop keeps of the customer whom the website has signed in."""
    return await profile_view(
        call.session, await profiles.find_customer(call.session, await customer_of(call))
    )


@operations.put(
    "/api/profile/address",
    body=Address,
    answer=ProfileView,
    errors=(CustomerNotFound, IncompleteAddress),
)
async def move(call: Call) -> ProfileView:
    """Where their parcels go from now on; orders that are placed stay as they are."""
    customer = await profiles.find_customer(call.session, await customer_of(call))
    profiles.move_to(customer, call.body)
    return await profile_view(call.session, customer)


class WhoQuery(msgspec.Struct, frozen=True):
    """By e-mail, or by all three others."""

    email: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    postcode: str | None = None


@operations.get(
    "/api/staff/customer", query=WhoQuery, answer=ProfileView, access="staff", errors=(CustomerNotFound,)
)
async def find_customer(call: Call) -> ProfileView:
    """Who that is, for staff who were told it."""
    who: WhoQuery = call.query
    if who.email:
        found = await profiles.find_by_email(call.session, who.email)
    elif who.given_name and who.family_name and who.postcode:
        found = await profiles.find_by_name(call.session, who.given_name, who.family_name, who.postcode)
    else:
        raise InvalidInput("Say the e-mail, or given name, family name and postcode.")
    return await profile_view(call.session, found)


async def profile_view(session: AsyncSession, customer: Customer) -> ProfileView:
    methods = []
    for method in await profiles.saved_methods(session, customer):
        account = await session.get(CreditAccount, method.account_id) if method.account_id else None
        balance = Money(account.balance, account.currency) if account else None
        methods.append(MethodView(method.reference, method.kind, method.brand, method.last_four, balance))
    return ProfileView(
        customer.reference,
        customer.email,
        customer.given_name,
        customer.family_name,
        customer.address,
        methods,
    )


async def customer_of(call: Call) -> str | None:
    return await call.request.app[CUSTOMER_ID](call.session, call.caller.conversation_id)


async def _view(call: Call, change: OrderChange) -> ChangeView:
    return views.change_view(await call.session.get_one(Order, change.order_id), change)
