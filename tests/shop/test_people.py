"""A person of the staff answers instead of the assistant, and gives the conversation back."""

import asyncio
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from backend.conversations import turns
from backend.conversations.desk import tell_news
from backend.conversations.models import Event, Turn
from backend.conversations.staff import StaffDesk
from backend.errors import ShopError
from tests.shop.conftest import Customer, Shop, until


@pytest.fixture
def desk(shop: Shop) -> StaffDesk:
    wakeups = dict(shop.database.info)
    desk = StaffDesk(shop.settings, shop.database)
    shop.database.info |= wakeups  # here the terminal is in the shop's own process
    return desk


async def said(customer: Customer, sender: str) -> list[str]:
    return [event["text"] for event in await customer.events() if event["sender"] == sender]


async def answered(customer: Customer) -> list[str]:
    return await said(customer, "assistant")


async def test_a_person_joins_writes_and_leaves(shop: Shop, desk: StaffDesk) -> None:
    customer = await shop.visit()
    await customer.say("je veux parler à quelqu'un")
    await until(lambda: answered(customer))
    await desk.join(customer.id, "Marie")
    await customer.say("il y a quelqu'un ?")
    await desk.say(customer.id[:8], "Bonjour, ici Marie.")
    await desk.leave(customer.id)
    events = (await customer.events())[2:]
    assert [(event["sender"], event["text"]) for event in events] == [
        ("system", "Marie a rejoint la conversation."),
        ("customer", "il y a quelqu'un ?"),
        ("staff", "Bonjour, ici Marie."),
        ("system", "Vous êtes de nouveau avec notre assistant automatique."),
    ]
    note = "Marie vous répond"
    assert events[0]["status"] == {"kind": "owner", "owner": "staff", "name": "Marie", "note": note}
    assert (events[2]["name"], events[3]["status"]) == ("Marie", {"kind": "owner", "owner": "bot"})
    assert len(shop.assistant.turns) == 1
    await customer.say("merci")

    async def is_answered() -> bool:
        return len(await answered(customer)) == 2

    await until(is_answered)
    assert [turn["text"] for turn in shop.assistant.turns] == ["je veux parler à quelqu'un", "merci"]


async def test_an_answer_that_comes_too_late_is_seen_by_the_staff_alone(
    shop: Shop, desk: StaffDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, joined = asyncio.Event(), asyncio.Event()
    ask = turns.TurnWorker._ask

    async def slow(self: turns.TurnWorker, *asked_for: Any) -> list[turns.Answer]:
        asked.set()
        await joined.wait()
        return await ask(self, *asked_for)

    monkeypatch.setattr(turns.TurnWorker, "_ask", slow)
    customer = await shop.visit()
    await customer.say("où est mon colis ?")
    await asked.wait()
    await desk.join(customer.id, "Marie")
    joined.set()

    async def is_suggested() -> list[str]:
        return [line for line in await desk.show(customer.id) if "only staff see this" in line]

    assert "Certainly." in (await until(is_suggested))[0]
    assert await answered(customer) == []


async def test_the_assistant_being_down_is_not_told_to_who_talks_to_a_person(
    shop: Shop, desk: StaffDesk
) -> None:
    shop.assistant.status = 503
    customer = await shop.visit()
    await customer.say("bonjour")
    await until(lambda: said(customer, "system"))
    await desk.join(customer.id, "Marie")
    await desk.leave(customer.id)
    shop.assistant.status = 200
    shop.clock.advance(turns.LONGEST_WAIT)
    await customer.say("merci")
    await until(lambda: answered(customer))
    assert await answered(customer) == ["Certainly."]
    assert shop.assistant.turns[-1]["text"] == "merci"
    async with shop.database.reading() as session:
        states = (await session.scalars(select(Turn.state).order_by(Turn.number))).all()
    assert states == ["dropped", "done"]


async def test_news_waits_until_the_person_has_left(shop: Shop, desk: StaffDesk) -> None:
    customer, later = await shop.visit(), await shop.visit()
    await desk.join(customer.id, "Marie")
    async with shop.database.transaction() as session:
        await tell_news(session, customer.id, "news_order_paid", {"order_number": "CP-1"}, "paid:1")
    await customer.say("/restart")
    await later.say("bonjour")
    await until(lambda: answered(later))
    assert [turn["text"] for turn in shop.assistant.turns] == ["bonjour"]
    await desk.leave(customer.id)
    await until(lambda: answered(customer))
    assert [turn["payload"] for turn in shop.assistant.turns[1:]] == [
        '/news_order_paid{"order_number":"CP-1"}'
    ]


async def test_two_people_do_not_answer_one_customer(shop: Shop, desk: StaffDesk) -> None:
    customer = await shop.visit()
    joining = await asyncio.gather(
        *(desk.join(customer.id, name) for name in ("Marie", "Paul", "Marie")), return_exceptions=True
    )
    refused = [result for result in joining if isinstance(result, ShopError)]
    assert {refusal.code for refusal in refused} == {"answered_by_another"}
    assert 1 <= len(refused) <= 2
    assert len(await said(customer, "system")) == 1
    async with shop.database.reading() as session:
        assert len((await session.scalars(select(Event))).all()) == 1


async def test_whoever_has_not_joined_writes_to_nobody(shop: Shop, desk: StaffDesk) -> None:
    customer = await shop.visit()
    for act in (desk.say(customer.id, "Bonjour"), desk.leave(customer.id)):
        with pytest.raises(ShopError) as refusal:
            await act
        assert refusal.value.code == "not_answered_by_staff"
    with pytest.raises(ShopError) as refusal:
        await desk.show(str(uuid.uuid4()))
    assert refusal.value.code == "conversation_not_found"
