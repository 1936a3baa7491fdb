"""The website's door and the turns behind it."""

import asyncio
import uuid

import pytest
from sqlalchemy import select, update

from backend.conversations.models import Turn
from tests.shop.conftest import Customer, Shop, touched, until


async def answers(customer: Customer, after: int = 0) -> list[str]:
    return [event["text"] for event in await customer.events(after) if event["sender"] == "assistant"]


async def test_a_message_is_stored_answered_and_read_in_order(shop: Shop) -> None:
    customer = await shop.visit()
    status, stored = await customer.say("bonjour tout le monde")
    assert (status, stored["seq"], stored["sender"], stored["text"]) == (
        201,
        1,
        "customer",
        "bonjour tout le monde",
    )
    assert await customer.events(after=1, wait=10) == [
        {**(await customer.events(after=1))[0], "seq": 2, "sender": "assistant", "text": "Certainly."}
    ]


async def test_the_same_message_sent_again_is_one_message(shop: Shop) -> None:
    customer = await shop.visit()
    same = str(uuid.uuid4())
    stored = await asyncio.gather(*(customer.say("bonjour", id=same) for _ in range(8)))
    assert sorted(status for status, _ in stored) == [200] * 7 + [201]
    assert {event["seq"] for _, event in stored} == {1}
    await until(lambda: answers(customer))
    assert len(shop.assistant.turns) == 1


async def test_quick_messages_are_taken_in_order(shop: Shop) -> None:
    customer = await shop.visit()
    for text in ("un", "deux", "trois"):
        await customer.say(text)

    async def all_answered() -> bool:
        return len(await answers(customer)) == 3

    await until(all_answered)
    assert [turn["text"] for turn in shop.assistant.turns] == ["un", "deux", "trois"]


async def test_the_assistant_being_down_is_said_once_and_the_answer_comes_later(shop: Shop) -> None:
    shop.assistant.status = 503
    customer = await shop.visit()
    await customer.say("bonjour")

    async def has_apologised() -> list[str]:
        return [event["text"] for event in await customer.events() if event["sender"] == "system"]

    assert len(await until(has_apologised)) == 1
    shop.assistant.status = 200
    assert await until(lambda: answers(customer)) == ["Certainly."]
    assert len({turn["turn"] for turn in shop.assistant.turns}) == 1


async def test_an_answer_lost_in_a_crash_is_said_once(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.say("bonjour")
    await until(lambda: answers(customer))
    async with shop.database.transaction() as session:  # as if the process had died before it noted the end
        await session.execute(update(Turn).values(state="owed", due_at=shop.clock.now()))

    async def asked_again() -> bool:
        return len(shop.assistant.turns) == 2

    async def has_ended() -> bool:
        async with shop.database.reading() as session:
            return await session.scalar(select(Turn.state)) == "done"

    await until(asked_again)
    await until(has_ended)
    assert await answers(customer) == ["Certainly."]


async def test_a_choice_is_taken_by_click_or_by_its_words(shop: Shop) -> None:
    shop.assistant.answers = [
        {"text": "?", "choices": [{"title": "Le bleu", "payload": '/choose{"option": "blue"}'}]}
    ]
    customer = await shop.visit()
    await customer.say("bonjour")
    offered = (await customer.events(after=1, wait=10))[0]["choices"][0]
    assert offered.keys() == {"id", "title"}
    body = {"id": str(uuid.uuid4()), "choice": offered["id"]}
    _, clicked = await customer.call("POST", f"/api/conversations/{customer.id}/messages", body)
    assert clicked["text"] == "Le bleu"
    await until(lambda: answers(customer, after=3))
    await customer.say("le bleu")
    await until(lambda: answers(customer, after=5))
    assert [turn["payload"] for turn in shop.assistant.turns[1:]] == ['/choose{"option": "blue"}'] * 2


async def test_a_choice_of_another_conversation_is_refused(shop: Shop) -> None:
    shop.assistant.answers = [{"text": "?", "choices": [{"title": "Oui", "payload": "/affirm"}]}]
    customer, stranger = await shop.visit(), await shop.visit()
    await customer.say("bonjour")
    offered = (await customer.events(after=1, wait=10))[0]["choices"][0]
    body = {"id": str(uuid.uuid4()), "choice": offered["id"]}
    status, refusal = await stranger.call("POST", f"/api/conversations/{stranger.id}/messages", body)
    assert (status, refusal["error"]) == (422, "choice_not_found")


async def test_another_visitors_conversation_does_not_exist(shop: Shop) -> None:
    customer, stranger = await shop.visit(), await shop.visit()
    await customer.say("un secret")
    status, refusal = await stranger.call("GET", f"/api/conversations/{customer.id}/events")
    assert (status, refusal["error"]) == (404, "conversation_not_found")
    status, _ = await stranger.call(
        "POST", f"/api/conversations/{customer.id}/messages", {"id": str(uuid.uuid4()), "text": "moi"}
    )
    assert status == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_message"),
        ("  \n ", "empty_message"),
        ("\u200b\u200d \x07", "empty_message"),
        ("x" * 2001, "message_too_long"),
    ],
)
async def test_messages_that_say_nothing_or_too_much_are_refused(shop: Shop, text: str, code: str) -> None:
    customer = await shop.visit()
    status, refusal = await customer.say(text)
    assert (status, refusal["error"]) == (422, code)


