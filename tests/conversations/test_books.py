"""What a purchase leaves in the database, read there by a stranger."""

from pathlib import Path

import aiohttp
import pytest

from tests.conversations.opening import OpenShop
from tests.conversations.scenario import HERE, LANGUAGES, play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

BOUGHT = "CANDLE-PERLIN-CED-180G"


def in_stock(shop: OpenShop, sku: str) -> tuple[int, int]:
    """On hand and reserved, over all warehouses and stores."""
    ((on_hand, reserved),) = shop.query(
        "SELECT sum(on_hand), sum(reserved) FROM stock_item JOIN variant ON variant.id = variant_id WHERE sku = ?",
        sku,
    )
    return on_hand, reserved


@pytest.mark.parametrize(
    "scenario", [HERE / language / "purchase_by_buttons.yml" for language in LANGUAGES], ids=LANGUAGES
)
async def test_a_purchase_is_written_down_once(
    open_shop: OpenShop, http: aiohttp.ClientSession, scenario: Path
) -> None:
    on_hand, reserved = in_stock(open_shop, BOUGHT)
    customer = await play(http, open_shop.url, scenario)
    assert in_stock(open_shop, BOUGHT) == (on_hand - 1, reserved)
    orders = open_shop.query(
        'SELECT number, payment_status, total, currency FROM "order" WHERE conversation_id = ?',
        customer.conversation_id,
    )
    assert orders == [(customer.order_number, "paid", 2890, "EUR")]
    payments = open_shop.query(
        'SELECT status, payment.amount FROM payment JOIN "order" ON "order".id = order_id WHERE number = ?',
        customer.order_number,
    )
    assert payments == [("paid", 2890)]
    lines = open_shop.query(
        'SELECT sku, quantity FROM order_line JOIN "order" ON "order".id = order_id WHERE number = ?',
        customer.order_number,
    )
    assert lines == [(BOUGHT, 1)]
