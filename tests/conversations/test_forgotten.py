"""Who is erased by a word in the chat is in no table, memory, log or mailbox of the whole open shop any more."""

import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.conversations.customer import Customer
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

EMAIL = "qzx.mail@example.com"
HOME = f"Qzxname Moss, 12 Qzxbury Street, London NW1 6XE, UK, {EMAIL}, standard delivery"
MARK = "qzx"


def held(shop: OpenShop) -> set[str]:
    """Where a mark is found: tables of the shop and of the assistant, and files."""
    books = {place for name in ("comptoir.db", "tracker.db") for place in tables(shop.data_dir / name)}
    files = (path for path in shop.data_dir.rglob("*") if path.is_file() and ".db" not in path.name)
    return books | {str(path) for path in files if MARK in f"{path} {path.read_bytes()!r}".lower()}


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as books:
        names = [name for (name,) in books.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name for name in names if MARK in str(books.execute(f'SELECT * FROM "{name}"').fetchall()).lower()
        }


async def test_nothing_is_left_after_the_yes(open_shop: OpenShop, http: aiohttp.ClientSession) -> None:
    customer = await Customer.arrive(http, open_shop.url, "en")
    await customer.say("hello, I am Qzxname, my number is 020 7946 0958, qzxphone")
    await customer.say("two blue Brume mugs please")
    await customer.say("checkout")
    await customer.say(HOME)
    await customer.press("Yes, place the order")
    await customer.pay("4242424242424242")
    await customer.say("where is my parcel?")
    for _ in range(3):
        await customer.hurry_the_parcel(2)
    await customer.send_photo("qzxphoto.jpg")
    await customer.say("delete everything you know about me")
    await customer.say(EMAIL)
    await customer.say(f"it's {await customer.code_sent_to(EMAIL)}")
    assert {"order", "conversation_event", "kept_letter", "tracker_events"} <= held(open_shop)
    await customer.press("Yes please")
    (done,) = await customer.hear()
    assert done["text"].startswith("Done: what I knew about you is deleted")
    assert held(open_shop) == set()
