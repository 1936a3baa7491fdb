"""Amounts in the minor units that Stripe counts in, which for some currencies are not CLDR's."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

ZERO_DECIMAL = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
LEAST_CHARGE = {"gbp": 30, "sek": 300, "dkk": 250, "nok": 300, "mxn": 1000, "hkd": 400, "czk": 1500}


def exponent(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def shown(amount: int, currency: str, locale: str) -> str:
    return format_currency(Decimal(amount).scaleb(-exponent(currency)), currency.upper(), locale=locale)


def processing_fee(amount: int) -> int:
    """1.5 % rounded half up, and 25 minor units."""
    return (amount * 15 + 500) // 1000 + 25
