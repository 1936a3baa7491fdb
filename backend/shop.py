"""The shop's own facts: one readable file per shop (`demo/shop.yml`), checked when it is loaded."""

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import yaml
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import InvalidSetting


class DeliveryMethod(msgspec.Struct, frozen=True):
    """How a parcel travels. Prices count minor units; `promise_days` are working days, from and to."""

    code: str
    name: dict[str, str]
    price: dict[str, int]
    promise_days: tuple[int, int]
    free_from: dict[str, int] = {}
    words: dict[str, list[str]] = {}
    """What else customers call it, by language."""

    def price_of(self, goods: int, currency: str) -> int:
        """The price for goods of this worth, both in minor units."""
        free_from = self.free_from.get(currency)
        return 0 if free_from is not None and goods >= free_from else self.price[currency]


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    email: str
    currencies: list[str]
    delivery_methods: list[DeliveryMethod]
    time_zone: str = "UTC"
    """In which customers are told times, by its name in the IANA database."""

    source_selection: Literal["priority", "distance"] = "priority"
    """Which of the sources that can send an order as few parcels comes first: the one of the lowest priority, or the
    nearest one, as far as that is known."""

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
        return shop

    def delivery_method(self, code: str) -> DeliveryMethod | None:
        return next((method for method in self.delivery_methods if method.code == code), None)


SHOP = web.AppKey("shop", Shop)


def shop_of(session: AsyncSession) -> Shop:
    shop: Any = session.info["shop"]
    assert isinstance(shop, Shop)
    return shop
