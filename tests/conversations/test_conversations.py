"""Every conversation that is written down beside this file, with the whole shop behind it."""

from pathlib import Path

import aiohttp
import pytest

from tests.conversations.opening import OpenShop
from tests.conversations.scenario import name_of, play, scenarios

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize("scenario", scenarios(), ids=name_of)
async def test_a_conversation_goes_as_written(
    open_shop: OpenShop, http: aiohttp.ClientSession, scenario: Path
) -> None:
    await play(http, open_shop.url, scenario)