async def test_what_nobody_types_is_left_out_of_a_message(shop: Shop) -> None:
    customer = await shop.visit()
    status, event = await customer.say("a\0 blue\x1b mug,\nplease \\u0000")
    assert (status, event["text"]) == (201, "a blue mug,\nplease \\u0000")


async def test_an_address_with_a_sign_that_no_text_holds_is_refused(shop: Shop) -> None:
    customer = await shop.visit()
    for path in ("/api/products?category=%00", "/api/products/%00"):
        status, refusal = await customer.call("GET", path)
        assert (status, refusal["error"]) == (422, "invalid_input")


async def test_a_flood_is_told_to_wait(shop: Shop) -> None:
    customer = await shop.visit()
    statuses = [(await customer.say(f"message {number}"))[0] for number in range(61)]
    assert statuses == [201] * 60 + [429]


async def test_the_stream_brings_what_the_poll_brings(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.say("bonjour")
    await until(lambda: answers(customer))
    headers = {"Authorization": f"Bearer {customer.token}", "Accept": "text/event-stream"}
    url = f"{customer.url}/api/conversations/{customer.id}/events?after=1"
    async with customer.http.get(url, headers=headers) as response:
        assert response.content_type == "text/event-stream"
        received = b""
        while b"Certainly." not in received:
            received += await response.content.readuntil(b"}\n\n")
    assert b"id: 2\nevent: message\ndata: " in received


async def test_a_token_is_renewed_and_a_forged_one_is_not(shop: Shop) -> None:
    customer = await shop.visit()
    status, renewed = await customer.call("POST", f"/api/conversations/{customer.id}/token")
    assert status == 200
    customer.token = renewed["token"]
    assert (await customer.say("bonjour"))[0] == 201
    customer.token = touched(renewed["token"])
    assert (await customer.call("POST", f"/api/conversations/{customer.id}/token"))[0] == 401


@pytest.mark.parametrize(
    ("started_in", "text", "language"),
    [
        ("en", "je cherche une lampe de chevet", "fr"),
        ("fr", "quiero dos tazas azules por favor", "es"),
        ("fr", "ok", "fr"),
        ("en", "Lucía Gómez, calle Mayor 12, 28013 Madrid", "en"),
        ("en", "12 rue des Lilas", "en"),
        ("en", "rue des Lilas", "en"),
        ("fr", "avenida de América 12", "fr"),
        ("en", "où est la rue du 4 septembre ?", "fr"),
    ],
)
async def test_the_language_follows_clear_evidence_only(
    shop: Shop, started_in: str, text: str, language: str
) -> None:
    customer = await shop.visit(started_in)
    _, stored = await customer.say(text)
    assert stored["language"] == language
