"""Where an order is, when a part of its money went back, is on its way, or did not arrive."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.actions.orders import order_reply
from bot.client import Order
from bot.wording import Wording

WORDING = Wording.load(Path(__file__).parents[2] / "data" / "responses")
PARCEL = {
    "id": "1", "status": "delivered", "step": 4, "tracking_number": "L1", "tracking_url": "/t", "location": "",
    "promised_from": "2026-12-01", "promised_to": "2026-12-01", "contents": [],
}  # fmt: skip


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def said(language: str, status: str = "paid", parcels: int = 1, **money: int) -> str:
    back = {
        name: euros(money.get(name, 0)) for name in ("refunded", "refunding", "refund_failed", "credited")
    }
    order = msgspec.convert(
        {
            "number": "CP-1", "payment_status": status, "fulfilment_status": "delivered", "lines": [],
            "total": euros(5000), "due": euros(5000), "credit": euros(0), "pay_by": "2026-12-01T10:00:00Z",
            "payment_url": "/pay", "order_url": "/order", "invoice_url": None, "parcels": [PARCEL] * parcels,
            "awaited": [], "collection": None, **back,
        },
        Order,
    )  # fmt: skip
    reply = order_reply(order)
    return str(WORDING.render(reply.key, language, reply.arguments, "")["text"])


@pytest.mark.parametrize("parcels", [1, 2])
@pytest.mark.parametrize(
    ("language", "pending", "done", "failed"),
    [
        (
            "en",
            "€10.00 of it is on its way back to you.",
            "€10.00 of it was paid back.",
            "Paying back €10.00 did not work yet; we are looking after it.",
        ),
        (
            "fr",
            "10,00\u00a0€ sont en cours de remboursement.",
            "10,00\u00a0€ vous ont été remboursés.",
            "Le remboursement de 10,00\u00a0€ n'a pas encore abouti\u00a0; nous nous en occupons.",
        ),
        (
            "es",
            "La devolución de 10,00\u00a0€ está en camino.",
            "Ya te hemos devuelto 10,00\u00a0€.",
            "La devolución de 10,00\u00a0€ todavía no ha salido bien; nos ocupamos de ello.",
        ),
    ],
)
def test_a_partial_refund_is_told_as_it_is(
    language: str, pending: str, done: str, failed: str, parcels: int
) -> None:
    plain = said(language, parcels=parcels)
    for words, money in ((pending, "refunding"), (done, "refunded"), (failed, "refund_failed")):
        assert words not in plain
        assert words in said(language, parcels=parcels, **{money: 1000})


@pytest.mark.parametrize(
    ("language", "going", "gone"),
    [
        ("en", "is being paid back", "was paid back"),
        ("fr", "vous est remboursé", "vous a été remboursé"),
        ("es", "Te estamos devolviendo", "Te hemos devuelto"),
    ],
)
def test_an_order_that_is_paid_back_says_whether_the_money_has_left(
    language: str, going: str, gone: str
) -> None:
    assert going in said(language, "refunded", refunding=5000)
    assert going in said(language, "refunded")
    assert gone in said(language, "refunded", refunded=5000)
