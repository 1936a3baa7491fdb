"""Promotions and coupons at the API's door: what a cart costs, why, and what is paid and paid back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.orders.refunding import Asked, refund_order
from backend.payments.models import Refund
from backend.promotions.models import Coupon, Promotion, Redemption
from tests.shop.conftest import ADDRESS, Customer, Shop, until

HOUR = timedelta(hours=1)


async def promoted(
    shop: Shop, code: str, action: str, terms: dict[str, Any], coupon: str = "", **columns: Any
) -> None:
    """A promotion that runs; `limits` and dates of its coupon are given with an underscore before them."""
    of_coupon = {name[1:]: columns.pop(name) for name in list(columns) if name.startswith("_")}
    async with shop.database.transaction() as session:
        promotion = Promotion(
            **{
                "code": code,
                "level": "cart",
                "name": {"en": f"{code} in English", "fr": f"{code} en français"},
                "description": {},
                "conditions": {},
                "applies_to": {},
                "action": action,
                "terms": terms,
                "needs_coupon": bool(coupon),
                "customer_groups": [],
            }
            | columns
        )
        session.add(promotion)
        await session.flush()
        if coupon:
            session.add(
                Coupon(code=coupon, folded_code=coupon.lower(), promotion_id=promotion.id, **of_coupon)
            )


async def give(customer: Customer, code: str) -> tuple[int, Any]:
    return await customer.call("POST", "/api/cart/coupons", {"code": code})


async def ready(customer: Customer, address: str = ADDRESS) -> Any:
    """The checkout, with all that it needs."""
    await customer.call("POST", "/api/checkout/tell", {"text": address})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    return checkout


async def place(customer: Customer, checkout: Any) -> tuple[int, Any]:
    return await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})


async def uses(shop: Shop, code: str) -> tuple[int, dict[str, int]]:
    """What the coupon counts, and its redemptions by state."""
    async with shop.database.reading() as session:
        coupon = await session.scalar(select(Coupon).filter_by(code=code))
        assert coupon
        states = await session.execute(
            select(Redemption.state, func.count())
            .where(Redemption.coupon_id == coupon.id)
            .group_by(Redemption.state)
        )
        return coupon.used, dict(states.all())


async def test_a_line_says_what_makes_it_cheaper(shop: Shop) -> None:
    await promoted(shop, "mugs", "percent", {"percent": "10"}, applies_to={"product": ["mug"]})
    customer = await shop.visit()
    await customer.add("LAMP")
    _, cart = await customer.add("MUG-BLUE", 2)
    assert [line["discounts"] for line in cart["lines"]] == [
        [],
        [{"promotion": "mugs", "name": "mugs en français", "amount": {"amount": 258, "currency": "EUR"}}],
    ]
    assert [line["total"]["amount"] for line in cart["lines"]] == [5900, 2580]
    assert (cart["subtotal"]["amount"], cart["discount"]["amount"], cart["total"]["amount"]) == (
        8480,
        258,
        8222,
    )


async def test_an_order_is_paid_and_paid_back_at_what_it_costs(shop: Shop) -> None:
    await promoted(shop, "third", "percent", {"percent": "33.3"})
    customer = await shop.visit()
    await customer.add("MUG-BLUE", 7)
    checkout = await ready(customer)
    assert checkout["total"]["amount"] == 9030 - 3007 + 0
    _, order = await place(customer, checkout)
    assert (order["goods"]["amount"], order["discount"]["amount"]) == (9030, 3007)
    assert order["lines"][0]["discounts"][0]["name"] == "third en français"
    await customer.pay(order)
    await until(lambda: is_paid(customer, order))
    amounts = [await refunded(shop, order, {"MUG-BLUE": units}) for units in (1, 3, 2, 1)]
    assert sum(amounts) == 6023
    assert amounts[0] in (860, 861)
    assert await shop.differences() == []


async def refunded(shop: Shop, order: Any, lines: dict[str, int]) -> int:
    async with shop.database.transaction() as session:
        made = await session.scalar(select(func.count()).select_from(Refund))
        refund = await refund_order(session, order["number"], Asked(lines=lines), f"refund {made}")
        return refund.amount


async def is_paid(customer: Customer, order: Any) -> bool:
    return bool((await customer.current(order))["payment_status"] == "paid")


async def test_delivery_may_be_free(shop: Shop) -> None:
    await promoted(shop, "free", "free_delivery", {"methods": ["standard"]}, level="shipping")
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    checkout = await ready(customer)
    assert checkout["delivery"]["price"]["amount"] == 0
    assert checkout["delivery"]["discounts"][0]["amount"]["amount"] == 490
    assert checkout["delivery_options"][1]["price"]["amount"] == 990
    _, order = await place(customer, checkout)
    assert (order["delivery"]["amount"], order["delivery_discounts"][0]["name"]) == (490, "free en français")
    assert order["total"]["amount"] == 1290
    await customer.pay(order)
    await until(lambda: is_paid(customer, order))
    assert await shop.differences() == []


async def test_where_it_goes_may_decide(shop: Shop) -> None:
    await promoted(shop, "france", "percent", {"percent": "50"}, conditions={"country": ["FR"]})
    customer = await shop.visit()
    _, cart = await customer.add("LAMP")
    assert cart["total"]["amount"] == 5900
    assert (await ready(customer))["cart"]["total"]["amount"] == 2950
    elsewhere = await ready(customer, "Ana Díaz, calle Mayor 5, 28013 Madrid, Spain, ana@example.com")
    assert elsewhere["cart"]["total"]["amount"] == 5900


async def test_what_ended_between_the_yes_and_the_order_is_said(shop: Shop) -> None:
    ends_at = datetime.now(UTC) + HOUR
    await promoted(shop, "sale", "percent", {"percent": "10"}, ends_at=ends_at)
    customer = await shop.visit()
    await customer.add("LAMP", 2)
    checkout = await ready(customer)
    shop.clock.advance(2 * HOUR)
    status, refusal = await place(customer, checkout)
    assert (status, refusal["error"], refusal["details"]["total"]) == (409, "checkout_changed", 11_800)


async def test_what_costs_nothing_is_paid_at_once(shop: Shop) -> None:
    await promoted(shop, "all", "percent", {"percent": "100"}, "FREE", _limit_in_all=1)
    await promoted(shop, "free", "free_delivery", {}, level="shipping")
    customer = await shop.visit()
    await customer.add("MUG-RED")
    await give(customer, "FREE")
    status, order = await place(customer, await ready(customer))
    assert (status, order["total"]["amount"], order["payment_status"]) == (201, 0, "paid")
    assert await shop.stock("MUG-RED") == (0, 0)
    assert await uses(shop, "FREE") == (1, {"committed": 1})
    assert await shop.differences() == []


async def test_a_gift_is_added_while_there_is_one(shop: Shop) -> None:
    await promoted(shop, "gift", "gift", {"sku": "MUG-RED"}, conditions={"subtotal_at_least": {"EUR": 5000}})
    first, second = await shop.visit(), await shop.visit()
    _, cart = await first.add("LAMP")
    assert [(line["sku"], line["is_gift"]) for line in cart["lines"]] == [("LAMP", False), ("MUG-RED", True)]
    assert (cart["total"]["amount"], cart["discount"]["amount"]) == (5900, 1290)
    status, order = await place(first, await ready(first))
    assert (status, order["total"]["amount"]) == (201, 6390)
    assert await shop.stock("MUG-RED") == (1, 1)
    _, cart = await second.add("LAMP")
    assert [line["sku"] for line in cart["lines"]] == ["LAMP"]
    await first.pay(order)
    await until(lambda: is_paid(first, order))
    assert await shop.differences() == []


async def test_a_coupon_counts_whatever_its_capitals(shop: Shop) -> None:
    await promoted(shop, "summer", "percent", {"percent": "10"}, "SUMMER10")
    customer = await shop.visit()
    await customer.add("LAMP")
    status, cart = await give(customer, " summer10 ")
    assert (status, cart["total"]["amount"], cart["coupons"]) == (
        200,
        5310,
        [
            {
                "code": "SUMMER10",
                "name": "summer en français",
                "saved": {"amount": 590, "currency": "EUR"},
                "refusal": None,
            }
        ],
    )
    assert (await give(customer, "SUMMER10"))[1]["total"]["amount"] == 5310
    status, cart = await customer.call("DELETE", "/api/cart/coupons/summer10")
    assert (status, cart["total"]["amount"], cart["coupons"]) == (200, 5900, [])
    status, refusal = await customer.call("DELETE", "/api/cart/coupons/summer10")
    assert (status, refusal["error"]) == (404, "coupon_not_in_cart")


async def refused(customer: Customer, code: str) -> tuple[int, str, Any]:
    status, refusal = await give(customer, code)
    return status, refusal["error"], refusal["details"]


async def test_a_refused_coupon_says_why_and_names_the_best_that_does_apply(shop: Shop) -> None:
    percent = {"percent": "10"}
    day = timedelta(days=1)
    now = datetime.now(UTC)
    await promoted(shop, "over", "percent", percent, "OVER", _ends_at=now - day)
    await promoted(shop, "soon", "percent", percent, "SOON", starts_at=now + day)
    await promoted(shop, "full", "percent", percent, "FULL", _limit_in_all=1, _used=1)
    await promoted(shop, "dollars", "amount_off", {"amounts": {"USD": 500}}, "DOLLARS")
    minimum = {"conditions": {"subtotal_at_least": {"EUR": 10_000}}}
    await promoted(shop, "big", "percent", percent, "BIG", **minimum)
    await promoted(shop, "mugs", "percent", percent, "MUGS", applies_to={"product": ["mug"]})
    await promoted(shop, "five", "percent", {"percent": "5"}, "FIVE", _is_public=True)
    await promoted(shop, "ten", "percent", percent, "TEN", _is_public=True)
    await promoted(shop, "half", "percent", {"percent": "50"}, "SECRET")
    customer = await shop.visit()
    await customer.add("LAMP")
    best = {"best": "TEN", "best_name": "ten en français"}
    assert await refused(customer, "NOSUCH") == (404, "unknown_coupon", {"coupon": "NOSUCH"} | best)
    assert await refused(customer, "over") == (409, "coupon_expired", {"coupon": "OVER"} | best)
    status, code, details = await refused(customer, "SOON")
    assert (status, code, details["starts_on"]) == (
        409,
        "coupon_not_started",
        {"date": (now + day).date().isoformat()},
    )
    assert await refused(customer, "FULL") == (409, "coupon_exhausted", {"coupon": "FULL"} | best)
    status, code, details = await refused(customer, "DOLLARS")
    assert (code, details["currencies"], details["currency"]) == ("coupon_wrong_currency", ["USD"], "EUR")
    status, code, details = await refused(customer, "BIG")
    assert (code, details["missing"]) == (
        "coupon_minimum_not_reached",
        {"amount": 4100, "currency": "EUR"},
    )
    assert await refused(customer, "MUGS") == (409, "coupon_not_for_these", {"coupon": "MUGS"} | best)
    await customer.add("MUG-BLUE", 4)
    assert (await give(customer, "MUGS"))[0] == 200
    assert (await give(customer, "BIG"))[0] == 200


async def test_a_coupon_may_want_none_beside_it(shop: Shop) -> None:
    await promoted(shop, "ten", "percent", {"percent": "10"}, "TEN")
    await promoted(shop, "alone", "percent", {"percent": "20"}, "ALONE", is_combinable=False)
    customer = await shop.visit()
    await customer.add("LAMP")
    await give(customer, "TEN")
    status, code, details = await refused(customer, "ALONE")
    assert (status, code, details["other"]) == (409, "coupon_not_combinable", "TEN (ten en français)")
    await customer.call("DELETE", "/api/cart/coupons/TEN")
    assert (await give(customer, "ALONE"))[1]["total"]["amount"] == 4720
    assert (await refused(customer, "TEN"))[1] == "coupon_not_combinable"


async def test_a_promotion_that_stops_leaves_nothing_for_a_coupon(shop: Shop) -> None:
    await promoted(shop, "sale", "percent", {"percent": "30"}, priority=1, stops_further=True)
    await promoted(shop, "ten", "percent", {"percent": "10"}, "TEN", priority=2)
    customer = await shop.visit()
    await customer.add("LAMP")
    status, code, details = await refused(customer, "TEN")
    assert (status, code, details["other"]) == (409, "coupon_not_combinable", "sale en français")


async def test_a_coupon_that_no_longer_applies_stays_and_says_so(shop: Shop) -> None:
    await promoted(shop, "mugs", "percent", {"percent": "10"}, "MUGS", applies_to={"product": ["mug"]})
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    await give(customer, "MUGS")
    await customer.add("LAMP")
    _, cart = await customer.call("PUT", "/api/cart/lines/MUG-BLUE", {"quantity": 0})
    assert (cart["total"]["amount"], cart["coupons"][0]["refusal"]) == (5900, "coupon_not_for_these")


async def test_a_coupon_is_used_up_by_orders_that_are_paid_and_free_again_after_others(shop: Shop) -> None:
    await promoted(shop, "once", "percent", {"percent": "10"}, "ONCE", _limit_in_all=1)
    first, second = await shop.visit(), await shop.visit()
    await first.add("LAMP")
    await give(first, "ONCE")
    _, order = await place(first, await ready(first))
    assert await uses(shop, "ONCE") == (1, {"held": 1})
    _, again = await place(first, await ready(first))
    assert again["number"] == order["number"]
    await second.add("LAMP")
    assert (await refused(second, "ONCE"))[1] == "coupon_exhausted"
    await first.add("MUG-BLUE")
    assert await uses(shop, "ONCE") == (0, {"released": 1})
    assert (await give(second, "ONCE"))[0] == 200
    _, theirs = await place(second, await ready(second))
    await second.pay(theirs)
    await until(lambda: is_paid(second, theirs))
    assert await uses(shop, "ONCE") == (1, {"released": 1, "committed": 1})
    _, cart = await first.call("GET", "/api/cart")
    assert (cart["coupons"][0]["refusal"], cart["discount"]["amount"]) == ("coupon_exhausted", 0)


async def test_an_order_that_expires_gives_its_coupon_back(shop: Shop) -> None:
    await promoted(shop, "once", "percent", {"percent": "10"}, "ONCE", _limit_in_all=1)
    customer = await shop.visit()
    await customer.add("LAMP")
    await give(customer, "ONCE")
    await place(customer, await ready(customer))
    shop.clock.advance(4 * HOUR)

    async def is_free() -> bool:
        return (await uses(shop, "ONCE"))[0] == 0

    await until(is_free)


async def test_a_customer_uses_a_coupon_once_whatever_conversation_they_come_from(shop: Shop) -> None:
    await promoted(shop, "once", "percent", {"percent": "10"}, "ONCE", _limit_per_customer=1)
    first, second = await shop.visit(), await shop.visit()
    await first.add("LAMP")
    await give(first, "ONCE")
    _, order = await place(first, await ready(first))
    await first.pay(order)
    await until(lambda: is_paid(first, order))
    await first.add("LAMP")
    assert (await refused(first, "ONCE"))[1] == "coupon_used"
    await second.add("LAMP")
    assert (await give(second, "ONCE"))[0] == 200
    checkout = await ready(second, ADDRESS.replace("camille@", "Camille@"))
    assert checkout["cart"]["coupons"][0]["refusal"] == "coupon_used"
    assert checkout["total"]["amount"] == 6390


async def test_of_guests_with_one_address_who_all_use_a_coupon_at_once_one_gets_it(shop: Shop) -> None:
    await promoted(shop, "once", "percent", {"percent": "10"}, "ONCE", _limit_per_customer=1)
    guests = [await shop.visit() for _ in range(16)]
    checkouts = []
    for guest in guests:
        await guest.add("LAMP")
        assert (await give(guest, "ONCE"))[0] == 200
        checkouts.append(await ready(guest))
    assert {checkout["total"]["amount"] for checkout in checkouts} == {5900 - 590 + 490}
    pairs = zip(guests, checkouts, strict=True)
    answers = await asyncio.gather(*(place(guest, checkout) for guest, checkout in pairs))
    assert sorted(status for status, _ in answers) == [201] + [409] * (len(guests) - 1)
    errors = {answer["error"] for status, answer in answers if status == 409}
    assert errors <= {"coupon_used", "checkout_changed"}
    assert await uses(shop, "ONCE") == (1, {"held": 1})
    assert await shop.stock("LAMP") == (40, 1)
    assert await shop.differences() == []


RIVALS = 64
"""More than there are lamps: the coupon decides before the stock does."""


async def test_the_last_use_goes_to_exactly_one_of_many_rivals(shop: Shop) -> None:
    await promoted(shop, "last", "percent", {"percent": "10"}, "LAST", _limit_in_all=1)
    rivals = [await shop.visit() for _ in range(RIVALS)]
    checkouts = []
    for number, rival in enumerate(rivals):
        await rival.add("LAMP")
        assert (await give(rival, "LAST"))[0] == 200
        checkouts.append(await ready(rival, ADDRESS.replace("camille@", f"camille{number}@")))
    pairs = zip(rivals, checkouts, strict=True)
    answers = await asyncio.gather(*(place(rival, checkout) for rival, checkout in pairs))
    assert sorted(status for status, _ in answers) == [201] + [409] * (RIVALS - 1)
    errors = {answer["error"] for status, answer in answers if status == 409}
    assert errors <= {"coupon_exhausted", "checkout_changed"}
    assert await uses(shop, "LAST") == (1, {"held": 1})
    assert await shop.stock("LAMP") == (40, 1)
    assert await shop.differences() == []


async def test_what_runs_is_told_with_the_codes_that_may_be(shop: Shop) -> None:
    await promoted(shop, "a", "percent", {"percent": "10"}, description={"fr": "Dix pour cent"})
    await promoted(shop, "b", "percent", {"percent": "10"}, "OPEN", _is_public=True)
    await promoted(shop, "c", "percent", {"percent": "10"}, "SECRET")
    await promoted(shop, "d", "percent", {"percent": "10"}, is_active=False)
    await promoted(shop, "e", "percent", {"percent": "10"}, is_public=False)
    customer = await shop.visit()
    _, told = await customer.call("GET", "/api/promotions")
    assert [(one["code"], one["coupon"], one["description"]) for one in told] == [
        ("a", None, "Dix pour cent"),
        ("b", "OPEN", ""),
    ]


@pytest.mark.parametrize("code", ["", "x" * 81])
async def test_no_code_at_all_is_bad_input(shop: Shop, code: str) -> None:
    customer = await shop.visit()
    status, refusal = await give(customer, code)
    assert (status, refusal["error"]) == (422, "invalid_input")


async def test_less_than_can_be_charged_is_no_order(shop: Shop) -> None:
    await promoted(shop, "most", "percent", {"percent": "99"})
    await promoted(shop, "free", "free_delivery", {}, level="shipping")
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    checkout = await ready(customer)
    assert checkout["total"]["amount"] == 13
    status, refusal = await place(customer, checkout)
    assert (status, refusal["error"]) == (409, "order_too_small")
    assert refusal["details"]["least"] == {"amount": 50, "currency": "EUR"}
