"""Somebody at the shop's shelves, and customers who wait."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import aiohttp
import pytest

from tests.conversations.customer import Customer, said
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SKU = "BREAD-RAVN"
ASKED = {
    "en": "tell me when the Ravn bread knife is back in stock",
    "fr": "prévenez-moi quand le couteau à pain Ravn est de nouveau en stock",
    "es": "avísame cuando haya otra vez el cuchillo de pan Ravn",
}
PROMISED = {"en": "I'll tell you here, once", "fr": "une seule fois", "es": "una sola vez"}
TOLD = {
    "en": "Ravn bread knife can be had again",
    "fr": "c'est de nouveau disponible : Couteau à pain Ravn",
    "es": "vuelve a haber Cuchillo de pan Ravn",
}
KeepBack = Callable[[int], None]


@pytest.fixture
def keep_back(open_shop: OpenShop) -> Iterator[KeepBack]:
    """So many units at each place, as staff do it."""
    environment = {**os.environ, "COMPTOIR_DATA_DIR": str(open_shop.data_dir)}

    def keep(units: int) -> None:
        command = [sys.executable, "-m", "backend", "stock", "set", SKU, "--threshold", str(units)]
        subprocess.run(command, env=environment, check=True)

    yield keep
    keep(0)


async def test_all_who_wait_hear_of_it_once_in_their_own_language(
    open_shop: OpenShop, http: aiohttp.ClientSession, keep_back: KeepBack
) -> None:
    keep_back(1000)
    customers = [await Customer.arrive(http, open_shop.url, language) for language in ASKED]
    for customer in customers:
        assert PROMISED[customer.language] in said(await customer.say(ASKED[customer.language]))

    keep_back(0)

    for customer in customers:
        assert TOLD[customer.language] in said(await customer.hear())
    await customers[0].press("Yes, add it")
    assert [line["sku"] for line in (await customers[0].ask("cart"))["lines"]] == [SKU]
    keep_back(1000)
    keep_back(0)
    assert await customers[1].hear(patience_seconds=4) == []
