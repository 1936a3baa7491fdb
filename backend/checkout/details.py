"""Collecting what a checkout needs: understood from the customer's words, asked for one thing at a time."""

import re
from typing import Literal

import msgspec
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.cart.models import Cart
from backend.cart.service import CartView, Reckoned
from backend.catalogue.models import GIFT_CARD
from backend.catalogue.views import Shopper
from backend.checkout import credit
from backend.checkout.consignment import NotDeliveredThere
from backend.checkout.delivery import method_in
from backend.checkout.models import Checkout
from backend.checkout.options import DeliveryOption, Ways, ways_of
from backend.checkout.pickup import NoStoreHasIt, stores_named
from backend.checkout.taxing import TaxView, tax_view, taxed
from backend.credit import applying
from backend.credit.applying import CreditView
from backend.customers import addresses
from backend.customers.addresses import Address
from backend.customers.doubts import doubts_about, says_no_number, with_number
from backend.customers.reading import names_street, read_address, without_email_lead_in
from backend.db import insert_into
from backend.errors import Invalid, NotFound
from backend.inventory.sources import UnknownSource, source_meant
from backend.inventory.stores import StoreView
from backend.money import Money
from backend.shop import shop_of
from backend.shop.delivery import Consignment, DeliveryMethod

Missing = Literal[
    "address",
    "name",
    "street",
    "postcode",
    "city",
    "region",
    "country",
    "house_number",
    "postcode_fit",
    "email",
    "delivery_method",
    "store",
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


class CheckoutView(msgspec.Struct, frozen=True):
    """`missing` is empty when the order can be placed; what is only downloaded has no `delivery`. `address_lines` are
    as one writes them on a parcel, `address` has its parts, the country by its name in the reader's language.
    `free_delivery_missing`: how much more has to be bought until delivery to there costs nothing. `stores` have all
    of it, the nearest first; `store` is where it is going to be collected."""

    cart: CartView
    email: str | None
    recipient: str
    address: Address
    address_lines: list[str]
    delivery: DeliveryOption | None
    delivery_options: list[DeliveryOption]
    stores: list[StoreView]
    store: StoreView | None
    missing: list[Missing]
    tax: TaxView | None
    total: Money
    free_delivery_missing: Money | None
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


async def checkout_so_far(session: AsyncSession, conversation_id: str) -> Checkout:
    """For who only reads: an empty one, which is not kept, where there is none."""
    known = await session.scalar(select(Checkout).filter_by(conversation_id=conversation_id))
    return known or Checkout(conversation_id=conversation_id, address={}, quotes={})


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
    known = shop_of(session).delivery_method(checkout.delivery_method or "")
    lacking = missing(checkout, is_shipped, known, has_store=checkout.store is not None)
    expected = next(iter(lacking), None) if is_answer else None
    if expected == "house_number" and await _house_number(session, checkout, text):
        return ["house_number"], ""
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
    if method or (known and known.kind == "pickup"):
        stores = await stores_named(session, text)
        if len(stores) == 1:
            checkout.store = stores[0].code
            understood.append("store")
            text = "" if expected == "store" else text
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


async def choose_delivery(
    session: AsyncSession, checkout: Checkout, code: str, store: str | None, language: str
) -> None:
    """Raises UnknownDeliveryMethod, UnknownSource, NotDeliveredThere."""
    method = shop_of(session).delivery_method(code)
    if method is None:
        raise UnknownDeliveryMethod(delivery_method=code)
    address = Address(**checkout.address)
    to = addresses.destination(address) if method.kind != "pickup" else None
    if to and not method.serves(to, shop_of(session).zones):
        place = addresses.place_of(address, language)
        raise NotDeliveredThere(place=place, method=method.name[language])
    if store is not None:
        found = await source_meant(session, store)
        if found is None or found.kind != "store":
            raise UnknownSource(f"No store has the code {store!r}.")
    checkout.delivery_method = code
    checkout.store = store or checkout.store
    await session.flush()


async def _house_number(session: AsyncSession, checkout: Checkout, text: str) -> bool:
    """Whether the text is a number for the street, or says that there is none."""
    address = Address(**checkout.address)
    if says_no_number(text):
        checkout.accepted = {**checkout.accepted, "house_number": address.line1}
    elif completed := with_number(address, text):
        checkout.address = {**checkout.address, "line1": completed.line1}
    else:
        return False
    await session.flush()
    return True


def missing(
    checkout: Checkout, is_shipped: bool, chosen: DeliveryOption | DeliveryMethod | None, *, has_store: bool
) -> list[Missing]:
    """What is only downloaded needs nothing but the e-mail, what is collected a name and the store."""
    if not is_shipped:
        return [] if checkout.email else ["email"]
    is_collected = chosen is not None and chosen.kind == "pickup"
    found: list[Missing] = []
    if not is_collected:
        found += _missing_of_address(checkout)
    elif not checkout.address.get("name"):
        found.append("name")
    if not checkout.email:
        found.append("email")
    if chosen is None:
        found.append("delivery_method")
    elif is_collected and not has_store:
        found.append("store")
    return found


def _missing_of_address(checkout: Checkout) -> list[Missing]:
    if not checkout.address.keys() - {"name"}:
        return ["address"]
    address = Address(**checkout.address)
    problems = addresses.problems(address)
    found: list[Missing] = [asked for field, asked in FIELD_OF.items() if field in problems]  # type: ignore[misc]
    doubts = {} if found else doubts_about(address)
    return [*found, *(doubt for doubt, about in doubts.items() if checkout.accepted.get(doubt) != about)]


async def accept(session: AsyncSession, checkout: Checkout) -> None:
    """The address is right as it is: what is doubted about it now, one thing at a time, is doubted no more."""
    for doubt, about in doubts_about(Address(**checkout.address)).items():
        if checkout.accepted.get(doubt) != about:
            checkout.accepted = {**checkout.accepted, doubt: about}
            break
    await session.flush()


async def view(
    session: AsyncSession, checkout: Checkout, cart: Cart | None, shopper: Shopper
) -> CheckoutView:
    reckoned = await reckon(session, checkout, cart, shopper)
    cart_view = reckoned.view
    ways, sent = await ways_of(session, reckoned, checkout, shopper.language)
    chosen = ways.option(checkout.delivery_method)
    store = ways.store(checkout.store) if chosen and chosen.kind == "pickup" else None
    short = _missing_for_free(session, cart_view, sent, ways)
    currency, delivery = cart_view.total.currency, chosen.price.amount if chosen else 0
    priced = [(line.sku, line.taxable) for line in cart_view.lines]
    tax = await taxed(session, priced, delivery, currency, checkout, store[0] if store else None)
    total = cart_view.total + Money(delivery + tax.on_top, currency)
    at_hand = (
        await credit.at_hand(session, cart)
        if cart
        else await applying.spendable(session, checkout.conversation_id, currency, {})
    )
    cards = sum(line.to_pay.amount for line in cart_view.lines if line.kind == GIFT_CARD)
    shares = applying.shares(at_hand, total.amount, total.amount - cards, currency)
    by_credit = sum(share.amount for share in shares)
    return CheckoutView(
        cart=cart_view,
        email=checkout.email,
        recipient=checkout.address.get("name", ""),
        address=addresses.spoken(Address(**checkout.address), shopper.language),
        address_lines=addresses.lines(Address(**checkout.address), shopper.language),
        delivery=chosen,
        delivery_options=ways.options,
        stores=[each for _, each in ways.stores],
        store=store[1] if store else None,
        missing=missing(checkout, cart_view.is_shipped, chosen, has_store=store is not None),
        tax=tax_view(session, tax, currency, shopper.language),
        total=total,
        free_delivery_missing=_money(short, cart_view.total.currency),
        credit=applying.views(at_hand),
        paid_by_credit=Money(by_credit, currency),
        to_pay=Money(total.amount - by_credit, currency),
    )


async def reckon(session: AsyncSession, checkout: Checkout, cart: Cart | None, shopper: Shopper) -> Reckoned:
    """The cart, for who it goes to and where."""
    return await carts.reckon(session, cart, shopper, checkout.address.get("country"), checkout.email)


def _missing_for_free(session: AsyncSession, cart: CartView, sent: Consignment, ways: Ways) -> int | None:
    """None, too, where a promotion makes some way of delivery cost nothing."""
    is_free = any(option.kind != "pickup" and not option.price.amount for option in ways.options)
    if is_free or not cart.lines or not cart.is_shipped:
        return None
    return shop_of(session).free_delivery_missing(sent)


def refuse_unserved(view: CheckoutView, language: str) -> None:
    """Once the address is complete. Raises NotDeliveredThere."""
    is_collected = view.delivery is not None and view.delivery.kind == "pickup"
    is_known = view.cart.is_shipped and not (set(view.missing) & {"address", *FIELD_OF.values()})
    is_sent = any(option.kind != "pickup" for option in view.delivery_options)
    if is_known and not is_collected and not is_sent:
        raise NotDeliveredThere(place=addresses.place_of(view.address, language), method=None)


def refuse_uncollectable(session: AsyncSession, checkout: Checkout, view: CheckoutView) -> None:
    """Where it was to be collected. Raises NoStoreHasIt."""
    method = shop_of(session).delivery_method(checkout.delivery_method or "")
    if method and method.kind == "pickup" and view.cart.lines and view.cart.is_shipped and not view.stores:
        raise NoStoreHasIt


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
    """As it is to be kept, and compared: in small letters. Raises InvalidEmail."""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
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
    asked = "postcode" if expected == "postcode_fit" else ATTRIBUTE_OF.get(expected or "", expected)
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
