"""Who wants to be forgotten is: what they planted in every field is nowhere any more, and the books still agree."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from backend.models import Base
from backend.orders.models import Order
from backend.privacy.erasing import erase_for_staff
from backend.privacy.models import Erasure
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_changes import advance, agree, booked, preview
from tests.shop.test_claims import ONE_MISSING
from tests.shop.test_files import photo, send, upload
from tests.shop.test_identity import identity, introduce
from tests.shop.test_proving import code_for, outcome
from tests.shop.test_refunds import paid, stands

MARK = "zqx"
EMAIL = "zqx.mail@example.com"
PLANTED = (
    f"zqx-7 {EMAIL} zqxname zqxstreet zqxlater zqxparis zqxphone zqxwords zqxphoto zqxcaption zqxclaim zqxtitle "
    "zqxreview zqxauthor zqxcomment zqxagain"
).split()
HOME = {
    "name": "Zqxmoved Durand",
    "line1": "3 rue Zqxlater",
    "postcode": "75012",
    "city": "Zqxparis",
    "country": "FR",
}


async def bought(shop: Shop) -> tuple[Customer, Any]:
    """By somebody whom a website has signed in, and paid."""
    customer = await shop.visit()
    await introduce(customer, identity("zqx-7", name="Zqxname Durand", email=EMAIL))
    await customer.say("Zqxwords, appelez-moi au 06 12 34 56 78 zqxphone")
    await customer.add("MUG-BLUE", 2)
    told = {"text": f"Zqxname Durand, 12 rue Zqxstreet, 75011 Paris, {EMAIL}"}
    await customer.call("POST", "/api/checkout/tell", told)
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    _, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    await customer.pay(order)
    await paid(customer, order)
    return customer, order


async def lived(shop: Shop) -> tuple[Customer, Any]:
    """The order was moved, delivered, claimed and reviewed; and the customer comes again in another browser."""
    customer, order = await bought(shop)
    number = await booked(customer, order)
    _, moved = await preview(customer, order, {"type": "address", "address": HOME})
    assert (await agree(customer, moved))[0] == 200
    number = await booked(customer, order, but=number)
    for _ in range(4):
        await advance(shop, number)
    await until(lambda: arrived(customer, order))
    _, file = await upload(customer, photo(), "zqxphoto.jpg")
    await send(customer, file["id"], "zqxcaption")
    _, claim = await preview(customer, order, ONE_MISSING | {"description": "zqxclaim"})
    assert (await agree(customer, claim))[0] == 200
    await stands(shop, customer, order, "paid", 1290)
    review = {"rating": 4, "title": "zqxtitle", "text": "zqxreview", "author": "Zqxauthor"}
    assert (await customer.call("POST", "/api/products/mug/reviews", review))[0] == 201
    await customer.call("POST", "/api/satisfaction/question")
    await customer.call("PUT", "/api/satisfaction", {"score": 2, "comment": "zqxcomment"})
    assert (await customer.call("PUT", "/api/wishes/LAMP"))[0] == 200
    later = await shop.visit()
    assert await outcome(shop, later, await code_for(shop, later, email=EMAIL)) == "proven"
    await later.say("zqxagain")
    return later, order


async def arrived(customer: Customer, order: Any) -> bool:
    return (await customer.current(order))["fulfilment_status"] == "delivered"  # type: ignore[no-any-return]


async def found(shop: Shop) -> dict[str, str]:
    """The rows and files that hold a mark, of all that there are."""
    return {place: held async for place, held in everything(shop) if MARK in held.lower()}


async def everything(shop: Shop) -> AsyncIterator[tuple[str, str]]:
    async with shop.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for number, row in enumerate(await session.execute(select(table))):
                yield f"{table.name} {number}", json.dumps(tuple(row), default=str)
    folder = shop.settings.data_dir
    for path in folder.rglob("*"):
        if path.is_file() and ".db" not in path.name:
            yield str(path), f"{path} {path.read_bytes()!r}"


async def states(shop: Shop) -> set[str]:
    async with shop.database.reading() as session:
        return set(await session.scalars(select(Erasure.state)))


async def forgotten(shop: Shop) -> bool:
    return await states(shop) == {"done"}


async def erased(shop: Shop, customer: Customer) -> None:
    status, previewed = await customer.call("POST", "/api/personal-data/erasures")
    assert (status, previewed["state"]) == (201, "previewed")
    status, agreed = await customer.call("POST", confirmation(previewed))
    assert (status, agreed["state"]) == (200, "asked")
    await until(lambda: forgotten(shop), 30)


def confirmation(previewed: Any) -> str:
    return f"/api/personal-data/erasures/{previewed['id']}/confirmation"


async def test_nothing_is_left_of_who_was_erased(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "aiohttp.access")  # of the test's own servers; the shop's is another
    with capture_logs() as logged:
        customer, _ = await lived(shop)
    planted = " ".join((await found(shop)).values()).lower()
    assert [mark for mark in PLANTED if mark not in planted] == []
    assert await found_files(shop) == 1
    with capture_logs() as logged_then:
        await erased(shop, customer)
    assert await found(shop) == {}
    assert await found_files(shop) == 0
    assert MARK not in f"{caplog.text} {logged} {logged_then}".lower()
    assert len(set(shop.assistant.forgotten)) == 2
    assert await shop.differences() == []
    assert [event["sender"] for event in await customer.events()] == ["system"]


async def found_files(shop: Shop) -> int:
    return len(list((shop.settings.data_dir / "files").glob("*/*")))


async def test_the_books_keep_what_was_paid(shop: Shop) -> None:
    customer, order = await lived(shop)
    async with shop.http.get(f"{order['order_url']}/invoice") as before:
        assert before.status == 200
    await erased(shop, customer)
    async with shop.http.get(f"{order['order_url']}/invoice") as invoice:
        assert (invoice.status, invoice.content_type) == (200, "application/pdf")
    async with shop.database.reading() as session:
        kept = (await session.scalars(select(Order).filter_by(number=order["number"]))).one()
    assert (kept.total, kept.payment_status, kept.email) == (order["total"]["amount"], "paid", "")
    assert kept.address["country"] == "FR"


async def test_the_order_is_nobodys_any_more(shop: Shop) -> None:
    customer, order = await lived(shop)
    await erased(shop, customer)
    status, refusal = await customer.call("GET", f"/api/order?number={order['number']}")
    assert (status, refusal["details"]["is_proven"]) == (404, False)
    status, _ = await customer.call("POST", "/api/identity/codes", {"number": order["number"]})
    assert status == 202
    assert (await customer.call("GET", "/api/personal-data"))[1]["error"] == "identity_not_proven"


async def test_who_is_forgotten_may_come_again(shop: Shop) -> None:
    customer, _ = await lived(shop)
    await erased(shop, customer)
    _, order = await customer.order("LAMP")
    assert (await customer.current(order))["number"] == order["number"]
    await customer.say("bonjour")
    senders = [event["sender"] for event in await customer.events(wait=5)]
    assert senders[:2] == ["system", "customer"]


async def test_an_order_under_way_stands_in_the_way(shop: Shop) -> None:
    customer, order = await bought(shop)
    status, refusal = await customer.call("POST", "/api/personal-data/erasures")
    assert (status, refusal["error"]) == (409, "order_under_way")
    assert refusal["details"] == {"number": order["number"]}
    assert await states(shop) == set()


async def test_what_is_ordered_after_the_yes_is_waited_for(shop: Shop) -> None:
    customer, _ = await lived(shop)
    shop.assistant.status = 503  # it is at work on an answer, which is waited for
    await customer.say("un instant")
    _, previewed = await customer.call("POST", "/api/personal-data/erasures")
    await customer.call("POST", confirmation(previewed))
    _, order = await customer.order("LAMP")
    shop.assistant.status = 200
    assert (await customer.current(order))["number"] == order["number"]
    assert await states(shop) == {"asked"}
    assert await found(shop) != {}


async def test_nobody_is_forgotten_by_a_stranger_or_without_a_yes(shop: Shop) -> None:
    customer, _ = await lived(shop)
    stranger = await shop.visit()
    status, refusal = await stranger.call("POST", "/api/personal-data/erasures")
    assert (status, refusal["error"]) == (409, "identity_not_proven")
    _, previewed = await customer.call("POST", "/api/personal-data/erasures")
    status, refusal = await stranger.call("POST", confirmation(previewed))
    assert (status, refusal["error"]) == (404, "preview_not_found")
    assert await states(shop) == {"previewed"}
    assert await found(shop) != {}


async def test_a_second_time_is_harmless(shop: Shop) -> None:
    customer, _ = await lived(shop)
    _, previewed = await customer.call("POST", "/api/personal-data/erasures")
    agreed = await asyncio.gather(*(customer.call("POST", confirmation(previewed)) for _ in range(3)))
    assert {status for status, _ in agreed} == {200}
    await until(lambda: forgotten(shop), 30)
    async with shop.database.transaction() as session:
        await erase_for_staff(session, EMAIL)
    await until(lambda: forgotten(shop), 30)
    assert await found(shop) == {}
    assert await shop.differences() == []


async def test_an_assistant_that_is_down_is_asked_again(shop: Shop) -> None:
    customer, _ = await lived(shop)
    await until(lambda: quiet(shop))
    shop.assistant.status = 503
    _, previewed = await customer.call("POST", "/api/personal-data/erasures")
    await customer.call("POST", confirmation(previewed))

    async def is_emptied() -> bool:
        return await states(shop) == {"emptied"}

    await until(is_emptied, 30)
    assert await found(shop) == {}
    shop.assistant.status = 200
    await until(lambda: forgotten(shop), 30)


async def quiet(shop: Shop) -> bool:
    """Nobody is owed an answer."""
    turn = Base.metadata.tables["turn"]
    async with shop.database.reading() as session:
        owed = select(func.count()).select_from(turn).where(turn.c.state == "owed")
        return await session.scalar(owed) == 0


async def test_somebody_elses_data_stay(shop: Shop) -> None:
    other = await shop.visit()
    _, order = await other.order("LAMP")
    await other.say("je reste")
    customer, _ = await lived(shop)
    await erased(shop, customer)
    assert (await other.current(order))["number"] == order["number"]
    assert (await other.events())[0]["text"] == "je reste"
