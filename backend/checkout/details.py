"""Collecting what a checkout needs: understood from the customer's words, asked for one thing at a time."""

import re
from datetime import date
from typing import Literal

import msgspec
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.cart.service import CartView
from backend.catalogue.models import GIFT_CARD
from backend.catalogue.views import Shopper
from backend.checkout import credit
from backend.checkout.delivery import method_in
from backend.checkout.models import Checkout
from backend.credit import applying
from backend.credit.applying import CreditView
from backend.customers import addresses
from backend.customers.addresses import Address
from backend.customers.reading import names_street, read_address, without_email_lead_in
from backend.db import insert_into, now
from backend.errors import Invalid, NotFound
from backend.money import Money
from backend.shipping.service import add_working_days
from backend.shop import shop_of

Missing = Literal[
    "address", "name", "street", "postcode", "city", "region", "country", "email", "delivery_method"
]

FIELD_OF = {
    "name": "name",
    "line1": "street",
    "postcode": "postcode",
    "city": "city",
    "region": "region",
    "country": "country",
}
"""Fields of an address in the order in which they are asked for."""
ATTRIBUTE_OF = {asked: field for field, asked in FIELD_OF.items()}

LOOKS_LIKE_EMAIL = re.compile(r"[^\s,;<>()]*@[^\s,;<>()]*[^\s,;<>().]")
MEANT_AS_EMAIL = re.compile(r"\S*(?:\(at\)|\[at\]|\barroba\b|\.(?:com|net|org|fr|es|uk|ca|mx)\b)\S*", re.I)
"""An address without its "@", where one was asked for."""
PUNCTUATION = " ,.;:!"


class InvalidEmail(Invalid):
    """This e-mail address cannot be written to."""

    code = "invalid_email"


class InvalidPostcode(Invalid):
    """No postcode of this country looks like this."""

    code = "invalid_postcode"


class UnknownCountry(Invalid):
    """No country is called like this in any of our languages."""

    code = "unknown_country"


class UnknownDeliveryMethod(NotFound):
    """The shop does not deliver like this."""

    code = "unknown_delivery_method"


class DeliveryOption(msgspec.Struct, frozen=True):
    code: str
    name: str
    price: Money
    promised_from: date
    promised_to: date
    free_from: Money | None


class CheckoutView(msgspec.Struct, frozen=True):
    """`missing` is empty when the order can be placed; what is only downloaded has no `delivery`. `address_lines` are
    as one writes them on a parcel, `address` has its parts, the country by its name in the reader's language."""

    cart: CartView
    email: str | None
    recipient: str
    address: Address
    address_lines: list[str]
    delivery: DeliveryOption | None
    delivery_options: list[DeliveryOption]
    missing: list[Missing]
    total: Money
    credit: list[CreditView]
    """Gift cards and store credit that it is to be paid with."""
    paid_by_credit: Money
    to_pay: Money
    """The rest."""


class Told(msgspec.Struct, frozen=True):
    """What a text said for the checkout; nothing understood is an empty list. `rest` is what it said beside that."""

    understood: list[str]
    rest: str
    checkout: CheckoutView


async def find_checkout(session: AsyncSession, conversation_id: str) -> Checkout:
    await session.execute(
        insert_into(session, Checkout)
        .values(conversation_id=conversation_id, address={})
        .on_conflict_do_nothing()
    )
    return (await session.scalars(select(Checkout).filter_by(conversation_id=conversation_id))).one()


async def tell(
    session: AsyncSession,
    checkout: Checkout,
    text: str,
    shopper: Shopper,
    *,
    is_answer: bool,
    is_shipped: bool,
) -> tuple[list[str], str]:
    """Takes from a text what a checkout can use; returns the names of what it understood, and the rest of the text.

    `is_answer` says that the dialogue has no other reading of the text, so that a bare word may be the value that
    was asked for. Raises InvalidEmail, InvalidPostcode.
    """
    expected = next(iter(missing(checkout, is_shipped)), None) if is_answer else None
    understood = []
    email, text = _email_in(text, is_asked=expected == "email")
    if email:
        checkout.email = email
        understood.append("email")
    methods = shop_of(session).delivery_methods
    method, text = method_in(text, methods, is_answer=is_answer, is_asked=expected == "delivery_method")
    if method:
        checkout.delivery_method = method.code
        understood.append("delivery_method")
    if text.strip(PUNCTUATION):
        taken, text = _take_address(checkout, text, shopper.language, None if method else expected)
        understood += taken
    await session.flush()
    return understood, text.strip(PUNCTUATION)


async def fill_in(session: AsyncSession, checkout: Checkout, given: Address, email: str) -> None:
    """The address as a form gave it, in the place of what was known; an e-mail that was left empty stays.

    `given` names its country in words. Nothing is kept when a value cannot be. Raises UnknownCountry,
    InvalidPostcode, InvalidEmail.
    """
    country = addresses.country_given(given.country) if given.country else ""
    if country is None:
        raise UnknownCountry(country=given.country)
    address = msgspec.structs.replace(given, country=country)
    if addresses.problems(address).get("postcode") == "invalid":
        raise InvalidPostcode(postcode=address.postcode, country=country)
    if email:
        checkout.email = valid_email(email)
    checkout.address = {field: value for field, value in msgspec.structs.asdict(address).items() if value}
    await session.flush()


