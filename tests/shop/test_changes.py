"""Changing one's mind about an order: previewed, agreed to, done once, and exact to the cent."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from backend.catalogue.models import Price, Variant
from backend.checkout import pay as paying
from backend.customers.models import Customer as KnownCustomer
from backend.customers.models import SavedMethod
from backend.payments.gateway import GATEWAY
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_gift_cards import left, ordered
from tests.shop.test_identity import identity
from tests.shop.test_refunds import bought, stands

AT_LYON = {
    "name": "Camille Durand",
    "line1": "3 rue Mercière",
    "postcode": "69002",
    "city": "Lyon",
    "country": "FR",
}
CANCEL = {"type": "cancel"}


async def preview(customer: Customer, order: Any, change: Any) -> tuple[int, Any]:
    return await customer.call("POST", "/api/order-changes", {"number": order["number"], "change": change})


async def agree(customer: Customer, previewed: Any) -> tuple[int, Any]:
    return await customer.call("POST", f"/api/order-changes/{previewed['id']}/confirmation")


async def test_nothing_happens_before_the_yes(shop: Shop) -> None:
    customer, order = await bought(shop)
    await booked(customer, order)
    before = await customer.current(order)
    status, previewed = await preview(customer, order, CANCEL)
    assert (status, previewed["difference"]["amount"]) == (201, -3070)
    assert await customer.current(order) == before


async def test_a_canceled_order_gives_back_its_money_and_its_stock(shop: Shop) -> None:
    customer, order = await bought(shop)
    assert await shop.stock("MUG-BLUE") == (6, 0)
    _, previewed = await preview(customer, order, CANCEL)
    status, done = await agree(customer, previewed)
    assert (status, done["state"]) == (200, "done")
    await stands(shop, customer, order, "refunded", 3070)
    assert await shop.stock("MUG-BLUE") == (8, 0)
    assert (await customer.current(order))["parcels"] == []
    assert await shop.differences() == []


async def test_an_order_that_waits_for_its_payment_is_canceled_without_any_money(shop: Shop) -> None:
    customer = await shop.visit()
    _, order = await customer.order("MUG-BLUE", 2)
    _, previewed = await preview(customer, order, CANCEL)
    assert previewed["difference"]["amount"] == 0
    assert (await agree(customer, previewed))[0] == 200
    assert (await customer.current(order))["payment_status"] == "canceled"
    assert await shop.stock("MUG-BLUE") == (8, 0)


async def test_who_pays_what_they_have_just_canceled_gets_the_money_back(shop: Shop) -> None:
    await shop.trouble(hooks=False)
    customer = await shop.visit()
    _, order = await customer.order("MUG-BLUE", 2)
    _, previewed = await preview(customer, order, CANCEL)
    await customer.pay(order)
    assert (await agree(customer, previewed))[0] == 200
    await paying.reconcile(shop.database, shop.app[GATEWAY])
    assert (await customer.current(order))["payment_status"] == "refunded"
    assert await shop.stock("MUG-BLUE") == (8, 0)


async def test_of_64_who_say_yes_at_once_one_is_heard(shop: Shop) -> None:
    customer, order = await bought(shop)
    _, previewed = await preview(customer, order, CANCEL)
    answers = await asyncio.gather(*(agree(customer, previewed) for _ in range(64)))
    assert sorted(status for status, _ in answers) == [200, *[409] * 63]
    assert {answer["error"] for status, answer in answers if status == 409} == {"preview_used"}
    await stands(shop, customer, order, "refunded", 3070)
    assert await shop.stock("MUG-BLUE") == (8, 0)


async def test_of_two_previews_the_second_yes_does_not_fit_any_more(shop: Shop) -> None:
    customer, order = await bought(shop)
    _, first = await preview(customer, order, CANCEL)
    _, second = await preview(customer, order, {"type": "address", "address": AT_LYON})
    await agree(customer, first)
    status, refused = await agree(customer, second)
    assert (status, refused["error"]) == (409, "change_not_allowed")


async def test_a_preview_is_good_for_a_quarter_of_an_hour(shop: Shop) -> None:
    customer, order = await bought(shop)
    _, previewed = await preview(customer, order, CANCEL)
    shop.clock.advance(timedelta(minutes=16))
    status, refused = await agree(customer, previewed)
    assert (status, refused["error"]) == (409, "preview_outdated")


async def test_a_stranger_agrees_to_nothing(shop: Shop) -> None:
    customer, order = await bought(shop)
    _, previewed = await preview(customer, order, CANCEL)
    stranger = await shop.visit()
    status, refused = await agree(stranger, previewed)
    assert (status, refused["error"]) == (404, "preview_not_found")
    assert (await customer.current(order))["payment_status"] == "paid"


async def test_the_shop_asks_why(shop: Shop) -> None:
    customer, order = await bought(shop)
    back = {"type": "return", "items": {"MUG-BLUE": 1}, "reason": "no idea"}
    status, refused = await preview(customer, order, back)
    assert (status, refused["error"]) == (422, "reason_needed")
    assert "does_not_fit" in refused["details"]["reasons"]


async def test_what_was_picked_up_is_not_canceled(shop: Shop) -> None:
    customer, order = await bought(shop)
    _, previewed = await preview(customer, order, CANCEL)
    await picked_up(shop, customer, order)
    status, refused = await agree(customer, previewed)
    assert (status, refused["error"], refused["details"]) == (409, "change_not_allowed", {"reason": "status"})


async def test_a_new_address_is_what_the_carrier_is_told(shop: Shop) -> None:
    customer, order = await bought(shop)
    before = await booked(customer, order)
    _, previewed = await preview(customer, order, {"type": "address", "address": AT_LYON})
    status, _ = await agree(customer, previewed)
    assert status == 200
    after = await booked(customer, order, but=before)
    assert (await carrier(shop, "GET", after))["status"] == "announced"
    assert await advance(shop, before) == 409
    _, seen = await customer.call("GET", f"/api/after-sale?number={order['number']}")
    assert seen["address"]["city"] == "Lyon"
    assert await shop.differences() == []


async def test_an_address_that_nothing_can_be_posted_to_is_refused(shop: Shop) -> None:
    customer, order = await bought(shop)
    wrong = {"type": "address", "address": AT_LYON | {"postcode": "1"}}
    status, refused = await preview(customer, order, wrong)
    assert (status, refused["error"]) == (422, "incomplete_address")


async def test_where_delivery_or_tax_would_be_another_the_order_stays(shop: Shop) -> None:
    customer, order = await bought(shop)
    madrid = {"name": "Ana", "line1": "Calle Mayor 5", "postcode": "28013", "city": "Madrid", "country": "ES"}
    status, refused = await preview(customer, order, {"type": "address", "address": madrid})
    assert (status, refused["error"]) == (409, "delivery_would_change")


async def test_a_mug_becomes_the_red_one(shop: Shop) -> None:
    customer, order = await bought(shop)
    swap = {"type": "items", "items": [{"sku": "MUG-BLUE", "new_sku": "MUG-RED"}]}
    _, previewed = await preview(customer, order, swap)
    assert previewed["items"][0]["new_name"] == "Tasse, Rouge"
    status, done = await agree(customer, previewed)
    assert (status, done["difference"]["amount"]) == (200, 0)
    lines = (await customer.current(order))["lines"]
    assert [(line["sku"], line["quantity"]) for line in lines] == [("MUG-BLUE", 1), ("MUG-RED", 1)]
    assert await shop.stock("MUG-BLUE") == (7, 0)
    assert await shop.stock("MUG-RED") == (0, 0)
    assert await shop.differences() == []


async def test_only_another_variant_of_the_same_product_and_only_what_is_there(shop: Shop) -> None:
    customer, order = await bought(shop)
    lamp = {"type": "items", "items": [{"sku": "MUG-BLUE", "new_sku": "LAMP"}]}
    assert (await preview(customer, order, lamp))[1]["error"] == "not_same_product"
    two = {"type": "items", "items": [{"sku": "MUG-BLUE", "new_sku": "MUG-RED", "quantity": 2}]}
    assert (await preview(customer, order, two))[1]["error"] == "insufficient_stock"
    missing = {"type": "items", "items": [{"sku": "MUG-RED", "new_sku": "MUG-BLUE"}]}
    assert (await preview(customer, order, missing))[1]["error"] == "not_in_order"


async def picked_up(shop: Shop, customer: Customer, order: Any) -> None:
    await advance(shop, await booked(customer, order))

    async def is_so() -> bool:
        return (await customer.current(order))["fulfilment_status"] == "picked_up"

    assert await until(is_so)


async def booked(customer: Customer, order: Any, but: str = "") -> str:
    async def number() -> str | None:
        parcels = (await customer.current(order))["parcels"]
        found = parcels[0]["tracking_number"] if parcels else None
        return None if found == but else found

    return str(await until(number))


async def carrier(shop: Shop, method: str, number: str) -> Any:
    async with shop.http.request(method, f"{shop.settings.carrier_url}/carrier/parcels/{number}") as response:
        return await response.json()


async def advance(shop: Shop, number: str) -> int:
    url = f"{shop.settings.carrier_url}/carrier/parcels/{number}/advance"
    async with shop.http.post(url) as response:
        return response.status


async def red_costs(shop: Shop, amount: int) -> None:
    async with shop.database.transaction() as session:
        red = select(Variant.id).where(Variant.sku == "MUG-RED").scalar_subquery()
        await session.execute(update(Price).where(Price.variant_id == red).values(amount=amount))


RED = {"type": "items", "items": [{"sku": "MUG-BLUE", "new_sku": "MUG-RED"}]}


async def test_what_a_cheaper_one_leaves_goes_back_to_the_bank_card(shop: Shop) -> None:
    customer, order = await bought(shop)
    await red_costs(shop, 990)
    _, previewed = await preview(customer, order, RED)
    assert previewed["difference"]["amount"] == -300
    await agree(customer, previewed)
    await stands(shop, customer, order, "paid", 300)
    assert (await customer.current(order))["total"]["amount"] == 2770
    assert await shop.differences() == []


async def test_what_a_cheaper_one_leaves_goes_back_to_the_gift_card_that_paid_all(shop: Shop) -> None:
    customer, order = await ordered(shop, 5000)
    await red_costs(shop, 990)
    _, previewed = await preview(customer, order, RED)
    assert (await agree(customer, previewed))[0] == 200
    await stands(shop, customer, order, "paid", 300)
    assert await left(shop) == (5000 - 2770, 0)
    assert await shop.differences() == []


async def test_a_preview_at_another_price_is_shown_again(shop: Shop) -> None:
    customer, order = await bought(shop)
    _, previewed = await preview(customer, order, RED)
    await red_costs(shop, 990)
    assert (await agree(customer, previewed))[1]["error"] == "preview_outdated"


async def test_a_dearer_one_is_charged_to_the_saved_card_before_anything_changes(shop: Shop) -> None:
    customer, order = await with_saved(shop, "pm_card_visa")
    done = await dearer(shop, customer, order)
    assert done["state"] == "done"
    _, seen = await customer.call("GET", f"/api/after-sale?number={order['number']}")
    assert [(one["kind"], one["amount"]["amount"], one["method"]) for one in seen["money"]] == [
        ("payment", 3070, None),
        ("payment", 700, "card-1"),
    ]
    assert [line["sku"] for line in (await customer.current(order))["lines"]] == ["MUG-BLUE", "MUG-RED"]
    assert await shop.differences() == []


async def test_where_the_saved_card_declines_everything_is_as_it_was(shop: Shop) -> None:
    customer, order = await with_saved(shop, "pm_card_chargeDeclined")
    before = (await customer.current(order))["lines"]
    done = await dearer(shop, customer, order)
    assert done["state"] == "declined"
    assert (await customer.current(order))["lines"] == before
    assert await shop.stock("MUG-RED") == (1, 0)
    assert await shop.differences() == []


async def test_a_dearer_one_needs_a_saved_way_to_pay(shop: Shop) -> None:
    customer, order = await bought(shop)
    await red_costs(shop, 1990)
    status, refused = await preview(customer, order, RED)
    assert (status, refused["error"], refused["details"]["difference"]["amount"]) == (
        409,
        "method_needed",
        700,
    )


async def with_saved(shop: Shop, stripe_method: str) -> tuple[Customer, Any]:
    """Somebody signed in, with a saved card."""
    customer, order = await bought(shop)
    token = identity("7", name="Camille Durand", email="camille@example.com")
    path = f"/api/conversations/{customer.id}/customer"
    status, _ = await customer.call("PUT", path, {"identity": token})
    assert status == 200
    async with shop.database.transaction() as session:
        known = KnownCustomer(
            reference="7", email="camille@example.com", given_name="Camille", family_name="Durand", address={}
        )
        session.add(known)
        await session.flush()
        session.add(
            SavedMethod(customer_id=known.id, reference="card-1", kind="card", stripe_method=stripe_method)
        )
    return customer, order


async def dearer(shop: Shop, customer: Customer, order: Any) -> Any:
    """What became of it, once the card has answered."""
    await red_costs(shop, 1990)
    _, previewed = await preview(customer, order, RED | {"method": "card-1"})
    assert (await agree(customer, previewed))[1]["state"] == "charging"

    async def settled() -> Any:
        _, seen = await customer.call("GET", f"/api/after-sale?number={order['number']}")
        return seen["changes"][0] if seen["changes"][0]["state"] != "charging" else None

    return await until(settled)
