"""One shop for all conversations, opened once; each customer is somebody else."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.conversations.opening import OpenShop, opened, refuse_without_the_assistant


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    refuse_without_the_assistant()
    with opened(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
