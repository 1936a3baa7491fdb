"""What carriers say by signed webhooks, in whatever order and however often; payloads as the aggregators document
them."""

import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from backend.shipping.tracking import DICTIONARIES, STATUSES, Said, meaning, standing
from backend.shipping.webhooks import SCHEMES, verify_easypost
from backend.webhooks import InvalidSignature
from tests.shop.conftest import AFTERSHIP_SECRET, EASYPOST_SECRET, Customer, Shop, until
from tests.shop.test_parcels import shipped
from tests.shop.test_payments import told

FILES = sorted((Path(__file__).parent / "tracking").glob("*.json"))
RECORDED = [json.loads(file.read_text()) for file in FILES]
NAMES = [file.stem for file in FILES]
DOCUMENTED = yaml.safe_load((Path(__file__).parent / "tracking" / "documented.yml").read_text())
DELIVERED = next(one for one in RECORDED if one["ends_as"] == "delivered")
SECRETS = {"easypost": EASYPOST_SECRET, "aftership": AFTERSHIP_SECRET}


def points(hook: Any) -> list[Any]:
    return hook["result"]["tracking_details"] if "result" in hook else hook["msg"]["checkpoints"]  # type: ignore[no-any-return]


def signature(scheme: str, raw: bytes) -> dict[str, str]:
    if scheme == "easypost":  # by hand: the accent falls apart in NFKD
        signed = hmac.new("se\u0301cret d'EasyPost".encode(), raw, hashlib.sha256).hexdigest()
        return {"X-Hmac-Signature": f"hmac-sha256-hex={signed}"}
    signed = base64.b64encode(hmac.digest(SECRETS[scheme].encode(), raw, "sha256")).decode()
    return {"aftership-hmac-sha256": signed}


async def post(shop: Shop, scheme: str, raw: bytes, headers: dict[str, str] | None = None) -> int:
    url = f"{shop.settings.public_url}/webhooks/tracking/{scheme}"
    signed = signature(scheme, raw) if headers is None else headers
    async with shop.http.post(url, data=raw, headers=signed) as response:
        return response.status


async def parcel_of(customer: Customer, order: Any) -> Any:
    return (await customer.current(order))["parcels"][0]


async def at_rest(shop: Shop) -> None:
    async def is_idle() -> bool:
        async with shop.database.reading() as session:
            due = text("SELECT count(*) FROM job WHERE kind = 'carrier_event' AND NOT is_done")
            return await session.scalar(due) == 0

    await until(is_idle)


@pytest.mark.parametrize("recorded", RECORDED, ids=NAMES)
async def test_hooks_that_are_shuffled_and_doubled_come_to_the_same(shop: Shop, recorded: Any) -> None:
    customer = await shop.visit()
    order, number = await shipped(shop, customer)
    hook = recorded["hook"]
    dice = random.Random(recorded["ends_as"])
    whole = points(hook)[:]
    for _ in range(4):
        points(hook)[:] = dice.sample(whole, dice.randint(1, len(whole)))
        assert (
            await post(shop, recorded["scheme"], json.dumps(hook).replace("NUMBER", number).encode()) == 200
        )
    points(hook)[:] = whole
    raw = json.dumps(hook).replace("NUMBER", number).encode()
    assert await post(shop, recorded["scheme"], raw) == await post(shop, recorded["scheme"], raw) == 200
    await at_rest(shop)
    assert (await parcel_of(customer, order))["tracking_status"] == recorded["ends_as"]
    news = await told(shop, "news_parcel_")
    assert len(news) == len(set(news))


@pytest.mark.parametrize("recorded", RECORDED, ids=NAMES)
async def test_each_trouble_is_told_once_as_it_comes(shop: Shop, recorded: Any) -> None:
    customer = await shop.visit()
    _, number = await shipped(shop, customer)
    whole = points(recorded["hook"])
    for upto in range(1, len(whole) + 1):
        hook = json.loads(json.dumps(recorded["hook"]).replace("NUMBER", number))
        points(hook)[upto:] = []
        await post(shop, recorded["scheme"], json.dumps(hook).encode())
        await at_rest(shop)

    async def all_told() -> bool:
        return len(await told(shop, "news_parcel_trouble")) == len(recorded["told"])

    await until(all_told)
    heard = await told(shop, "news_parcel_trouble")
    assert [trouble for trouble in recorded["told"] if trouble not in str(heard)] == []


