from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date

import pytest

from sandbox.carrier import working_day

SECRET = b"carrier secret of the tests"


@pytest.fixture
def parcel():
    return {
        "reference": "C-1042",
        "service": "standard",
        "recipient": {
            "name": "Ana Ruiz",
            "line1": "12 rue Oberkampf",
            "postcode": "75011",
            "city": "Paris",
            "country": "FR",
        },
    }


@pytest.fixture
def send(sandbox):
    async def send(parcel, key: str = "parcel:1042"):
        headers = {"Idempotency-Key": key}
        async with sandbox.http.post(
            f"{sandbox.url}/carrier/parcels", json=parcel, headers=headers
        ) as answer:
            return answer.status, await answer.json()

    return send


@pytest.fixture
async def number(send, parcel):
    _, receipt = await send(parcel)
    return receipt["tracking_number"]


async def test_a_parcel_gets_a_number_a_page_and_a_promise(sandbox, send, parcel):
    status, receipt = await send(parcel)

    assert status == 201
    assert receipt["tracking_url"] == f"{sandbox.url}/carrier/track/{receipt['tracking_number']}"
    assert date.fromisoformat(receipt["promised_from"]) < date.fromisoformat(receipt["promised_to"])


async def test_express_arrives_on_the_next_working_day(send, parcel):
    _, receipt = await send(parcel | {"service": "express"})

    assert receipt["promised_from"] == receipt["promised_to"]


@pytest.mark.parametrize(
    ("days", "expected"), [(1, date(2026, 11, 30)), (2, date(2026, 12, 1)), (6, date(2026, 12, 7))]
)
def test_weekends_do_not_count(days, expected):
    assert working_day(date(2026, 11, 27), days) == expected


async def test_the_same_key_makes_one_parcel(send, parcel):
    assert await send(parcel) == await send(parcel)


async def test_the_same_key_for_another_parcel_is_refused(send, parcel):
    await send(parcel)
    status, refusal = await send(parcel | {"reference": "C-1043"})

    assert (status, refusal["error"]) == (409, "idempotency_key_reused")


async def test_an_address_without_a_street_is_refused(send, parcel):
    parcel["recipient"]["line1"] = " "
    status, refusal = await send(parcel)

    assert (status, refusal["error"], refusal["details"]) == (422, "invalid_address", {"fields": ["line1"]})


async def test_a_parcel_moves_by_itself_and_the_shop_hears_of_each_step(shop, clock, number):
    statuses = []
    for step in range(1, 5):
        clock.ahead_seconds = step * 61
        await shop.until(lambda shop, step=step: len(shop.parcels) == step)
        statuses.append(json.loads(shop.parcels[-1][0])["status"])

    assert statuses == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    assert json.loads(shop.parcels[0][0])["tracking_number"] == number
    assert json.loads(shop.parcels[3][0])["location"] == "Paris"


async def test_the_carriers_webhook_is_signed_over_its_body(sandbox, shop, number):
    await sandbox.http.post(f"{sandbox.url}/carrier/parcels/{number}/advance")
    await shop.until(lambda shop: len(shop.parcels) == 1)

    body, signature = shop.parcels[0]
    timestamp, digest = (part.partition("=")[2] for part in signature.split(","))
    assert digest == hmac.new(SECRET, f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()


async def test_a_delivered_parcel_goes_no_further(sandbox, number):
    for _ in range(4):
        await sandbox.http.post(f"{sandbox.url}/carrier/parcels/{number}/advance")
    async with sandbox.http.post(f"{sandbox.url}/carrier/parcels/{number}/advance") as answer:
        assert answer.status == 409


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Picked up"), ("fr", "Pris en charge"), ("es", "Recogido")]
)
async def test_the_customer_follows_the_parcel_and_speeds_time_up(sandbox, number, language, text):
    button = f"{sandbox.url}/carrier/track/{number}/advance"
    async with sandbox.http.post(button, params={"lang": language}) as answer:
        page = await answer.text()

    assert f"<h1>{text}</h1>" in page
    assert "12 rue Oberkampf" not in page


async def test_an_unknown_parcel_is_said_to_be_unknown(sandbox):
    async with sandbox.http.get(f"{sandbox.url}/carrier/track/LC000000005EU?lang=fr") as answer:
        assert answer.status == 404
        assert "Nous ne connaissons pas ce colis" in await answer.text()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (200, 890)),
        ({"weight_grams": 1001}, (200, 925)),
        ({"destination": {"country": "ES", "postcode": "28013"}}, (200, 2490)),
        ({"currency": "USD"}, (200, 1051)),
        ({"service": "express", "destination": {"country": "FR", "postcode": "97400"}}, (200, 3990)),
        ({"destination": {"country": "US", "postcode": "10001"}}, (422, "not_carried")),
        ({"weight_grams": 300_001}, (422, "not_carried")),
        ({"weight_grams": -1}, (400, "invalid_request")),
    ],
)
async def test_the_carrier_asks_by_weight_zone_and_service(sandbox, changes, expected):
    asked = {
        "service": "freight",
        "weight_grams": 400,
        "currency": "EUR",
        "destination": {"country": "FR", "region": "", "postcode": "75011"},
    }
    async with sandbox.http.post(f"{sandbox.url}/carrier/rates", json=asked | changes) as answer:
        told = await answer.json()

    assert (answer.status, told.get("price", told.get("error"))) == expected