def introduce(checkout: Checkout, name: str | None, email: str | None) -> None:
    """What is known of the customer from elsewhere, where they have not said it themselves."""
    checkout.email = checkout.email or email
    if name and not checkout.address.get("name"):
        checkout.address = {**checkout.address, "name": name}


async def choose_delivery(session: AsyncSession, checkout: Checkout, code: str) -> None:
    """Raises UnknownDeliveryMethod."""
    if shop_of(session).delivery_method(code) is None:
        raise UnknownDeliveryMethod(delivery_method=code)
    checkout.delivery_method = code
    await session.flush()


def missing(checkout: Checkout, is_shipped: bool) -> list[Missing]:
    """What is only downloaded needs nothing but the e-mail."""
    found: list[Missing] = _missing_of_address(checkout) if is_shipped else []
    if not checkout.email:
        found.append("email")
    if is_shipped and not checkout.delivery_method:
        found.append("delivery_method")
    return found


def _missing_of_address(checkout: Checkout) -> list[Missing]:
    if not checkout.address.keys() - {"name"}:
        return ["address"]
    problems = addresses.problems(Address(**checkout.address))
    return [asked for field, asked in FIELD_OF.items() if field in problems]  # type: ignore[misc]


async def view(
    session: AsyncSession, checkout: Checkout, cart: Cart | None, shopper: Shopper
) -> CheckoutView:
    cart_view = await carts.view(session, cart, shopper)
    is_shipped = cart_view.is_shipped
    options = delivery_options(session, cart_view.total, shopper.language) if is_shipped else []
    chosen = next((option for option in options if option.code == checkout.delivery_method), None)
    total = cart_view.total + chosen.price if chosen else cart_view.total
    at_hand = (
        await credit.at_hand(session, cart)
        if cart
        else await applying.spendable(session, checkout.conversation_id, total.currency, {})
    )
    cards = sum(line.total.amount for line in cart_view.lines if line.kind == GIFT_CARD)
    shares = applying.shares(at_hand, total.amount, total.amount - cards, total.currency)
    by_credit = sum(share.amount for share in shares)
    return CheckoutView(
        cart=cart_view,
        email=checkout.email,
        recipient=checkout.address.get("name", ""),
        address=addresses.spoken(Address(**checkout.address), shopper.language),
        address_lines=addresses.lines(Address(**checkout.address), shopper.language),
        delivery=chosen,
        delivery_options=options,
        missing=missing(checkout, is_shipped),
        total=total,
        credit=applying.views(at_hand),
        paid_by_credit=Money(by_credit, total.currency),
        to_pay=Money(total.amount - by_credit, total.currency),
    )


def delivery_options(session: AsyncSession, goods: Money, language: str) -> list[DeliveryOption]:
    today = now(session).date()
    return [
        DeliveryOption(
            code=method.code,
            name=method.name[language],
            price=Money(method.price_of(goods.amount, goods.currency), goods.currency),
            promised_from=add_working_days(today, method.promise_days[0]),
            promised_to=add_working_days(today, method.promise_days[1]),
            free_from=_money(method.free_from.get(goods.currency), goods.currency),
        )
        for method in shop_of(session).delivery_methods
    ]


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _email_in(text: str, *, is_asked: bool) -> tuple[str | None, str]:
    """The address and the text without it."""
    match = LOOKS_LIKE_EMAIL.search(text) or (is_asked and MEANT_AS_EMAIL.search(text))
    if not match:
        return None, text
    valid = valid_email(match.group())
    rest = text[: match.start()] + " " + text[match.end() :]
    return valid, without_email_lead_in(rest).strip()


def valid_email(text: str) -> str:
    """As it is to be kept. Raises InvalidEmail."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise InvalidEmail(email=text[:80]) from None


def _is_evident(said: dict[str, str]) -> bool:
    """An address, even though nobody asked for one: "coffee press, 350 ml, steel" is none."""
    line1 = said.get("line1", "")
    return bool(line1 and (said.get("postcode") or (said.get("city") and names_street(line1))))


def _take_address(
    checkout: Checkout, text: str, language: str, expected: str | None
) -> tuple[list[str], str]:
    """The names of the fields that were taken, and the rest of the text."""
    asked = ATTRIBUTE_OF.get(expected or "", expected)
    reading = read_address(text, language, asked)
    said = {field: value for field, value in msgspec.structs.asdict(reading.address).items() if value}
    if not said or (expected is None and not _is_evident(said)):
        return [], text
    known = {} if said.get("line1") and said.get("city") else dict(checkout.address)
    kept_name = {"name": checkout.address["name"]} if checkout.address.get("name") else {}
    combined = Address(**(kept_name | known | said))
    problems = addresses.problems(combined)
    if problems.get("postcode") == "invalid":
        raise InvalidPostcode(postcode=combined.postcode, country=combined.country)
    checkout.address = {field: value for field, value in msgspec.structs.asdict(combined).items() if value}
    return [FIELD_OF.get(field, field) for field in said], reading.rest
