"""Points for what customers buy: one readable file per shop (`demo/loyalty.yml`). Without it there are none."""

from pathlib import Path
from typing import Annotated

import msgspec
import yaml

from backend.config import InvalidSetting
from backend.shop.after_sale import Days

FILE = "loyalty.yml"
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Loyalty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price_of_point: dict[str, Positive]
    """In minor units by currency: who pays so much gets one point. What credit pays earns nothing."""
    worth_of_point: dict[str, Positive]
    """In minor units by currency: as store credit."""
    least: Positive
    """Fewer points than these are not turned into credit."""
    after_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0
    """From the payment on: so long goods can go back, and nothing is earned yet."""
    expire_after_days: Days | None = None
    """Without anything earned meanwhile; without it they stay."""

    @classmethod
    def beside(cls, shop_file: Path) -> "Loyalty | None":
        """Raises InvalidSetting, naming the file and the place in it."""
        path = shop_file.parent / FILE
        if not path.exists():
            return None
        try:
            policy = msgspec.convert(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader), cls)
        except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
            raise InvalidSetting(f"{path}: {error}") from None
        for currency, worth in policy.worth_of_point.items():
            if worth >= policy.price_of_point.get(currency, worth):
                raise InvalidSetting(
                    f"{path}: a point is worth less than what is paid for it, {currency} - at `$.worth_of_point`"
                )
        return policy
