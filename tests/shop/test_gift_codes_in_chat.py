"""The code of a gift card, typed in the chat: used at once, and kept nowhere."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_gift_cards import filled, issued


async def turn_of(shop: Shop) -> Any:
    return (await until(lambda: turns(shop)))[-1]


async def turns(shop: Shop) -> list[Any]:
    return shop.assistant.turns


async def everything_stored(shop: Shop) -> str:
    """All rows of all tables that hold what was said."""
    async with shop.database.reading() as session:
        rows = [
            str(row)
            for table in ("conversation_event", "turn", "choice", "checkout", "credit_account", "job")
            for row in (await session.execute(text(f"SELECT * FROM {table}"))).all()
        ]
    return "\n".join(rows)


@pytest.mark.parametrize("wording", ["J'ai une carte cadeau : {code}, merci !", "{code}", "code {spaced}"])
async def test_a_code_is_used_and_only_its_end_is_kept(
    shop: Shop, wording: str, caplog: pytest.LogCaptureFixture
) -> None:
    customer = await shop.visit()
    await filled(customer)
    code = await issued(shop, 2000)
    status, event = await customer.say(wording.format(code=code, spaced=code.replace("-", " ").lower()))
    assert status == 201
    assert f"GC •••• {code[-4:]}" in event["text"]
    turn = await turn_of(shop)
    assert turn["text"] is None
    assert turn["payload"] == f'/gift_card_given{{"gift_card":"applied","last_four":"{code[-4:]}"}}'
    stored = (await everything_stored(shop)).upper().replace("-", "").replace(" ", "")
    assert code.replace("-", "")[2:18] not in stored
    assert code not in caplog.text
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["paid_by_credit"]["amount"] == 2000


async def test_a_mistyped_code_is_hidden_too_and_said_to_be_none(shop: Shop) -> None:
    customer = await shop.visit()
    _, event = await customer.say("GC-7K3M-Q9XW-2PDF-8HJN-4T6R")
    assert event["text"] == "GC •••• 4T6R"
    assert (await turn_of(shop))["payload"] == '/gift_card_given{"gift_card":"gift_card_not_found"}'


async def test_who_tries_codes_in_the_chat_is_stopped(shop: Shop) -> None:
    customer = await shop.visit()
    for number in range(20):
        await customer.say(f"GC-{number:020}")
    code = await issued(shop, 2000)
    await customer.say(code)

    async def said() -> list[Any]:
        return [turn for turn in shop.assistant.turns if "too_many" in (turn["payload"] or "")]

    assert await until(said)
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["credit"] == []


@pytest.mark.parametrize("field", ["name", "line2"])
async def test_no_address_holds_a_code(shop: Shop, field: str) -> None:
    customer = await shop.visit()
    status, refusal = await customer.call(
        "PUT", "/api/checkout/address", {field: "GC-7K3M-Q9XW-2PDF-8HJN-4T6R"}
    )
    assert (status, refusal["error"]) == (422, "gift_code_typed")
    status, refusal = await tell(customer, "GC-7K3M-Q9XW-2PDF-8HJN-4T6R, 12 rue des Lilas")
    assert (status, refusal["error"]) == (422, "gift_code_typed")


async def tell(customer: Customer, words: str) -> tuple[int, Any]:
    return await customer.call("POST", "/api/checkout/tell", {"text": words})
