"""What a thing costs depends on who buys it, on how many, and on when; at the API's door."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from backend.catalogue.components import set_prices, sums
from backend.catalogue.index import Price as Bounds
from backend.catalogue.index import SearchQuery
from backend.catalogue.models import Component, Price, PriceList, PriceListEntry, Product, Variant
from backend.catalogue.routes import SHOP_INDEX
from backend.catalogue.variants import variant_ids
from backend.importing import import_own
from tests.shop.conftest import ADDRESS, Customer, Shop, until
from tests.shop.test_identity import identity, introduce

HOUR = timedelta(hours=1)


async def listed(shop: Shop, entries: dict[tuple[str, int], int], **columns: Any) -> None:
    """A price list with these amounts, by SKU and minimum quantity."""
    async with shop.database.transaction() as session:
        ids = await variant_ids(session, [sku for sku, _ in entries])
        price_list = PriceList(**{"code": "a-list", "name": {}, "currency": "EUR"} | columns)
        session.add(price_list)
        await session.flush()
        session.add_all(
            PriceListEntry(
                price_list_id=price_list.id, variant_id=ids[sku], minimum_quantity=minimum, amount=amount
            )
            for (sku, minimum), amount in entries.items()
        )


async def lamp(customer: Customer) -> tuple[int, int | None]:
    """Its price and its usual price."""
    _, offer = await customer.call("GET", "/api/offers/lamp")
    return offer["price"]["amount"], offer["list_price"] and offer["list_price"]["amount"]


def line(cart: Any) -> tuple[int, int | None, int]:
    """Of the only one: the price of one, the usual price, the sum."""
    (only,) = cart["lines"]
    usual = only["list_price"] and only["list_price"]["amount"]
    return only["price"]["amount"], usual, only["total"]["amount"]


async def test_without_a_list_the_base_price_is_the_price(shop: Shop) -> None:
    customer = await shop.visit()
    assert await lamp(customer) == (5900, None)


async def test_the_lowest_of_the_base_price_and_of_all_lists_counts(shop: Shop) -> None:
    customer = await shop.visit()
    await listed(shop, {("LAMP", 1): 6500}, code="dearer")
    assert await lamp(customer) == (5900, None)
    await listed(shop, {("LAMP", 1): 4900}, code="sale")
    await listed(shop, {("LAMP", 1): 5500}, code="small-sale")
    await listed(shop, {("LAMP", 1): 100}, code="dollars", currency="USD")
    assert await lamp(customer) == (4900, 5900)


async def test_the_price_of_a_product_is_that_of_its_cheapest_variant(shop: Shop) -> None:
    await listed(shop, {("MUG-RED", 1): 990})
    customer = await shop.visit()
    _, mug = await customer.call("GET", "/api/products/mug?language=en&currency=EUR")
    assert (mug["price"]["amount"], mug["list_price"]["amount"], mug["price_varies"]) == (990, 1290, True)
    assert [(each["sku"], each["list_price"] is None) for each in mug["variants"]] == [
        ("MUG-BLUE", True),
        ("MUG-RED", False),
    ]


async def test_a_group_has_its_prices_once_the_website_has_signed_who_it_is(shop: Shop) -> None:
    await listed(shop, {("LAMP", 1): 4000}, customer_group="trade")
    trader, other, stranger = await shop.visit(), await shop.visit(), await shop.visit()
    await trader.add("LAMP")
    await introduce(trader, identity("42", group="trade"))
    await introduce(other, identity("43", group="press"))

    assert await lamp(trader) == (4000, 5900)
    assert line((await trader.call("GET", "/api/cart"))[1]) == (4000, 5900, 4000)
    assert await lamp(other) == (5900, None)
    assert await lamp(stranger) == (5900, None)

    await introduce(trader, identity("42"))
    assert await lamp(trader) == (5900, None)


@pytest.mark.parametrize("group", [["trade"], 7, "t" * 81], ids=["list", "number", "too long"])
async def test_a_group_that_is_none_is_refused(shop: Shop, group: Any) -> None:
    customer = await shop.visit()
    status, refused = await introduce(customer, identity("42", group=group))
    assert (status, refused["error"]) == (422, "invalid_identity")
    assert "group" in refused["details"]["reason"]


async def test_nobody_says_for_themselves_which_group_they_are_of(shop: Shop) -> None:
    await listed(shop, {("LAMP", 1): 4000}, customer_group="trade")
    url = f"{shop.settings.public_url}/api/conversations"
    claims = {"language": "en", "group": "trade", "customer_group": "trade"}
    async with shop.http.post(url, json=claims) as response:
        started = await response.json()
    liar = Customer(shop.http, shop.settings.public_url, started["id"], started["token"])
    assert await lamp(liar) == (5900, None)
    _, offer = await liar.call("GET", "/api/offers/lamp?group=trade")
    assert offer["price"]["amount"] == 5900


async def test_who_takes_more_pays_less_for_each(shop: Shop) -> None:
    await listed(shop, {("LAMP", 3): 5000, ("LAMP", 10): 4500, ("LAMP", 20): 4700})
    customer = await shop.visit()
    _, offer = await customer.call("GET", "/api/offers/lamp")
    assert offer["variants"][0]["quantity_prices"] == [
        {"quantity": 3, "price": {"amount": 5000, "currency": "EUR"}},
        {"quantity": 10, "price": {"amount": 4500, "currency": "EUR"}},
    ]
    assert await lamp(customer) == (5900, None)

    assert line((await customer.add("LAMP", 2))[1]) == (5900, None, 11800)
    assert line((await customer.add("LAMP", 1))[1]) == (5000, 5900, 15000)
    _, ten = await customer.call("PUT", "/api/cart/lines/LAMP", {"quantity": 10})
    assert (line(ten), ten["total"]["amount"]) == ((4500, 5900, 45000), 45000)
    _, two = await customer.call("PUT", "/api/cart/lines/LAMP", {"quantity": 2})
    assert line(two) == (5900, None, 11800)


async def test_an_order_keeps_what_was_agreed(shop: Shop) -> None:
    await listed(shop, {("LAMP", 3): 5000}, ends_at=shop.clock.now() + HOUR)
    customer = await shop.visit()
    status, order = await customer.order("LAMP", 3)
    assert (status, order["goods"]["amount"], order["lines"][0]["price"]["amount"]) == (201, 15000, 5000)
    shop.clock.advance(HOUR)
    kept = await customer.current(order)
    assert (kept["goods"]["amount"], kept["lines"][0]["price"]["amount"]) == (15000, 5000)


async def test_a_price_that_ends_between_the_look_and_the_yes_is_asked_again(shop: Shop) -> None:
    await listed(shop, {("LAMP", 1): 5000}, ends_at=shop.clock.now() + HOUR)
    customer = await shop.visit()
    await customer.add("LAMP")
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    _, seen = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    shop.clock.advance(HOUR)

    status, refused = await customer.call("POST", "/api/orders", {"total": seen["total"]["amount"]})

    assert (status, refused["error"]) == (409, "checkout_changed")
    _, now = await customer.call("POST", "/api/checkout")
    assert refused["details"]["total"] == now["total"]["amount"]
    assert now["cart"]["total"]["amount"] == 5900


async def test_what_costs_the_sum_of_its_parts_has_their_prices_for_all_that_are_in_it(shop: Shop) -> None:
    """A lamp and two mugs: five of it take ten mugs."""
    await bundled(shop, {"LAMP": 1, "MUG-BLUE": 2})
    await listed(shop, {("LAMP", 1): 5000, ("MUG-BLUE", 3): 1000, ("MUG-BLUE", 7): 900})
    customer = await shop.visit()
    _, offer = await customer.call("GET", "/api/offers/set")
    assert (offer["price"]["amount"], offer["list_price"]["amount"]) == (5000 + 2 * 1290, 5900 + 2 * 1290)
    assert [
        (each["quantity"], each["price"]["amount"]) for each in offer["variants"][0]["quantity_prices"]
    ] == [(2, 5000 + 2 * 1000), (4, 5000 + 2 * 900)]
    assert line((await customer.add("SET", 4))[1]) == (6800, 8480, 4 * 6800)
    await listed(shop, {("SET", 4): 6000}, code="of-the-set")
    assert line((await customer.call("GET", "/api/cart"))[1]) == (6000, 8480, 24000)


async def bundled(shop: Shop, parts: dict[str, int]) -> None:
    async with shop.database.transaction() as session:
        ids = await variant_ids(session, parts)
        name = {"en": "Set"}
        product = Product(
            handle="set", name=name, description=name, keywords={}, options=[], attributes=[], pictures=[]
        )
        session.add(product)
        await session.flush()
        variant = Variant(
            sku="SET",
            product_id=product.id,
            kind="bundle",
            options={},
            is_priced_by_parts=True,
            prices=[],
            components=[
                Component(part_id=ids[sku], quantity=quantity, position=position)
                for position, (sku, quantity) in enumerate(parts.items())
            ],
        )
        session.add(variant)
        await session.flush()
        await set_prices(session, variant, await sums(session, variant.id))


async def test_a_price_without_which_nothing_is_sold_in_a_currency_is_not_made_by_a_list(shop: Shop) -> None:
    await listed(shop, {("LAMP", 1): 100}, currency="USD")
    async with shop.http.get(f"{shop.settings.public_url}/api/products/lamp?currency=USD") as response:
        assert response.status == 404


async def test_prices_of_a_time_begin_and_end_on_the_moment_also_for_the_search(shop: Shop) -> None:
    noon = shop.clock.now() + HOUR
    await listed(shop, {("LAMP", 1): 1000}, starts_at=noon, ends_at=noon + HOUR)
    assert await named_under(shop, 1000) == []
    shop.clock.advance(HOUR)
    assert await named_under(shop, 1000) == ["lamp"]
    shop.clock.advance(HOUR)
    assert await named_under(shop, 1000) == await under(shop, 1000) == []


async def found(shop: Shop, **query: str) -> list[str]:
    url = f"{shop.settings.public_url}/api/products"
    async with shop.http.get(url, params={"language": "en", **query}) as response:
        return [product["id"] for product in (await response.json())["products"]]


async def cheapest_first(shop: Shop) -> list[str]:
    return await found(shop, sort="price")


async def under(shop: Shop, amount: int) -> list[str]:
    return await found(shop, price_max=str(amount))


async def named_under(shop: Shop, amount: int) -> list[str]:
    return await found(shop, q="table lamp", price_max=str(amount))


FILES = {
    "categories.csv": "code,parent,position,name_en\n",
    "vocabulary.csv": "kind,code,value,position,name_en\n",
    "products.csv": "handle,name_en,sku,price_EUR\nlamp,Table lamp,LAMP,59.00\n",
    "sources.csv": "code,kind,name,priority,street,postcode,city,country\n",
    "price_list_entries.csv": "price_list,sku,minimum_quantity,price\nsale,LAMP,,10.00\n",
}


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_a_listing_follows_what_begins_and_ends_in_the_next_answer_and_the_engine_by_a_job(
    shop: Shop, tmp_path: Path
) -> None:
    noon = shop.clock.now() + HOUR
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "price_lists.csv").write_text(
        f"code,currency,starts_at,ends_at\nsale,EUR,{at(noon)},{at(noon + HOUR)}\n"
    )
    report = await import_own(shop.database, tmp_path)
    assert (report.price_lists, report.errors) == (1, [])
    index = shop.app[SHOP_INDEX]

    async def is_within(bounds: Bounds) -> bool:
        return [hit.id for hit in (await index.search(SearchQuery(price=bounds))).hits] == ["lamp"]

    async def is_cheap() -> bool:
        return await is_within(Bounds("EUR", None, 1000))

    async def is_dear() -> bool:
        return not await is_cheap()

    assert await is_dear()
    assert (await cheapest_first(shop), await under(shop, 1000)) == (["mug", "lamp"], [])
    shop.clock.advance(HOUR)
    assert (await cheapest_first(shop), await under(shop, 1000)) == (["lamp", "mug"], ["lamp"])
    await until(is_cheap)
    shop.clock.advance(HOUR)
    assert (await cheapest_first(shop), await under(shop, 1000)) == (["mug", "lamp"], [])
    await until(is_dear)


async def test_a_price_that_changes_in_the_cart_is_told_by_the_cart(shop: Shop) -> None:
    await listed(shop, {("LAMP", 1): 5000}, starts_at=shop.clock.now() + HOUR)
    customer = await shop.visit()
    await customer.add("LAMP")
    shop.clock.advance(HOUR)
    assert line((await customer.call("GET", "/api/cart"))[1]) == (5000, 5900, 5000)
    async with shop.database.transaction() as session:
        await session.execute(update(Price).values(amount=4500))
    assert line((await customer.call("GET", "/api/cart"))[1]) == (4500, None, 4500)
