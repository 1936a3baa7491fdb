"""What a text may leave to the shop to say: `{standard.price}` is never out of date."""

import re
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

from backend.shop import DeliveryMethod, Shop

PLACEHOLDER = re.compile(r"\{([a-z][\w.-]*)\}")


def facts(shop: Shop, hold_minutes: int, language: str, currency: str) -> dict[str, str]:
    """By placeholder, as one reads them in this language and currency."""
    named = {"shop": shop.name, "email": shop.email, "hold_minutes": str(hold_minutes)}
    for method in shop.delivery_methods:
        for name, value in _delivery(method, language, currency).items():
            named[f"{method.code}.{name}"] = value
    return named


def filled(text: str, values: dict[str, str]) -> str:
    """What is no fact of the shop stays as it is written."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _delivery(method: DeliveryMethod, language: str, currency: str) -> dict[str, str]:
    first, last = method.promise_days
    values = {
        "name": method.name[language],
        "days": f"{first}" if first == last else f"{first}–{last}",
    }
    if currency in method.price:
        values["price"] = _spoken(method.price[currency], currency, language)
    if currency in method.free_from:
        values["free_from"] = _spoken(method.free_from[currency], currency, language)
    return values


def _spoken(amount: int, currency: str, language: str) -> str:
    units = Decimal(amount).scaleb(-get_currency_precision(currency))
    return format_currency(units, currency, locale=language)
