"""Whoever did not place the order in this conversation shows by a code that it is theirs."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from backend.conversations.staff import StaffDesk
from backend.mail import KeptLetter
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_identity import identity, introduce

CAMILLE = "camille@example.com"


async def letters(shop: Shop) -> list[KeptLetter]:
    async with shop.database.reading() as session:
        return list((await session.scalars(select(KeptLetter).order_by(KeptLetter.at))).all())


async def at_rest(shop: Shop) -> None:
    """All jobs that are due are done."""

    async def is_idle() -> bool:
        async with shop.database.reading() as session:
            due = text("SELECT count(*) FROM job WHERE kind = 'send_code' AND NOT is_done")
            return await session.scalar(due) == 0

    await until(is_idle)


async def ask(customer: Customer, **known: str) -> tuple[int, Any]:
    return await customer.call("POST", "/api/identity/codes", known)


async def code_for(shop: Shop, customer: Customer, **known: str) -> str:
    before = len(await letters(shop))
    assert (await ask(customer, **known))[0] == 202
    await at_rest(shop)
    written = await letters(shop)
    assert len(written) == before + 1
    match = re.match(r"\d{6}", written[-1].words)
    assert match
    return match[0]


async def outcome(shop: Shop, customer: Customer, words: str) -> str:
    """What the assistant hears of a message with a code."""
    before = heard(shop, customer)
    await customer.say(words)
    return (await until(lambda: asyncio.sleep(0, heard(shop, customer)[len(before) :])))[0]


def heard(shop: Shop, customer: Customer) -> list[str]:
    payloads = [turn["payload"] for turn in shop.assistant.turns if turn["conversation"] == customer.id]
    return re.findall(r'/identity_code_given{"identity":"(\w+)"}', " ".join(filter(None, payloads)))


async def test_a_code_opens_the_orders_of_its_customer(shop: Shop) -> None:
    buyer, later = await shop.visit(), await shop.visit()
    _, order = await buyer.order("LAMP")
    path = f"/api/order?number={order['number']}"
    status, refused = await later.call("GET", path)
    assert (status, refused["details"]["is_proven"]) == (404, False)
    code = await code_for(shop, later, email="Camille@Example.com")
    assert await outcome(shop, later, code) == "proven"
    status, found = await later.call("GET", path)
    assert (status, found["number"]) == (200, order["number"])
    status, refused = await later.call("GET", "/api/order?number=CP-00000000")
    assert (status, refused["details"]["is_proven"]) == (404, True)


async def test_the_staff_see_who_has_shown_to_be_whom(shop: Shop) -> None:
    buyer, later = await shop.visit(), await shop.visit()
    await buyer.order("LAMP")
    assert await outcome(shop, later, await code_for(shop, later, email=CAMILLE)) == "proven"
    lines = await StaffDesk(shop.settings, shop.database).show(later.id)
    assert lines[0] == f"Has shown by a code to be {CAMILLE}"


@pytest.mark.parametrize(
    "wording", ["mon code c'est {0} {1}", "{0}-{1} !", "le {0}.{1}, merci", "{spaced}", "{wide}"]
)
async def test_a_code_is_read_in_any_writing_and_kept_nowhere(
    shop: Shop, wording: str, caplog: pytest.LogCaptureFixture
) -> None:
    buyer, later = await shop.visit(), await shop.visit()
    _, order = await buyer.order("LAMP")
    code = await code_for(shop, later, number=order["number"])
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    typed = wording.format(code[:3], code[3:], spaced=" ".join(code), wide=wide)
    assert await outcome(shop, later, typed) == "proven"
    said = (await later.events())[0]["text"]
    assert "••••••" in said
    assert not any(sign.isdigit() for sign in said)
    async with shop.database.reading() as session:
        for table in ("conversation_event", "turn", "code_request", "identity_try", "proven_contact", "job"):
            rows = (await session.execute(text(f"SELECT * FROM {table}"))).all()
            assert code not in str(rows)
            assert wide not in str(rows)
    assert code not in caplog.text


async def test_what_does_not_fit_an_order_sounds_the_same_and_sends_nothing(shop: Shop) -> None:
    buyer, stranger = await shop.visit(), await shop.visit()
    _, order = await buyer.order("LAMP")
    answers = [
        await ask(stranger, email=CAMILLE),
        await ask(stranger, email="nobody@example.com"),
        await ask(stranger, email="nobody@example.com", number=order["number"]),
        await ask(stranger, number="CP-00000000"),
    ]
    await at_rest(shop)
    assert all(answer == answers[0] for answer in answers)
    assert len(await letters(shop)) == 1
    assert await outcome(shop, stranger, "123456") == "wrong_code"


async def test_a_code_is_used_once_and_in_time_and_only_the_last_one_counts(shop: Shop) -> None:
    buyer, other = await shop.visit(), await shop.visit()
    await buyer.order("LAMP")
    first = await code_for(shop, other, email=CAMILLE)
    last = await code_for(shop, other, email=CAMILLE)
    assert await outcome(shop, other, first) == "wrong_code"
    assert await outcome(shop, other, last) == "proven"
    assert await outcome(shop, other, last) == "wrong_code"
    late = await shop.visit()
    code = await code_for(shop, late, email=CAMILLE)
    shop.clock.advance(timedelta(minutes=10, seconds=1))
    assert await outcome(shop, late, code) == "wrong_code"
    assert (await late.call("GET", "/api/order"))[0] == 404


async def test_after_five_wrong_codes_the_right_one_is_too_late_for_an_hour(shop: Shop) -> None:
    buyer, guesser = await shop.visit(), await shop.visit()
    await buyer.order("LAMP")
    code = await code_for(shop, guesser, email=CAMILLE)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert await outcome(shop, guesser, wrong) == "wrong_code"
    assert await outcome(shop, guesser, code) == "too_many_identity_tries"
    elsewhere = await shop.visit()
    code = await code_for(shop, elsewhere, email=CAMILLE)
    assert await outcome(shop, elsewhere, code) == "too_many_identity_tries"
    shop.clock.advance(timedelta(hours=1, seconds=1))
    code = await code_for(shop, elsewhere, email=CAMILLE)
    assert await outcome(shop, elsewhere, code) == "proven"


async def test_who_asks_for_codes_without_end_is_stopped_even_from_many_conversations(shop: Shop) -> None:
    statuses = []
    for number in range(6):
        stranger = await shop.visit()
        statuses.append((await ask(stranger, number=f"CP-0000000{number}"))[0])
    assert statuses == [202] * 5 + [429]


async def test_many_questions_at_once_are_five(shop: Shop) -> None:
    stranger = await shop.visit()
    asked = await asyncio.gather(*(ask(stranger, email=f"a{number}@example.com") for number in range(12)))
    assert sorted(status for status, _ in asked) == [202] * 5 + [429] * 7


async def test_a_conversation_is_one_customers(shop: Shop) -> None:
    buyer, both = await shop.visit(), await shop.visit()
    _, order = await buyer.order("LAMP")
    code = await code_for(shop, both, number=order["number"])
    assert (await introduce(both, identity("42", email="ada@example.com")))[0] == 200
    assert await outcome(shop, both, code) == "another_customer"
    assert (await both.call("GET", f"/api/order?number={order['number']}"))[0] == 404
    status, refused = await ask(both, email=CAMILLE)
    assert (status, refused["error"]) == (409, "another_customer")


async def test_who_is_signed_in_at_the_website_needs_no_code(shop: Shop) -> None:
    buyer, signed_in = await shop.visit(), await shop.visit()
    _, order = await buyer.order("LAMP")
    await introduce(signed_in, identity("42", email=CAMILLE))
    assert (await signed_in.call("GET", "/api/order"))[1]["number"] == order["number"]


async def test_six_digits_are_no_code_where_none_was_asked_for(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.say("123456")
    assert (await customer.events())[0]["text"] == "123456"
