"""Bundles: one thing with one price, whose stock is that of its components."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from backend.catalogue.components import renew_prices, set_prices, sums
from backend.catalogue.models import Component, Price, Product, Variant
from backend.catalogue.variants import variant_ids
from tests.shop.conftest import Customer, Shop, until


@pytest.fixture(autouse=True)
async def desk(shop: Shop) -> None:
    """A lamp with two blue mugs for 65 euros, or with the one red mug at the price of both; in another order of parts
    each."""
    name = {"en": "Desk set", "fr": "Lot de bureau", "es": "Juego de escritorio"}
    colours = [{"code": "blue", "name": {"en": "Blue", "fr": "Bleu"}}, {"code": "red", "name": {"en": "Red"}}]
    async with shop.database.transaction() as session:
        ids = await variant_ids(session, ["LAMP", "MUG-BLUE", "MUG-RED"])
        product = Product(
            handle="desk-set",
            name=name,
            description=name,
            keywords={},
            options=[{"code": "colour", "name": {"en": "Colour", "fr": "Couleur"}, "values": colours}],
            attributes=[],
            pictures=[],
        )
        session.add(product)
        await session.flush()
        for colour, parts in (("blue", {"LAMP": 1, "MUG-BLUE": 2}), ("red", {"MUG-RED": 1, "LAMP": 1})):
            bundle = Variant(
                sku=f"DESK-{colour.upper()}",
                product_id=product.id,
                kind="bundle",
                options={"colour": colour},
                prices=[Price(currency="EUR", amount=6500)],
                components=[
                    Component(part_id=ids[sku], quantity=quantity, position=position)
                    for position, (sku, quantity) in enumerate(parts.items())
                ],
            )
            session.add(bundle)
            await session.flush()
            if colour == "red":
                bundle.is_priced_by_parts = True
                await set_prices(session, bundle, await sums(session, bundle.id))


async def test_as_many_can_be_had_as_the_scarcest_part_allows(shop: Shop) -> None:
    customer = await shop.visit()
    _, offer = await customer.call("GET", "/api/offers/desk-set")
    assert {variant["sku"]: variant["available"] for variant in offer["variants"]} == {
        "DESK-BLUE": 4,
        "DESK-RED": 1,
    }
    assert offer["available"] == 5
    _, stock = await customer.call("GET", "/api/offers/desk-set/stock?sku=DESK-BLUE")
    assert [(source["source"], source["available"]) for source in stock["sources"]] == [
        ("Lyon", 2),
        ("Paris", 0),
    ]


async def test_a_bundle_names_its_parts_in_the_cart_and_in_the_order(shop: Shop) -> None:
    customer = await shop.visit()
    _, cart = await customer.add("DESK-BLUE")
    assert [(part["quantity"], part["name"]) for part in cart["lines"][0]["parts"]] == [
        (1, "Lampe de table"),
        (2, "Tasse, Bleu"),
    ]
    _, order = await customer.order("DESK-BLUE")
    assert order["lines"][0]["quantity"] == 2
    assert [(part["sku"], part["quantity"]) for part in order["lines"][0]["parts"]] == [
        ("LAMP", 1),
        ("MUG-BLUE", 2),
    ]
    assert order["goods"]["amount"] == 13000


async def test_parts_are_held_sold_and_given_back(shop: Shop) -> None:
    buyer, doubter = await shop.visit(), await shop.visit()
    _, order = await buyer.order("DESK-BLUE", 2)
    await doubter.order("DESK-RED")
    assert (await shop.stock("LAMP"), await shop.stock("MUG-BLUE")) == ((40, 3), (8, 4))

    await buyer.pay(order)
    await until(lambda: paid(buyer, order))
    await doubter.call("DELETE", "/api/cart")

    assert await shop.stock("LAMP") == (38, 0)
    assert await shop.stock("MUG-BLUE") == (4, 0)
    assert await shop.stock("MUG-RED") == (1, 0)
    assert await shop.differences() == []


async def paid(customer: Customer, order: Any) -> bool:
    return bool((await customer.current(order))["payment_status"] == "paid")


async def test_a_part_that_two_lines_share_is_counted_once(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("DESK-BLUE", 3)
    status, refusal = await customer.add("MUG-BLUE", 3)
    assert (status, refusal["error"], refusal["details"]["available"]) == (409, "insufficient_stock", 2)
    status, cart = await customer.add("MUG-BLUE", 2)
    assert (status, [line["available"] for line in cart["lines"]]) == (201, [3, 2])


async def test_the_refusal_of_an_order_names_the_line_that_lacks_something(shop: Shop) -> None:
    late, quick = await shop.visit(), await shop.visit()
    await late.add("LAMP", 2)
    await late.add("DESK-BLUE", 4)
    await quick.order("MUG-BLUE", 3)
    status, refusal = await late.order("LAMP", 1)
    assert (status, refusal["error"]) == (409, "insufficient_stock")
    assert refusal["details"] == {"sku": "DESK-BLUE", "quantity": 4, "available": 2}
    assert await shop.stock("LAMP") == (40, 0)


async def test_rivals_for_a_part_never_oversell_it(shop: Shop) -> None:
    """Eight blue mugs, for whoever is first: two at a time, by themselves or in a bundle."""
    rivals = [await shop.visit() for _ in range(16)]
    wishes = [("DESK-BLUE", 1), ("MUG-BLUE", 2)] * 8
    answers = await asyncio.gather(*(rival.order(*wish) for rival, wish in zip(rivals, wishes, strict=True)))
    assert sorted(status for status, _ in answers) == [201] * 4 + [409] * 12
    assert await shop.stock("MUG-BLUE") == (8, 8)
    assert await shop.differences() == []


async def test_rivals_who_name_the_parts_in_another_order_do_not_block_each_other(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        await session.execute(update(Component).values(quantity=1))
    buyers = [await shop.visit() for _ in range(12)]
    for buyer in buyers[::2]:
        await buyer.add("MUG-BLUE")
    answers = await asyncio.gather(
        *(buyer.order(sku) for buyer, sku in zip(buyers, ["LAMP", "DESK-BLUE"] * 6, strict=True))
    )
    assert {status for status, _ in answers} == {201, 409}
    assert sorted(status for status, _ in answers) == [201] * 8 + [409] * 4
    assert await shop.stock("MUG-BLUE") == (8, 8)


async def test_the_price_of_parts_follows_them(shop: Shop) -> None:
    customer = await shop.visit()
    _, cart = await customer.add("DESK-RED")
    assert cart["total"]["amount"] == 7190
    async with shop.database.transaction() as session:
        lamp = (await variant_ids(session, ["LAMP"]))["LAMP"]
        await session.execute(update(Price).filter_by(variant_id=lamp).values(amount=5000))
        await renew_prices(session, [lamp])
    _, cart = await customer.call("GET", "/api/cart")
    assert cart["total"]["amount"] == 6290


async def test_a_bundle_is_not_for_sale_without_one_of_its_parts(shop: Shop) -> None:
    customer = await shop.visit()
    async with shop.database.transaction() as session:
        await session.execute(update(Variant).filter_by(sku="MUG-RED").values(is_visible=False))
    status, refusal = await customer.add("DESK-RED")
    assert (status, refusal["error"]) == (404, "variant_not_found")
    status, _ = await customer.add("DESK-BLUE")
    assert status == 201
