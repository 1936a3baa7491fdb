"""Paying back from the command line: what was asked, to the cent, or one line that says why not."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.cart.models import Cart
from backend.clock import Clock
from backend.config import Settings
from backend.db import Database
from backend.events import Events
from backend.orders.models import Order
from backend.payments.models import Payment
from tests.house.test_command_line import comptoir

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The number of one that 59.90 € were paid for."""
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    comptoir("migrate")
    asyncio.run(_sell(Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path)})))
    return "CP-PAID"


async def _sell(settings: Settings) -> None:
    database = Database(settings, Clock(), Events())
    async with database.transaction() as session:
        cart = Cart(conversation_id="c", currency="EUR")
        session.add(cart)
        await session.flush()
        sold = Order(
            number="CP-PAID", token="t", conversation_id="c", cart_id=cart.id, cart_version=1, language="fr",
            currency="EUR", goods=5990, delivery=0, total=5990, email="a@example.com", address={},
            delivery_method="standard", payment_status="paid", placed_at=NOW, pay_by=NOW, paid_at=NOW,
        )  # fmt: skip
        session.add(sold)
        await session.flush()
        session.add(
            Payment(
                order_id=sold.id,
                attempt=1,
                amount=5990,
                currency="EUR",
                status="paid",
                expires_at=NOW,
                payment_intent="pi_1",
            )
        )
    await database.close()


def test_an_amount_goes_back_and_then_the_rest(order: str) -> None:
    assert comptoir("refund", order, "--amount", "12.5") == (0, "CP-PAID: 12.50 EUR requested\n")
    assert comptoir("refund", order) == (0, "CP-PAID: 47.40 EUR requested\n")
    code, output = comptoir("refund", order, "--amount", "0.01")
    assert (code, output.count("\n")) == (1, 1)


def test_the_same_key_again_is_the_same_refund(order: str) -> None:
    for _ in range(2):
        assert comptoir("refund", order, "--amount", "40", "--key", "k") == (
            0,
            "CP-PAID: 40.00 EUR requested\n",
        )


@pytest.mark.parametrize("amount", ["0.001", "0", "-1", "many", "NaN", "1e400"])
def test_what_is_no_amount_of_the_currency_is_refused(order: str, amount: str) -> None:
    code, output = comptoir("refund", order, f"--amount={amount}")
    assert code == 2
    assert amount in output


def test_an_order_that_does_not_exist_is_said(order: str) -> None:
    code, output = comptoir("refund", "CP-NOBODY")
    assert (code, output.count("\n")) == (1, 1)


def test_no_dispute_is_said(order: str) -> None:
    assert comptoir("disputes") == (0, "No dispute is open.\n")


def test_what_nobody_waits_for_is_said(order: str) -> None:
    assert comptoir("returns", "list") == (0, "Nothing waits.\n")
    assert comptoir("refunds", "list") == (0, "Nothing is to be paid by hand.\n")
    assert comptoir("refunds", "paid", "nothing") == (1, "Error: No refund like that waits for a person.\n")
    assert comptoir("returns", "receive", order)[0] == 1


def test_words_that_the_customer_would_not_get_whole_are_refused(order: str) -> None:
    code, output = comptoir("returns", "refuse", order, "--because", "x" * 301)
    assert (code, output.splitlines()[-1]) == (
        2,
        "Error: Invalid value: It has 301 characters; 300 are the most.",
    )
