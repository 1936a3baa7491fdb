"""The tax of what is bought and of its delivery, where it is delivered."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.tax_classes import tax_classes
from backend.checkout.models import Checkout
from backend.customers.addresses import Address, destination
from backend.db import now
from backend.inventory.models import Source
from backend.money import Money
from backend.shop import shop_of
from backend.shop.regions import region_of_postcode
from backend.shop.taxes import STANDARD, Taxable
from backend.shop.zones import Destination


class TaxView(msgspec.Struct, frozen=True):
    """`is_included`: it is part of the prices, and is said for information. `is_estimate`: the address is not known
    yet, and the shop's own country is taken for it."""

    amount: Money
    name: str
    is_included: bool
    is_estimate: bool


class Taxed(msgspec.Struct, frozen=True):
    """In minor units, by line in their order."""

    lines: list[int]
    delivery: int = 0
    is_included: bool = True
    is_estimate: bool = False

    @property
    def total(self) -> int:
        return sum(self.lines) + self.delivery

    @property
    def on_top(self) -> int:
        """What has to be paid beside the prices."""
        return 0 if self.is_included else self.total


async def taxed(
    session: AsyncSession,
    lines: Sequence[tuple[str, int]],
    delivery: int,
    currency: str,
    checkout: Checkout,
    store: Source | None,
) -> Taxed:
    """`lines` are SKUs and what each line costs after discounts, in minor units."""
    taxes = shop_of(session).taxes
    if taxes is None:
        return Taxed([0] * len(lines))
    classes = await tax_classes(session, {sku for sku, _ in lines}, taxes.classes)
    to = _where(checkout, store)
    taxables = [Taxable(amount, classes.get(sku, STANDARD)) for sku, amount in lines]
    today = now(session).astimezone(shop_of(session).zone).date()
    *of_lines, of_delivery = taxes.taxes(
        [*taxables, Taxable(delivery, taxes.delivery_class)], to or taxes.home, today, currency
    )
    return Taxed(of_lines, of_delivery, taxes.is_included(currency), to is None)


def tax_view(session: AsyncSession, found: Taxed, currency: str, language: str) -> TaxView | None:
    """None in a shop that says nothing of taxes."""
    taxes = shop_of(session).taxes
    if taxes is None:
        return None
    return TaxView(Money(found.total, currency), taxes.name[language], found.is_included, found.is_estimate)


def _where(checkout: Checkout, store: Source | None) -> Destination | None:
    """What is collected is sold where it is handed over."""
    if store is not None and store.country:
        return Destination(store.country, region_of_postcode(store.country, store.postcode), store.postcode)
    return destination(Address(**checkout.address))
