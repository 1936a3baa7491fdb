"""Stripe's test cards: the only numbers that the payment page takes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Behaviour(Enum):
    PAYS = "pays"
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    ASKS_3D_SECURE = "3d_secure"
    IS_DISPUTED = "disputed"
    IS_INQUIRED = "inquired"
    REFUNDS_LATE = "refunds_late"
    REFUNDS_FAIL = "refunds_fail"


TEST_CARDS = {
    "4242424242424242": Behaviour.PAYS,
    "4000002500003155": Behaviour.ASKS_3D_SECURE,
    "4000000000000002": Behaviour.DECLINED,
    "4000000000009995": Behaviour.INSUFFICIENT_FUNDS,
    "4000000000000259": Behaviour.IS_DISPUTED,
    "4000000000001976": Behaviour.IS_INQUIRED,
    "4000000000007726": Behaviour.REFUNDS_LATE,
    "4000000000005126": Behaviour.REFUNDS_FAIL,
}
BY_LAST4 = {number[-4:]: behaviour for number, behaviour in TEST_CARDS.items()}
NAMED = {
    "pm_card_visa": "4242424242424242",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}
"""Stripe's own payment methods for trials."""
FORM_FILLER = {"exp": "12/34", "cvc": "123"}


class CardRefused(ValueError):
    """The form is wrong; `field` and `code` (a key of the page's texts) say how. No payment was tried."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(code)
        self.field, self.code = field, code


@dataclass(frozen=True)
class Card:
    """What may be kept of a card: never its number."""

    behaviour: Behaviour
    last4: str
    fingerprint: str
    expires_month: int
    expires_year: int
    brand: str = "visa"


def read_card(number: str, expiry: str, cvc: str, today: date) -> Card:
    digits = re.sub(r"[\s-]", "", number)
    if not digits:
        raise CardRefused("card_number", "number_missing")
    if digits not in TEST_CARDS:
        raise CardRefused("card_number", "number_unknown")
    month, year = _read_expiry(expiry, today)
    if not re.fullmatch(r"[0-9]{3}", cvc.strip()):
        raise CardRefused("cvc", "cvc_invalid")
    return card_of(digits, month, year)


def card_of(digits: str, month: int = 12, year: int = 2034) -> Card:
    fingerprint = hashlib.sha256(digits.encode()).hexdigest()[:16]
    return Card(TEST_CARDS[digits], digits[-4:], fingerprint, month, year)


def _read_expiry(expiry: str, today: date) -> tuple[int, int]:
    """`12/34`, `12 / 2034` and `1234` are all December 2034."""
    match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})", expiry.strip())
    if not match:
        raise CardRefused("exp", "expiry_invalid")
    month, year = int(match[1]), 2000 + int(match[2])
    if (year, month) < (today.year, today.month):
        raise CardRefused("exp", "card_expired")
    return month, year
