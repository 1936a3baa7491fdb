"""The summary says the tax: within the total, above it, or not at all."""

from pathlib import Path
from typing import Any

import pytest

from bot.actions.base import Reply
from bot.actions.checkout import tax_words
from bot.client import Money, Tax
from bot.wording import Wording

WORDING = Wording.load(Path(__file__).resolve().parents[2] / "data" / "responses")
KNOWN: dict[str, Any] = {
    "goods": "1 × Mug",
    "address": "Lyon",
    "email": "a@example.com",
    "delivery_name": "Standard",
    "delivery_is_free": "yes",
    "total": {"amount": 2090, "currency": "EUR"},
    "later": [],
    "discount": None,
    "savings": "",
    "lost": [],
    "has_credit": "no",
    "by_credit": {"amount": 0, "currency": "EUR"},
    "to_pay": {"amount": 2090, "currency": "EUR"},
}


@pytest.mark.parametrize(
    ("tax", "words"),
    [
        (None, "Total: €20.90\n"),
        (Tax(Money(0, "EUR"), "VAT", True, False), "Total: €20.90\n"),
        (Tax(Money(348, "EUR"), "VAT", True, False), "Total: €20.90 (incl. €3.48 VAT)\n"),
        (Tax(Money(348, "EUR"), "VAT", True, True), "Total: €20.90 (incl. €3.48 VAT, estimated)\n"),
        (Tax(Money(348, "EUR"), "Tax", False, False), "Tax: €3.48\nTotal: €20.90\n"),
    ],
)
def test_the_summary_says_the_tax(tax: Tax | None, words: str) -> None:
    said = Reply("utter_checkout_summary", **KNOWN, **tax_words(tax))
    answer = WORDING.render("utter_checkout_summary", "en", said.arguments, "turn")
    assert words in answer["text"]
