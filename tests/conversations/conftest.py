"""Each customer comes by a connection of their own, and from an address of their own."""

import ipaddress
import random
from collections.abc import AsyncIterator

import aiohttp
import pytest


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    address = ipaddress.IPv4Address("10.0.0.0") + random.randrange(2**24)
    async with aiohttp.ClientSession(headers={"X-Forwarded-For": str(address)}) as session:
        yield session
