"""What was bought before, and the same again."""

from typing import Any

from tests.shop.conftest import Customer, Shop
from tests.shop.test_identity import identity, introduce
from tests.shop.test_invoices import bought
from tests.shop.test_payments import paid


async def again(customer: Customer, order: Any) -> Any:
    status, answer = await customer.call("POST", f"/api/orders/again?number={order['number']}")
    assert status == 200
    return answer


def in_cart(answer: Any) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in answer["cart"]["lines"]}


async def test_orders_of_all_conversations_of_a_customer_are_told(shop: Shop) -> None:
    first, second, later = await shop.visit(), await shop.visit(), await shop.visit()
    lamp, mug = await bought(first, "LAMP"), await bought(second, "MUG-BLUE")
    status, refused = await later.call("GET", "/api/orders")
    assert (status, refused["error"]) == (404, "order_not_found")
    await introduce(later, identity("42", email="camille@example.com"))
    _, orders = await later.call("GET", "/api/orders")
    assert [order["number"] for order in orders] == [mug["number"], lamp["number"]]
    assert [one["kind"] for one in orders[0]["happened"]] == ["placed", "paid"]
    assert orders[1]["lines"] == [{"name": "Lampe de table", "quantity": 1}]
    assert [order["number"] for order in (await first.call("GET", "/api/orders"))[1]] == [lamp["number"]]


async def test_the_same_again_is_in_the_cart_once_however_often_it_is_said(shop: Shop) -> None:
    customer = await shop.visit()
    order = await bought(customer, "LAMP")
    for _ in range(2):
        answer = await again(customer, order)
        assert (in_cart(answer), answer["missing"]) == ({"LAMP": 1}, [])


async def test_what_is_missing_is_said_and_the_rest_is_taken(shop: Shop) -> None:
    customer, greedy = await shop.visit(), await shop.visit()
    _, order = await customer.order("MUG-BLUE", 5)
    await customer.pay(order)
    await paid(customer, order)
    await greedy.order("MUG-BLUE", 1)
    answer = await again(customer, order)
    assert in_cart(answer) == {"MUG-BLUE": 2}
    assert [(one["sku"], one["quantity"]) for one in answer["missing"]] == [("MUG-BLUE", 3)]


async def test_what_is_gone_is_missing(shop: Shop) -> None:
    customer = await shop.visit()
    order = await bought(customer, "MUG-RED")
    answer = await again(customer, order)
    assert (in_cart(answer), len(answer["missing"])) == ({}, 1)
