"""What is ordered before it is there: with consent, within its limit, and served in the order of payment."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from backend.catalogue.models import Variant
from backend.inventory.backorder_terms import Terms, set_terms
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from tests.shop.conftest import ADDRESS, Customer, Shop, until
from tests.shop.test_payments import paid, told
from tests.shop.test_refunds import pay_back


def in_days(days: int) -> date:
    return datetime.now(ZoneInfo("Europe/Paris")).date() + timedelta(days=days)


async def allow(shop: Shop, sku: str, limit: int, kind: str = "backorder", **terms: Any) -> None:
    terms = terms or {"ships_on": in_days(10)}
    async with shop.database.transaction() as session:
        await set_terms(session, [Terms(sku, kind, limit, **terms)])


async def restock(shop: Shop, sku: str, units: int, source: str = "lyon") -> None:
    async with shop.database.transaction() as session:
        variant = (await session.scalars(select(Variant.id).filter_by(sku=sku))).one()
        place = (await session.scalars(select(Source.id).filter_by(code=source))).one()
        await count(session, [Count(variant, place, units)])


async def add(customer: Customer, sku: str, quantity: int, agreed: date | None = None) -> tuple[int, Any]:
    body = {"sku": sku, "quantity": quantity, "agreed_date": agreed and agreed.isoformat()}
    return await customer.call("POST", "/api/cart/lines", body)


async def place(customer: Customer) -> tuple[int, Any]:
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    return await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})


async def waiting(shop: Shop, sku: str, quantity: int) -> tuple[Customer, Any]:
    """A customer who has paid for what is not there."""
    customer = await shop.visit()
    assert (await add(customer, sku, quantity, in_days(10)))[0] == 201
    status, order = await place(customer)
    assert status == 201, order
    await customer.pay(order)
    await paid(customer, order)
    return customer, order


async def parcels(customer: Customer, order: Any) -> list[list[tuple[str, int]]]:
    found = await customer.current(order)
    return [[(part["sku"], part["quantity"]) for part in parcel["contents"]] for parcel in found["parcels"]]


async def test_what_is_kept_for_later_says_when_it_leaves_and_needs_the_yes_to_it(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-RED")
    await customer.call("PUT", "/api/wishes/MUG-RED")
    await restock(shop, "MUG-RED", 0)
    await allow(shop, "MUG-RED", 5)
    _, found = await customer.call("GET", "/api/wishes")
    (wish,) = found["wishes"]
    assert (wish["available"], wish["ships_on"], wish["is_preorder"]) == (0, in_days(10).isoformat(), False)
    status, refusal = await customer.call("POST", "/api/wishes/MUG-RED/cart")
    assert (status, refusal["error"]) == (409, "backorder_consent_needed")


async def test_what_is_not_there_goes_into_the_cart_only_after_a_yes_to_its_day(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 5)
    customer = await shop.visit()

    status, refusal = await add(customer, "MUG-RED", 3)
    assert (status, refusal["error"]) == (409, "backorder_consent_needed")
    assert refusal["details"] == {
        "sku": "MUG-RED",
        "quantity": 3,
        "now": 1,
        "later": 2,
        "ships_on": in_days(10).isoformat(),
        "is_preorder": False,
    }
    assert (await add(customer, "MUG-RED", 3, in_days(9)))[1]["error"] == "backorder_consent_needed"

    status, cart = await add(customer, "MUG-RED", 3, in_days(10))
    assert status == 201
    (line,) = cart["lines"]
    assert (line["available"], line["later"], line["ships_on"], line["is_agreed"]) == (
        1,
        2,
        in_days(10).isoformat(),
        True,
    )


async def test_more_than_the_limit_is_not_promised(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 5)
    customer = await shop.visit()

    status, refusal = await add(customer, "MUG-RED", 7, in_days(10))

    assert (status, refusal["error"], refusal["details"]["available"]) == (409, "insufficient_stock", 6)
    assert (await add(customer, "MUG-RED", 6, in_days(10)))[0] == 201


async def test_what_sold_out_since_it_went_into_the_cart_needs_a_yes_before_the_order(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 5)
    first, second = await shop.visit(), await shop.visit()
    assert (await add(second, "MUG-RED", 1))[0] == 201
    await first.order("MUG-RED")

    status, refusal = await place(second)
    assert (status, refusal["error"]) == (409, "backorder_consent_needed")

    body = {"quantity": 1, "agreed_date": refusal["details"]["ships_on"]}
    assert (await second.call("PUT", "/api/cart/lines/MUG-RED", body))[0] == 200
    status, order = await place(second)
    assert status == 201
    assert [(line["later"], line["ships_on"]) for line in order["lines"]] == [(1, in_days(10).isoformat())]
    assert await shop.stock("MUG-RED") == (1, 1)
    assert await shop.differences() == []


@pytest.mark.parametrize("days", [-1, 0])
async def test_a_day_that_has_passed_is_no_promise(shop: Shop, days: int) -> None:
    await allow(shop, "MUG-RED", 5, ships_on=in_days(days))
    customer = await shop.visit()
    assert (await add(customer, "MUG-RED", 2))[1]["error"] == (
        "insufficient_stock" if days < 0 else "backorder_consent_needed"
    )
    await allow(shop, "MUG-RED", 5, ships_on=in_days(-1), lead_days=14)
    _, refusal = await add(customer, "MUG-RED", 2)
    assert refusal["details"]["ships_on"] == in_days(14).isoformat()


async def test_rivals_for_the_last_unit_that_may_be_promised_get_exactly_one_order(shop: Shop) -> None:
    await (await shop.visit()).order("MUG-RED")
    await allow(shop, "MUG-RED", 1)
    rivals = [await shop.visit() for _ in range(64)]
    for rival in rivals:
        assert (await add(rival, "MUG-RED", 1, in_days(10)))[0] == 201

    answers = await asyncio.gather(*(place(rival) for rival in rivals))

    assert sorted(status for status, _ in answers) == [201] + [409] * 63
    assert {refusal["error"] for status, refusal in answers if status == 409} == {"insufficient_stock"}
    assert await shop.differences() == []


async def test_what_arrives_goes_to_who_paid_first_before_others_can_buy_it(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 9)
    early, first = await waiting(shop, "MUG-RED", 2)
    late, second = await waiting(shop, "MUG-RED", 2)
    assert (await late.current(second))["fulfilment_status"] == "backordered"
    assert await parcels(early, first) == [[("MUG-RED", 1)]]

    await restock(shop, "MUG-RED", 2)

    async def is_told() -> bool:
        return len(await told(shop, "news_backorder_arrived")) == 1

    assert await until(is_told)
    assert await parcels(early, first) == [[("MUG-RED", 1)], [("MUG-RED", 1)]]
    assert await parcels(late, second) == []
    assert await shop.stock("MUG-RED") == (0, 0)
    assert (await (await shop.visit()).add("MUG-RED"))[1]["error"] == "backorder_consent_needed"
    assert await shop.differences() == []

    await restock(shop, "MUG-RED", 4)

    async def has_both() -> bool:
        return await parcels(late, second) == [[("MUG-RED", 2)]]

    assert await until(has_both)
    assert await shop.stock("MUG-RED") == (3, 0)
    assert (await (await shop.visit()).add("MUG-RED", 3))[0] == 201
    assert await shop.differences() == []


async def test_what_arrives_before_the_payment_is_given_when_it_is_paid(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 9)
    customer = await shop.visit()
    await add(customer, "MUG-RED", 3, in_days(10))
    _, order = await place(customer)
    await restock(shop, "MUG-RED", 9)
    await customer.pay(order)
    await paid(customer, order)

    async def is_all_there() -> bool:
        return sum(units for parcel in await parcels(customer, order) for _, units in parcel) == 3

    assert await until(is_all_there)
    assert await shop.stock("MUG-RED") == (6, 0)
    assert await shop.differences() == []


async def test_an_order_that_is_not_paid_gives_its_promise_back(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 1)
    customer, other = await shop.visit(), await shop.visit()
    await add(customer, "MUG-RED", 2, in_days(10))
    await place(customer)
    assert (await add(other, "MUG-RED", 1, in_days(10)))[1]["error"] == "insufficient_stock"

    await customer.call("DELETE", "/api/cart")

    assert (await add(other, "MUG-RED", 2, in_days(10)))[0] == 201
    assert await shop.differences() == []


async def test_a_preorder_leaves_on_its_day_even_if_it_lies_there_before(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 5, kind="preorder", ships_on=in_days(30))
    customer = await shop.visit()

    _, refusal = await add(customer, "MUG-RED", 1)
    assert (refusal["error"], refusal["details"]["is_preorder"]) == ("backorder_consent_needed", True)
    assert (refusal["details"]["now"], refusal["details"]["later"]) == (0, 1)
    assert (await add(customer, "MUG-RED", 1, in_days(30)))[0] == 201
    _, order = await place(customer)
    await customer.pay(order)
    await paid(customer, order)

    (parcel,) = (await customer.current(order))["parcels"]
    assert parcel["promised_from"] > in_days(30).isoformat()
    assert await until(shop.is_at_rest)
    assert (await customer.current(order))["parcels"][0]["tracking_number"] is None
    shop.clock.advance(timedelta(days=31))

    async def is_booked() -> bool:
        return (await customer.current(order))["parcels"][0]["tracking_number"] is not None

    assert await until(is_booked)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE backorder_terms SET promised = promised + 1",
            ["MUG-RED: 2 units are promised, but orders wait for 1."],
        ),
        (
            "UPDATE backorder SET state = 'held'",
            [
                "1 units are held, but not there yet, for order {number}, which is paid.",
                "Order {number} is paid: its lines take 2 of MUG-RED, its reservations have 1 committed.",
            ],
        ),
        (
            "UPDATE backorder SET order_id = 'nobody'",
            [
                "1 units are owed, but not there yet, for order nobody, which does not exist.",
                "Order {number} is paid: its lines take 2 of MUG-RED, its reservations have 1 committed.",
            ],
        ),
    ],
)
async def test_reconciling_names_what_promises_and_orders_do_not_agree_on(
    shop: Shop, statement: str, said: list[str]
) -> None:
    await allow(shop, "MUG-RED", 9)
    _, order = await waiting(shop, "MUG-RED", 2)
    assert await shop.differences() == []
    async with shop.database.transaction() as session:
        await session.execute(text(statement))
    assert await shop.differences() == [line.format(number=order["number"]) for line in said]


async def test_what_is_paid_back_whole_is_waited_for_no_more(shop: Shop) -> None:
    await allow(shop, "MUG-RED", 1)
    customer, order = await waiting(shop, "MUG-RED", 2)
    await pay_back(shop.database, order, "all of it")

    async def is_back() -> bool:
        return (await customer.current(order))["payment_status"] == "refunded"

    assert await until(is_back)
    assert (await customer.current(order))["awaited"] == []
    await restock(shop, "MUG-RED", 3)
    assert await shop.stock("MUG-RED") == (3, 0)
    assert await shop.differences() == []


async def test_another_variant_that_is_waited_for_takes_the_place_of_one_after_a_yes(shop: Shop) -> None:
    await restock(shop, "MUG-RED", 0)
    await allow(shop, "MUG-RED", 5)
    customer = await shop.visit()
    await customer.add("MUG-BLUE", 2)
    swap = {"new_sku": "MUG-RED"}
    status, refusal = await customer.call("PUT", "/api/cart/lines/MUG-BLUE", swap)
    assert (status, refusal["error"]) == (409, "backorder_consent_needed")
    assert (refusal["details"]["instead_of"], refusal["details"]["quantity"]) == ("MUG-BLUE", 2)
    _, cart = await customer.call("GET", "/api/cart")
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-BLUE", 2)]
    agreed = swap | {"agreed_date": refusal["details"]["ships_on"]}
    _, cart = await customer.call("PUT", "/api/cart/lines/MUG-BLUE", agreed)
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-RED", 2)]
