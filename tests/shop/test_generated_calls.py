"""Calls that nobody thought of, generated from the API document: none of them is answered otherwise than it says."""

from pathlib import Path

import pytest

from tests.shop.conftest import Shop
from tests.shop.generated import call_generated

pytestmark = pytest.mark.timeout(300)


async def test_generated_calls_are_answered_as_the_document_says(shop: Shop, tmp_path: Path) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")
    status, said = await call_generated(customer, tmp_path, 5, "--phases=coverage,fuzzing")
    assert status == 0, said
