"""Who went away with something in the cart is reminded: if they want to be, once, and at no hour of the night."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from backend.conversations.reminders import remind
from backend.customers.models import NotificationChoice
from backend.shop.quiet import QuietHours
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_payments import told
from tests.shop.test_wish_list import look, renew, set_stock

MORNING, NIGHT = 9, 23
A_DAY = timedelta(days=1)


async def is_asked(customer: Customer) -> bool:
    _, question = await customer.call("POST", "/api/notifications/question")
    return question["is_due"]  # type: ignore[no-any-return]


async def choose(customer: Customer, *, is_wanted: bool) -> None:
    status, _ = await customer.call("PUT", "/api/notifications", {"is_wanted": is_wanted})
    assert status == 200


async def went_away(shop: Shop, *, is_wanted: bool = True) -> Customer:
    """With a mug in the cart, a yes or a no, and nothing said for a day."""
    shop.clock.advance_to(MORNING)
    customer = await shop.visit()
    await customer.say("bonjour")
    await customer.add("MUG-BLUE")
    assert await is_asked(customer)
    await choose(customer, is_wanted=is_wanted)
    shop.clock.advance(A_DAY)
    return customer


async def reminders(shop: Shop) -> int:
    return len(await told(shop, "news_cart_left"))


async def test_who_said_yes_is_reminded_once_however_many_look(shop: Shop) -> None:
    await went_away(shop)
    await asyncio.gather(*(remind(shop.database) for _ in range(4)))
    shop.clock.advance(A_DAY)
    await remind(shop.database)
    assert await reminders(shop) == 1


async def test_who_said_no_or_nothing_is_not_reminded(shop: Shop) -> None:
    await went_away(shop, is_wanted=False)
    silent = await shop.visit()
    await silent.say("bonjour")
    await silent.add("MUG-BLUE")
    assert await is_asked(silent)
    shop.clock.advance(A_DAY)
    await remind(shop.database)
    assert await reminders(shop) == 0


async def test_nobody_is_reminded_at_night_but_in_the_morning(shop: Shop) -> None:
    await went_away(shop)
    shop.clock.advance_to(NIGHT)
    await remind(shop.database)
    assert await reminders(shop) == 0
    shop.clock.advance_to(MORNING)
    await remind(shop.database)
    assert await reminders(shop) == 1


async def test_what_a_payment_came_to_is_told_at_night_too(shop: Shop) -> None:
    shop.clock.advance_to(NIGHT)
    customer = await shop.visit()
    _, order = await customer.order("MUG-BLUE")
    await customer.pay(order)
    await until(lambda: told(shop, "news_order_paid"))


async def test_a_cart_that_was_bought_or_emptied_meanwhile_is_not_reminded_of(shop: Shop) -> None:
    buyer, other = await went_away(shop), await went_away(shop)
    await renew(buyer)
    await renew(other)
    _, order = await buyer.order("LAMP")
    await buyer.pay(order)
    await until(lambda: told(shop, "news_order_paid"))
    await other.call("DELETE", "/api/cart")
    shop.clock.advance(A_DAY)
    await remind(shop.database)
    assert await reminders(shop) == 0


async def test_who_is_still_there_is_not_reminded_yet(shop: Shop) -> None:
    customer = await went_away(shop)
    await renew(customer)
    await customer.say("je réfléchis encore")
    await remind(shop.database)
    assert await reminders(shop) == 0


async def test_a_no_ends_all_that_is_not_about_orders(shop: Shop) -> None:
    customer = await went_away(shop)
    await renew(customer)
    await set_stock(shop, "LAMP", 0)
    await customer.call("POST", "/api/stock-subscriptions", {"sku": "LAMP"})
    await choose(customer, is_wanted=False)
    _, waiting = await customer.call("GET", "/api/stock-subscriptions")
    assert "LAMP" not in str(waiting)
    shop.clock.advance(timedelta(days=29))
    await remind(shop.database)
    await look(shop)
    assert await reminders(shop) == 0
    assert await told(shop, "news_cart_ends_soon") == []


async def test_the_question_is_put_once_and_only_for_a_cart_that_holds_something(shop: Shop) -> None:
    customer = await shop.visit()
    assert not await is_asked(customer)
    await customer.add("MUG-BLUE")
    asked = await asyncio.gather(*(is_asked(customer) for _ in range(4)))
    assert sorted(asked) == [False, False, False, True]


async def test_each_choice_is_kept_with_its_time_and_the_words_it_answers(shop: Shop) -> None:
    customer = await went_away(shop)
    await renew(customer)
    await choose(customer, is_wanted=False)
    async with shop.database.reading() as session:
        kept = select(NotificationChoice).order_by(NotificationChoice.number)
        choices = (await session.scalars(kept)).all()
    assert [(one.number, one.choice, one.words) for one in choices] == [
        (0, "asked", "1 fr"),
        (1, "wanted", "1 fr"),
        (2, "unwanted", "1 fr"),
    ]
    assert choices[2].at - choices[1].at >= A_DAY


@pytest.mark.parametrize(
    ("start", "until_hour", "at", "over_at"),
    [
        (21, 8, "2026-11-27T20:59", "2026-11-27T20:59"),
        (21, 8, "2026-11-27T21:00", "2026-11-28T08:00"),
        (21, 8, "2026-11-28T07:59", "2026-11-28T08:00"),
        (21, 8, "2026-11-28T08:00", "2026-11-28T08:00"),
        (0, 6, "2026-11-28T02:00", "2026-11-28T06:00"),
        (9, 9, "2026-11-28T09:30", "2026-11-28T09:30"),
        (21, 8, "2026-03-28T22:00", "2026-03-29T08:00"),  # the night in which clocks are put forward
    ],
)
def test_quiet_hours_end_at_the_shop_s_own_clock(start: int, until_hour: int, at: str, over_at: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    over = QuietHours(start, until_hour).over_at(datetime.fromisoformat(at).replace(tzinfo=paris))
    assert over.astimezone(UTC) == datetime.fromisoformat(over_at).replace(tzinfo=paris).astimezone(UTC)
