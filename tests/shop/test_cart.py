"""The cart, at the API's door."""

from tests.shop.conftest import Shop


async def test_a_line_is_added_and_the_sum_follows(shop: Shop) -> None:
    customer = await shop.visit()
    status, cart = await customer.add("MUG-BLUE", 2)
    assert status == 201
    assert [(line["sku"], line["name"], line["variant"], line["quantity"]) for line in cart["lines"]] == [
        ("MUG-BLUE", "Tasse", "Bleu", 2)
    ]
    assert cart["total"] == {"amount": 2580, "currency": "EUR"}


async def test_a_quantity_is_set_and_zero_removes_the_line(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("LAMP", 2)
    _, three = await customer.call("PUT", "/api/cart/lines/LAMP", {"quantity": 3})
    _, none = await customer.call("PUT", "/api/cart/lines/LAMP", {"quantity": 0})
    assert (three["count"], none["count"]) == (3, 0)


async def test_another_variant_takes_the_place_of_one_in_the_cart(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    _, cart = await customer.call("PUT", "/api/cart/lines/MUG-BLUE", {"new_sku": "MUG-RED"})
    assert [line["sku"] for line in cart["lines"]] == ["MUG-RED"]


async def test_more_than_there_is_is_refused_with_what_there_is(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.add("MUG-RED", 2)
    assert (status, refusal["error"], refusal["details"]["available"]) == (409, "insufficient_stock", 1)


async def test_an_unknown_variant_is_refused(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.add("NOTHING")
    assert (status, refusal["error"]) == (404, "variant_not_found")


async def test_a_body_of_another_form_says_what_is_wrong_and_where(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.call("POST", "/api/cart/lines", {"sku": "LAMP", "quantity": "two"})
    assert (status, refusal["error"]) == (422, "invalid_input")
    assert "$.quantity" in refusal["message"]


async def test_nobody_sees_a_cart_without_a_token(shop: Shop) -> None:
    customer = await shop.visit()
    customer.token = "forged"
    status, refusal = await customer.call("GET", "/api/cart")
    assert (status, refusal["error"]) == (401, "not_authenticated")


async def test_the_twentieth_customer_opens_a_cart_like_the_first(shop: Shop) -> None:
    """From its sixth run on, PostgreSQL plans a prepared statement without looking at its values."""
    answers = [await (await shop.visit()).add("LAMP") for _ in range(20)]
    assert [status for status, _ in answers] == [201] * 20
