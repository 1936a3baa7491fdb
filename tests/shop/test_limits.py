"""What a flood from one address, or through one conversation, meets."""

import ipaddress
import uuid
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from backend.config import InvalidSetting, Settings
from backend.limits import LIMITS, Limits, address_of
from tests.shop.conftest import Customer, Shop, until


def tighten(shop: Shop, **limits: Any) -> None:
    environment = {f"COMPTOIR_{name.upper()}": str(value) for name, value in limits.items()}
    environment |= {"COMPTOIR_DATA_DIR": str(shop.settings.data_dir)}
    shop.app._state[LIMITS] = Limits(Settings.from_environment(environment))


async def test_conversations_without_end_are_not_begun_from_one_address(shop: Shop) -> None:
    tighten(shop, conversations_per_address_and_hour=3)
    url = f"{shop.settings.public_url}/api/conversations"
    statuses = []
    for _ in range(4):
        async with shop.http.post(url, json={}) as response:
            statuses.append(response.status)
    assert statuses == [201, 201, 201, 429]
    assert response.headers["Retry-After"] == "60"


async def test_an_address_with_many_conversations_has_one_measure(shop: Shop) -> None:
    tighten(shop, messages_per_address_and_minute=4)
    customers = [await shop.visit() for _ in range(5)]
    answers = [await customer.say("bonjour") for customer in customers]
    assert [status for status, _ in answers] == [201] * 4 + [429]
    assert answers[-1][1]["error"] == "too_many_from_address"


async def test_readers_beyond_the_measure_are_refused_and_may_come_when_one_has_left(shop: Shop) -> None:
    tighten(shop, streams_per_conversation=2)
    customer = await shop.visit()
    first, second = await stream(customer), await stream(customer)
    refused = await stream(customer)
    assert (refused.status, (await refused.json())["error"]) == (429, "too_many_streams")
    first.close()

    async def are_open(count: int) -> bool:
        return shop.app[LIMITS].open_streams == count

    await until(lambda: are_open(1))
    third = await stream(customer)
    assert third.status == 200
    second.close()
    third.close()
    await until(lambda: are_open(0))


async def stream(customer: Customer) -> Any:
    return await customer.http.get(
        f"{customer.url}/api/conversations/{customer.id}/events",
        headers={"Authorization": f"Bearer {customer.token}", "Accept": "text/event-stream"},
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # a stranger may claim what it likes
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_the_address_is_the_nearest_that_is_no_proxy_of_ours(peer: str, forwarded: str, address: str) -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded}).clone(remote=peer)
    assert address_of(request, (ipaddress.ip_network("10.0.0.0/8"),)) == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COMPTOIR_TRUSTED_PROXIES", "the proxy"),
        ("COMPTOIR_STREAMS_PER_ADDRESS", "0"),
        ("COMPTOIR_MESSAGES_PER_MINUTE", "many"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name: str, value: str, tmp_path: Any) -> None:
    with pytest.raises(InvalidSetting, match=name):
        Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path), name: value})


async def test_a_message_sent_again_is_not_refused_for_what_it_was_the_first_time(shop: Shop) -> None:
    customer = await shop.visit()
    same = str(uuid.uuid4())
    for _ in range(65):
        status, _ = await customer.say("bonjour", id=same)
        assert status in (200, 201)
