"""A text as it is said where there are no pages: plain, with the shop's facts, whole sentences."""

import pytest

from backend.config import ROOT
from backend.policies.facts import facts
from backend.policies.markdown import shortened
from backend.policies.text import read_policy
from backend.shop import Shop

SHOP = Shop.load(ROOT / "demo" / "shop.yml")


def said(body: str, language: str = "en", currency: str = "EUR") -> str:
    values = facts(SHOP, 60, language, currency)
    return read_policy("topic", language, f"---\ntitle: Topic\n---\n{body}", values).sections[0].text


@pytest.mark.parametrize(
    ("language", "currency", "price"),
    [
        ("en", "EUR", "€4.90"),
        ("en", "USD", "$5.90"),
        ("fr", "EUR", "4,90\u00a0€"),
        ("es", "USD", "5,90\u00a0US$"),
    ],
)
def test_the_shops_facts_are_filled_in(language: str, currency: str, price: str) -> None:
    filled = said("{standard.days} days, {standard.price}; {hold_minutes} minutes.", language, currency)

    assert filled == f"2–4 days, {price}; 60 minutes."


def test_markdown_is_said_as_plain_lines() -> None:
    body = "One **bold**\nline.\n\n- a `b`\n- c\n\n1. d\n\n| x | y |\n|---|---|\n| 1 | 2 |\n"

    assert said(body) == "One bold line.\n– a b\n– c\n1. d\nx · y\n1 · 2"


def test_an_address_elsewhere_is_said_and_one_of_the_shop_is_not() -> None:
    body = "Ask [us](mailto:{email}) at <{email}>, see [Stripe](https://stripe.com) or [here](/policies)."

    assert said(body) == (
        "Ask us (hello@comptoir.example) at hello@comptoir.example, see Stripe (https://stripe.com) or here."
    )


def test_a_long_text_ends_with_a_sentence() -> None:
    assert shortened("One. Two. Three.", 12) == "One. Two."
    assert shortened("First line\nsecond line", 15) == "First line"
    assert shortened("One endless sentence", 12) == "One endless…"
    assert shortened("Short.", 12) == "Short."
