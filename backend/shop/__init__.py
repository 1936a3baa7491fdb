"""The shop's own facts: one readable file per shop (`demo/shop.yml`), checked when it is loaded."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import yaml
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import InvalidSetting
from backend.shop.after_sale import AfterSale
from backend.shop.delivery import Consignment, DeliveryMethod, Quote, missing_for_free
from backend.shop.loyalty import Loyalty
from backend.shop.quiet import QuietHours
from backend.shop.tables import BadTable, rates_of
from backend.shop.taxes import BadTaxTable, Taxes, rates_of_adobe
from backend.shop.zones import Zone

__all__ = ["SHOP", "DeliveryMethod", "Shop", "shop_of"]


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    email: str
    currencies: list[str]
    delivery_methods: list[DeliveryMethod]
    zones: dict[str, Zone] = {}
    """By the names that delivery methods call them by."""
    taxes: Taxes | None = None
    """Without it nothing is said of taxes."""
    invoice_from: list[str] = []
    """The seller's lines of an invoice below the name: the address, the tax number."""
    time_zone: str = "UTC"
    """In which customers are told times, by its name in the IANA database."""
    source_selection: Literal["priority", "distance"] = "priority"
    """Which of the sources that can send an order as few parcels comes first: the one of the lowest priority, or the
    nearest one, as far as that is known."""
    quiet_hours: QuietHours | None = None
    """In the time zone above."""
    cart_reminder_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] | None = None
    """So long after their last word customers are reminded of their cart, if they have said that they want to be;
    nobody is asked where it is left out."""
    after_sale: AfterSale = AfterSale()
    """Of the file beside it."""
    loyalty: Loyalty | None = None
    """Of the file beside it."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @classmethod
    def load(cls, path: Path) -> "Shop":
        """Raises InvalidSetting, naming the file and the place in it."""
        try:
            shop = msgspec.convert(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader), cls)
        except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
            raise InvalidSetting(f"{path}: {error}") from None
        if shop.time_zone not in available_timezones():
            raise InvalidSetting(
                f"{path}: {shop.time_zone!r} is no time zone, such as Europe/Paris - at `$.time_zone`"
            )
        wrong = next(_unknown_zones(shop), None)
        if wrong:
            raise InvalidSetting(f"{path}: {wrong}")
        methods = [_with_tables(method, path, at) for at, method in enumerate(shop.delivery_methods)]
        return msgspec.structs.replace(
            shop,
            delivery_methods=methods,
            taxes=_with_tax_tables(shop, path),
            after_sale=AfterSale.beside(path),
            loyalty=Loyalty.beside(path),
        )

    def awake_at(self, at: datetime) -> datetime:
        """The end of the quiet hours, or `at` itself where it is not within them."""
        return self.quiet_hours.over_at(at.astimezone(self.zone)).astimezone(UTC) if self.quiet_hours else at

    def is_quiet_at(self, at: datetime) -> bool:
        return self.awake_at(at) > at

    def delivery_method(self, code: str) -> DeliveryMethod | None:
        return next((method for method in self.delivery_methods if method.code == code), None)

    def quote(self, method: DeliveryMethod, sent: Consignment) -> Quote | None:
        """None where the method does not go."""
        return method.quote(sent, self.zones)

    def free_delivery_missing(self, sent: Consignment) -> int | None:
        """See `delivery.missing_for_free`."""
        return missing_for_free(self.delivery_methods, sent, self.zones)


SHOP = web.AppKey("shop", Shop)


def shop_of(session: AsyncSession) -> Shop:
    shop: Any = session.info["shop"]
    assert isinstance(shop, Shop)
    return shop


def _unknown_zones(shop: Shop) -> Iterator[str]:
    """Where a zone is named that there is none of, or a code is used twice."""
    codes = [method.code for method in shop.delivery_methods]
    for at, method in enumerate(shop.delivery_methods):
        place = f"$.delivery_methods[{at}]"
        if method.code in codes[:at]:
            yield f"{method.code!r} is the code of two methods - at `{place}.code`"
        named = [(f"{place}.zones[{n}]", name) for n, name in enumerate(method.zones)]
        named += [
            (f"{place}.rates[{n}].to", r.to) for n, r in enumerate(method.rates) if isinstance(r.to, str)
        ]
        for where, name in named:
            if name not in shop.zones:
                yield f"no zone is called {name!r} - at `{where}`"


def _with_tables(method: DeliveryMethod, path: Path, at: int) -> DeliveryMethod:
    """With the rates of its files. Raises InvalidSetting."""
    rates = list(method.rates)
    for currency, name in method.tables.items():
        file = path.parent / name
        try:
            rates += rates_of(file, currency)
        except (OSError, BadTable) as error:
            raise InvalidSetting(
                f"{path}: {file}: {error} - at `$.delivery_methods[{at}].tables.{currency}`"
            ) from None
    return msgspec.structs.replace(method, rates=rates)


def _with_tax_tables(shop: Shop, path: Path) -> Taxes | None:
    """With the rates of its files. Raises InvalidSetting."""
    if shop.taxes is None:
        return None
    rates = list(shop.taxes.rates)
    for at, name in enumerate(shop.taxes.tables):
        try:
            rates += rates_of_adobe(path.parent / name)
        except (OSError, BadTaxTable) as error:
            place = f"$.taxes.tables[{at}]"
            raise InvalidSetting(f"{path}: {path.parent / name}: {error} - at `{place}`") from None
    return msgspec.structs.replace(shop.taxes, rates=rates)
