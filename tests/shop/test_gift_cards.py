"""Paying with gift cards: split with Stripe or alone, never more than is on them, and back to them."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.catalogue.models import GIFT_CARD, Variant
from backend.checkout import pay as paying
from backend.credit import accounts, spending
from backend.credit.accounts import IssueKeyUsed, issue_gift_card, issue_store_credit
from backend.credit.applying import apply_gift_card
from backend.credit.models import CreditAccount
from backend.credit.spending import InsufficientCredit, Share
from backend.money import Money
from backend.orders.refunding import Asked, refund_split
from backend.payments.gateway import GATEWAY
from tests.shop.conftest import ADDRESS, Customer, Shop, until
from tests.shop.test_identity import identity
from tests.shop.test_payments import paid, told
from tests.shop.test_promotions import promoted
from tests.shop.test_refunds import balances

MUGS = 2 * 1290 + 490
"""What two mugs and their delivery cost."""


async def issued(shop: Shop, amount: int, key: str = "card", **more: Any) -> str:
    """The code of a new gift card."""
    async with shop.database.transaction() as session:
        codes = shop.database.info["gift_codes"]
        value = Money(amount, more.pop("currency", "EUR"))
        return (await issue_gift_card(session, codes, value, key=key, **more))[1]


async def card(shop: Shop, key: str = "card") -> CreditAccount:
    async with shop.database.reading() as session:
        return (await session.scalars(select(CreditAccount).filter_by(key=key))).one()


async def left(shop: Shop, key: str = "card") -> tuple[int, int]:
    """On the card, and held of it."""
    found = await card(shop, key)
    return found.balance, found.held


async def apply(customer: Customer, code: str) -> tuple[int, Any]:
    return await customer.call("POST", "/api/checkout/gift-cards", {"code": code})


async def filled(customer: Customer, sku: str = "MUG-BLUE", quantity: int = 2) -> None:
    """Everything is said that an order needs."""
    await customer.add(sku, quantity)
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})


async def place(customer: Customer) -> tuple[int, Any]:
    _, checkout = await customer.call("POST", "/api/checkout")
    agreed = {"total": checkout["total"]["amount"], "to_pay": checkout["to_pay"]["amount"]}
    return await customer.call("POST", "/api/orders", agreed)


async def ordered(shop: Shop, amount: int, quantity: int = 2) -> tuple[Customer, Any]:
    """Mugs that a gift card of this amount pays a part of."""
    customer = await shop.visit()
    await filled(customer, quantity=quantity)
    status, _ = await apply(customer, await issued(shop, amount))
    assert status == 200
    _, order = await place(customer)
    return customer, order


async def refund(shop: Shop, order: Any, key: str, amount: int | None = None, to: str | None = None) -> None:
    async with shop.database.transaction() as session:
        await refund_split(session, order["number"], Asked(amount, to=to), key)


async def test_a_gift_card_pays_a_part_and_stripe_the_rest(shop: Shop) -> None:
    customer, order = await ordered(shop, 2000)
    assert (order["credit"]["amount"], order["due"]["amount"]) == (2000, MUGS - 2000)
    assert await left(shop) == (2000, 2000)
    await customer.pay(order)
    await paid(customer, order)
    assert await left(shop) == (0, 0)
    assert len(await told(shop, "news_order_paid")) == 1
    assert await shop.differences() == []
    booked = await balances(shop)
    assert (booked["sales"], booked["gifts"], booked.get("credit", 0)) == (-MUGS, 2000, 0)


async def test_the_checkout_says_what_the_card_pays_and_what_is_left(shop: Shop) -> None:
    customer = await shop.visit()
    await filled(customer)
    code = await issued(shop, 2000)
    status, checkout = await apply(customer, code.lower().replace("-", " "))
    assert status == 200
    assert checkout["paid_by_credit"]["amount"] == 2000
    assert checkout["to_pay"]["amount"] == MUGS - 2000
    assert [(one["kind"], one["last_four"]) for one in checkout["credit"]] == [("gift_card", code[-4:])]
    _, checkout = await customer.call("DELETE", "/api/checkout/gift-cards")
    assert (checkout["credit"], checkout["to_pay"]["amount"]) == ([], MUGS)


async def test_a_card_is_known_before_there_is_a_cart(shop: Shop) -> None:
    customer = await shop.visit()
    _, checkout = await apply(customer, await issued(shop, 2000))
    assert [one["left"]["amount"] for one in checkout["credit"]] == [2000]
    assert (checkout["paid_by_credit"]["amount"], checkout["to_pay"]["amount"]) == (0, 0)


async def test_what_a_card_pays_all_of_is_paid_at_once_and_without_stripe(shop: Shop) -> None:
    customer, order = await ordered(shop, 10_000)
    assert (order["payment_status"], order["due"]["amount"]) == ("paid", 0)
    assert await left(shop) == (10_000 - MUGS, 0)
    assert await shop.stock("MUG-BLUE") == (6, 0)
    assert len(await told(shop, "news_order_paid")) == 1
    _, cart = await customer.call("GET", "/api/cart")
    assert cart["lines"] == []
    assert "processor" not in await balances(shop)
    assert await shop.differences() == []


async def test_stripe_is_left_as_much_as_it_charges_at_least(shop: Shop) -> None:
    _, order = await ordered(shop, MUGS - 10)
    assert (order["credit"]["amount"], order["due"]["amount"]) == (MUGS - 50, 50)


async def test_the_same_order_again_is_the_same_and_holds_once(shop: Shop) -> None:
    customer, order = await ordered(shop, 2000)
    _, again = await place(customer)
    assert again["number"] == order["number"]
    assert await left(shop) == (2000, 2000)


async def test_another_card_makes_another_order(shop: Shop) -> None:
    customer, order = await ordered(shop, 2000)
    await customer.call("DELETE", "/api/checkout/gift-cards")
    await apply(customer, await issued(shop, 2000, "other"))
    _, other = await place(customer)
    assert other["number"] != order["number"]
    assert await left(shop) == (2000, 0)
    assert await left(shop, "other") == (2000, 2000)


async def test_a_card_that_is_emptied_between_the_summary_and_the_yes_places_nothing(shop: Shop) -> None:
    code = await issued(shop, 2000)
    first, second = await shop.visit(), await shop.visit()
    for customer in (first, second):
        await filled(customer)
        await apply(customer, code)
    _, seen = await second.call("POST", "/api/checkout")
    await place(first)
    agreed = {"total": seen["total"]["amount"], "to_pay": seen["to_pay"]["amount"]}
    status, refusal = await second.call("POST", "/api/orders", agreed)
    assert (status, refusal["error"]) == (409, "checkout_changed")
    assert await left(shop) == (2000, 2000)


async def test_an_order_that_is_not_paid_in_time_gives_the_card_back(shop: Shop) -> None:
    customer, order = await ordered(shop, 2000)
    shop.clock.advance(timedelta(minutes=61))

    async def is_free() -> bool:
        return await left(shop) == (2000, 0)

    assert await until(is_free)
    assert (await customer.current(order))["payment_status"] == "canceled"
    assert await shop.differences() == []


async def test_money_that_comes_too_late_takes_the_card_again_or_goes_back(shop: Shop) -> None:
    await shop.trouble(hooks=False)
    customer, order = await ordered(shop, 2000)
    await customer.pay(order)
    await customer.add("LAMP")  # cancels the order
    await paying.reconcile(shop.database, shop.app[GATEWAY])
    assert (await customer.current(order))["payment_status"] == "paid"
    assert await left(shop) == (0, 0)
    assert await shop.differences() == []


async def test_money_that_comes_when_the_card_cannot_be_had_any_more_goes_back(shop: Shop) -> None:
    await shop.trouble(hooks=False)
    customer, order = await ordered(shop, 2000)
    await customer.pay(order)
    async with shop.database.transaction() as session:
        await accounts.block(session, await accounts.card_named(session, (await card(shop)).last_four))
    await customer.add("LAMP")
    await paying.reconcile(shop.database, shop.app[GATEWAY])
    assert (await customer.current(order))["payment_status"] == "refunded"
    assert await left(shop) == (2000, 0)
    assert await shop.stock("MUG-BLUE") == (8, 0)

    async def is_back() -> bool:
        return (await balances(shop)).get("refunds") == MUGS - 2000

    assert await until(is_back)
    assert await shop.differences() == []


async def test_a_refund_goes_to_the_bank_card_first_and_then_to_the_gift_card(shop: Shop) -> None:
    customer, order = await ordered(shop, 2000)
    await customer.pay(order)
    await paid(customer, order)
    await refund(shop, order, "first", MUGS - 2000 + 300)

    async def is_back() -> bool:
        return (await customer.current(order))["refunded"]["amount"] == MUGS - 2000 + 300

    assert await until(is_back)
    assert await left(shop) == (300, 0)
    assert (await customer.current(order))["payment_status"] == "paid"
    assert await shop.differences() == []
    await refund(shop, order, "first", MUGS - 2000 + 300)
    await refund(shop, order, "rest")
    assert await until(lambda: told(shop, "news_refund_credited"))

    async def is_all_back() -> bool:
        return (await customer.current(order))["payment_status"] == "refunded"

    assert await until(is_all_back)
    assert await left(shop) == (2000, 0)
    assert await shop.differences() == []


async def test_staff_say_that_a_refund_goes_to_the_gift_card(shop: Shop) -> None:
    customer, order = await ordered(shop, 2000)
    await customer.pay(order)
    await paid(customer, order)
    await refund(shop, order, "k", 700, to="gift_card")

    async def is_back() -> bool:
        return await left(shop) == (700, 0)

    assert await until(is_back)
    assert await shop.differences() == []


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("GC-0000-0000-0000-0000-0000", 404, "gift_card_not_found"),
        ("GC-7K3M-Q9XW-2PDF-8HJN-4T6R", 404, "gift_card_not_found"),
        ("hello", 404, "gift_card_not_found"),
        ("", 422, "invalid_input"),
    ],
)
async def test_what_is_no_card_is_a_miss(shop: Shop, code: str, status: int, error: str) -> None:
    customer = await shop.visit()
    found, refusal = await apply(customer, code)
    assert (found, refusal["error"]) == (status, error)


async def test_cards_that_cannot_be_used_say_why_to_who_has_their_code(shop: Shop) -> None:
    customer = await shop.visit()
    _, refusal = await apply(customer, await issued(shop, 500, "dollars", currency="USD"))
    assert (refusal["error"], refusal["details"]) == ("gift_card_of_another_currency", {"currency": "USD"})
    over = await issued(shop, 500, "over", expires_at=shop.clock.now() + timedelta(days=1))
    shop.clock.advance(timedelta(days=2))
    customer = await shop.visit()
    _, refusal = await apply(customer, over)
    assert refusal["error"] == "gift_card_expired"
    blocked = await issued(shop, 500, "blocked")
    async with shop.database.transaction() as session:
        await accounts.block(session, await accounts.card_named(session, blocked))
    _, refusal = await apply(customer, blocked)
    assert refusal["error"] == "gift_card_not_found"


async def test_who_tries_codes_is_stopped(shop: Shop) -> None:
    customer = await shop.visit()
    tries = [await apply(customer, f"GC-{number:020}") for number in range(21)]
    assert {status for status, _ in tries[:20]} == {404}
    status, refusal = tries[20]
    assert (status, refusal["error"]) == (429, "too_many_gift_card_codes")


async def test_what_is_left_when_the_time_is_over_is_taken_and_booked(shop: Shop) -> None:
    await issued(shop, 500, expires_at=shop.clock.now() + timedelta(days=1))
    shop.clock.advance(timedelta(days=2))
    await accounts.expire(shop.database)
    await accounts.expire(shop.database)
    assert await left(shop) == (0, 0)
    booked = await balances(shop)
    assert (booked["gifts"], booked["breakage"], booked["credit"]) == (500, -500, 0)
    assert await shop.differences() == []


async def test_the_same_key_issues_once_and_another_amount_is_refused(shop: Shop) -> None:
    assert await issued(shop, 500) == await issued(shop, 500)
    assert await left(shop) == (500, 0)
    with pytest.raises(IssueKeyUsed):
        await issued(shop, 700)
    with pytest.raises(IssueKeyUsed):
        await issued(shop, 500, currency="USD")


async def test_sixty_four_holds_at_once_keep_exactly_what_is_there(shop: Shop) -> None:
    await issued(shop, 1000)
    account = (await card(shop)).id

    async def hold(number: int) -> bool:
        try:
            async with shop.database.transaction() as session:
                await spending.hold(session, f"order {number}", [Share(account, 100)])
        except InsufficientCredit:
            return False
        return True

    assert sum(await asyncio.gather(*map(hold, range(64)))) == 10
    assert await left(shop) == (1000, 1000)


async def test_a_bought_card_is_made_when_its_order_is_paid_and_shown_on_its_page_only(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        lamp = (await session.scalars(select(Variant).filter_by(sku="LAMP"))).one()
        lamp.kind = GIFT_CARD
    customer = await shop.visit()
    await customer.add("LAMP", 2)
    await customer.call("POST", "/api/checkout/tell", {"text": "camille@example.com"})
    await apply(customer, await issued(shop, 50_000))
    _, order = await place(customer)
    assert (order["credit"]["amount"], order["due"]["amount"]) == (0, 2 * 5900)  # no card buys a card
    await customer.pay(order)
    found = await paid(customer, order)
    async with shop.http.get(order["order_url"]) as response:
        codes = re.findall(r"GC(?:-[0-9A-Z]{4}){5}", await response.text())
    assert len(set(codes)) == 2
    told_of_it = json.dumps([found, await customer.events()])
    assert not any(code in told_of_it for code in codes)
    other = await shop.visit()
    await filled(other)
    _, checkout = await apply(other, codes[0])
    assert checkout["to_pay"]["amount"] == 0
    booked = await balances(shop)
    assert (booked["sales"], booked["credit"]) == (0, -2 * 5900 - 50_000)
    assert await shop.differences() == []
    await refund(shop, order, "all")

    async def is_blocked() -> bool:
        return (await apply(other, codes[1]))[0] == 404

    assert await until(is_blocked)


async def test_no_promotion_makes_a_gift_card_cheaper(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        (await session.scalars(select(Variant).filter_by(sku="LAMP"))).one().kind = GIFT_CARD
    await promoted(shop, "all", "percent", {"percent": "50"})
    customer = await shop.visit()
    await customer.add("LAMP")
    _, cart = await customer.add("MUG-BLUE")
    assert [sum(saving["amount"]["amount"] for saving in line["discounts"]) for line in cart["lines"]] == [
        0,
        645,
    ]


async def test_a_bought_card_that_is_paid_back_alone_is_blocked_alone(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        (await session.scalars(select(Variant).filter_by(sku="LAMP"))).one().kind = GIFT_CARD
    customer = await shop.visit()
    await customer.add("LAMP", 2)
    await customer.call("POST", "/api/checkout/tell", {"text": "camille@example.com"})
    _, order = await place(customer)
    await customer.pay(order)
    await paid(customer, order)
    async with shop.database.transaction() as session:
        await refund_split(session, order["number"], Asked(lines={"LAMP": 1}), "one")
    async with shop.database.reading() as session:
        cards = (await session.scalars(select(CreditAccount).order_by(CreditAccount.key))).all()
    assert [card.is_blocked for card in cards] == [True, False]


async def test_store_credit_is_the_customers_own(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await issue_store_credit(session, "7", Money(1000, "EUR"), key="sorry")
    customer, other = await shop.visit(), await shop.visit()
    await filled(customer)
    status, refusal = await other.call("POST", "/api/checkout/store-credit")
    assert (status, refusal["error"]) == (404, "no_store_credit")
    await customer.call("PUT", f"/api/conversations/{customer.id}/customer", {"identity": identity("7")})
    _, checkout = await customer.call("POST", "/api/checkout/store-credit")
    assert checkout["paid_by_credit"]["amount"] == 1000
    _, order = await place(customer)
    await customer.pay(order)
    await paid(customer, order)
    assert await left(shop, "customer:7:EUR") == (0, 0)
    assert await shop.differences() == []


async def test_sixty_four_rivals_for_one_card_never_spend_more_than_is_on_it(shop: Shop) -> None:
    code = await issued(shop, 5 * 1000)
    customers = [await shop.visit() for _ in range(64)]
    await asyncio.gather(*(filled(customer, "LAMP", 1) for customer in customers[:40]))
    await asyncio.gather(*(filled(customer, "LAMP", 1) for customer in customers[40:]))
    async with shop.database.transaction() as session:
        for customer in customers:
            await apply_gift_card(session, customer.id, code, "EUR")
    answers = await asyncio.gather(
        *(customer.call("POST", "/api/orders", {"total": 5900 + 490}) for customer in customers)
    )
    placed = [order for status, order in answers if status == 201]
    refused = {refusal["error"] for status, refusal in answers if status != 201}
    assert refused <= {"insufficient_credit", "insufficient_stock"}
    assert sum(order["credit"]["amount"] for order in placed) <= 5000
    found = await card(shop)
    assert found.held == sum(order["credit"]["amount"] for order in placed)
    assert await shop.differences() == []