async def test_a_hook_that_nobody_signed_is_refused(shop: Shop) -> None:
    for recorded in RECORDED:
        raw, scheme = json.dumps(recorded["hook"]).encode(), recorded["scheme"]
        right = signature(scheme, raw)
        assert await post(shop, scheme, raw + b" ", right) == 400
        assert await post(shop, scheme, raw, {}) == 400
        assert await post(shop, scheme, raw, dict.fromkeys(right, "ü")) == 400


def test_without_a_secret_the_door_is_closed() -> None:
    empty = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    with pytest.raises(InvalidSignature):
        verify_easypost(b"{}", f"hmac-sha256-hex={empty}", "")


async def test_what_is_late_is_told_before_anybody_asks_and_once(shop: Shop) -> None:
    customer = await shop.visit()
    await shipped(shop, customer)
    assert await told(shop, "news_parcel_late") == []
    shop.clock.advance(timedelta(days=12))
    shop.clock.advance_to(9)  # in the quiet hours nobody is told
    await until(lambda: told(shop, "news_parcel_late"))
    shop.clock.advance(timedelta(days=12))
    await at_rest(shop)
    assert len(await told(shop, "news_parcel_late")) == 1


async def test_what_has_arrived_is_not_late(shop: Shop) -> None:
    customer = await shop.visit()
    order, number = await shipped(shop, customer)
    hook = json.dumps(DELIVERED["hook"]).replace("NUMBER", number).encode()
    await post(shop, DELIVERED["scheme"], hook)
    await at_rest(shop)
    assert (await parcel_of(customer, order))["status"] == "delivered"
    shop.clock.advance(timedelta(days=12))

    async def is_over() -> bool:
        async with shop.database.reading() as session:
            left = text("SELECT count(*) FROM job WHERE kind = 'parcel_late' AND NOT is_done")
            return await session.scalar(left) == 0

    await until(is_over)
    assert await told(shop, "news_parcel_late") == []


@pytest.mark.parametrize("recorded", RECORDED, ids=NAMES)
def test_in_every_order_a_history_ends_the_same_and_delivered_stays(recorded: Any) -> None:
    *_, read = SCHEMES[recorded["scheme"]]
    history = [
        Said(one.occurred_at, one.status, one.reason) for one in read(json.dumps(recorded["hook"]).encode())
    ]
    dice = random.Random(recorded["ends_as"])
    for _ in range(200):
        heard = dice.sample(history * 2, len(history) * 2)
        stood = [standing(heard[: upto + 1]) for upto in range(len(heard))]
        statuses = [at.status if at else "unknown" for at in stood]
        assert statuses[-1] == recorded["ends_as"]
        first = next((i for i, status in enumerate(statuses) if status == "delivered"), len(statuses))
        assert set(statuses[first:]) <= {"delivered"}


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_each_code_is_documented_and_no_documented_status_is_missing(name: str) -> None:
    statuses, details = DOCUMENTED[name], DOCUMENTED[f"{name}_details"]
    pairs = {f"{status}/{detail}" for status in statuses for detail in details}
    known = {code.upper() for code in {*statuses, *details, *pairs}}
    assert DICTIONARIES[name].keys() - known == set()
    assert {code.upper() for code in statuses} - DICTIONARIES[name].keys() == set()


def test_an_aggregator_s_detail_says_why() -> None:
    assert meaning("aftership", "Exception_007") == ("delivery_failed", "consignee_address_wrong")
    assert meaning("aftership", "Exception_012") == ("on_hold", "carrier_parcel_damaged")
    assert meaning("easypost", "in_transit/weather_delay") == ("delivery_delayed", "weather")
    assert meaning("easypost", "failure/transit_exception") == ("on_hold", "carrier_problem")
    assert meaning("easypost", "failure/delayed") is None


def test_all_that_is_mapped_is_a_status_of_ours() -> None:
    assert set(SCHEMES) < set(DICTIONARIES)
    for codes in DICTIONARIES.values():
        assert {meant.split()[0] for meant in codes.values()} <= set(STATUSES)


def test_delivered_stays_whatever_comes_later() -> None:
    events = [
        Said(datetime(2026, 11, 2, hour, tzinfo=UTC), status)
        for hour, status in enumerate(("in_transit", "delivered", "out_for_delivery", "return_to_sender"))
    ]
    for _ in range(50):
        random.shuffle(events)
        found = standing(events * 2)
        assert found
        assert found.status == "delivered"
