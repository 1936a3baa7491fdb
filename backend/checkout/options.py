"""The ways in which what is in a cart can reach its customer, and the stores where it can be collected."""

from datetime import date, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.discounts import Saving, off
from backend.cart.service import Reckoned
from backend.checkout.consignment import consignment
from backend.checkout.models import Checkout
from backend.checkout.quoting import quotes
from backend.db import now
from backend.inventory.models import Source
from backend.inventory.stores import Near, StoreView, stores_near
from backend.money import Money
from backend.shipping.service import add_working_days
from backend.shop import shop_of
from backend.shop.delivery import Consignment, DeliveryMethod, Kind, Quote


class DeliveryOption(msgspec.Struct, frozen=True):
    """`kind` is `parcel`, `carrier` or `pickup`; `price` is after its `discounts`. `price_is_lowest`: it may be more,
    depending on an address that is not known yet; `price_is_estimate`: the carrier says it for that address. What is
    collected is promised from the day on which it is ready."""

    code: str
    kind: Kind
    name: str
    price: Money
    price_is_lowest: bool
    price_is_estimate: bool
    promised_from: date
    promised_to: date
    free_from: Money | None
    discounts: list[Saving] = []


class Ways(msgspec.Struct, frozen=True):
    """`stores` are those that have all of it, the nearest first."""

    options: list[DeliveryOption]
    stores: list[tuple[Source, StoreView]]

    def option(self, code: str | None) -> DeliveryOption | None:
        return next((option for option in self.options if option.code == code), None)

    def store(self, code: str | None) -> tuple[Source, StoreView] | None:
        """The one of the code, or the only one there is."""
        if code is None and len(self.stores) == 1:
            return self.stores[0]
        return next((store for store in self.stores if store[1].code == code), None)


async def ways_of(
    session: AsyncSession, reckoned: Reckoned, checkout: Checkout, language: str
) -> tuple[Ways, Consignment]:
    """A cart that is only downloaded is sent in no way. Raises CarrierNotAsked."""
    cart = reckoned.view
    quantities = {line.sku: line.quantity for line in cart.lines if line.is_shipped}
    sent = await consignment(session, cart.total, quantities, checkout)
    if not cart.is_shipped:
        return Ways([], []), sent
    stores = await stores_with_all(session, near_of(checkout), quantities)
    quoted = quotes(session, checkout, sent)
    return Ways(_options(session, quoted, sent.currency, stores, reckoned, language), stores), sent


async def stores_with_all(
    session: AsyncSession, near: Near, quantities: dict[str, int]
) -> list[tuple[Source, StoreView]]:
    """None in a shop where nothing is collected."""
    method = pickup_method(session)
    if method is None or not quantities:
        return []
    found = await stores_near(session, near, quantities, timedelta(minutes=method.ready_in_minutes))
    return [store for store in found if store[1].has_all and store[1].ready_at]


def pickup_method(session: AsyncSession) -> DeliveryMethod | None:
    return next((method for method in shop_of(session).delivery_methods if method.kind == "pickup"), None)


def near_of(checkout: Checkout) -> Near:
    known = checkout.address
    return Near(known.get("country", ""), known.get("postcode", ""), known.get("city", ""))


def _options(
    session: AsyncSession,
    quoted: dict[str, Quote],
    currency: str,
    stores: list[tuple[Source, StoreView]],
    reckoned: Reckoned,
    language: str,
) -> list[DeliveryOption]:
    found = []
    for method in shop_of(session).delivery_methods:
        quote = quoted.get(method.code)
        if quote is None or (method.kind == "pickup" and not stores):
            continue
        first, last = _promise(session, method, stores)
        free_from = method.free_from.get(currency)
        discounts = reckoned.off_delivery(method.code, quote.price)
        found.append(
            DeliveryOption(
                code=method.code,
                kind=method.kind,
                name=method.name[language],
                price=Money(quote.price - off(discounts), currency),
                price_is_lowest=quote.is_lowest,
                price_is_estimate=quote.is_estimate,
                promised_from=first,
                promised_to=last,
                free_from=None if free_from is None else Money(free_from, currency),
                discounts=discounts,
            )
        )
    return found


def _promise(
    session: AsyncSession, method: DeliveryMethod, stores: list[tuple[Source, StoreView]]
) -> tuple[date, date]:
    if method.kind == "pickup":
        ready = min(store.ready_at.date() for _, store in stores if store.ready_at)
        return ready, ready
    today = now(session).date()
    return add_working_days(today, method.promise_days[0]), add_working_days(today, method.promise_days[1])
