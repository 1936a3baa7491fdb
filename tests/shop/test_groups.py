"""Groups: a page that shows several products together, each sold by itself."""

import pytest

from backend.catalogue.components import set_prices, sums
from backend.catalogue.models import Component, Product, Variant
from backend.catalogue.variants import variant_ids
from tests.shop.conftest import Shop


@pytest.fixture(autouse=True)
async def evening(shop: Shop) -> None:
    """A lamp and two blue mugs, bought one by one or all at once."""
    name = {"en": "A quiet evening", "fr": "Une soirée calme", "es": "Una noche tranquila"}
    async with shop.database.transaction() as session:
        ids = await variant_ids(session, ["LAMP", "MUG-BLUE"])
        product = Product(
            handle="evening", name=name, description=name, keywords={}, options=[], attributes=[], pictures=[]
        )
        session.add(product)
        await session.flush()
        group = Variant(
            sku="EVENING",
            product_id=product.id,
            options={},
            kind="group",
            is_priced_by_parts=True,
            prices=[],
            components=[
                Component(part_id=ids["LAMP"], quantity=1, position=0),
                Component(part_id=ids["MUG-BLUE"], quantity=2, position=1),
            ],
        )
        session.add(group)
        await session.flush()
        await set_prices(session, group, await sums(session, group.id))


async def test_the_set_puts_each_of_its_members_into_the_cart(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("MUG-BLUE")
    status, cart = await customer.add("EVENING", 2)
    assert status == 201
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("MUG-BLUE", 5), ("LAMP", 2)]
    assert cart["total"]["amount"] == 5 * 1290 + 2 * 5900


async def test_a_set_that_cannot_be_had_whole_adds_nothing(shop: Shop) -> None:
    customer = await shop.visit()
    status, refusal = await customer.add("EVENING", 5)
    assert (status, refusal["error"]) == (409, "insufficient_stock")
    assert (refusal["details"]["sku"], refusal["details"]["available"]) == ("MUG-BLUE", 8)
    _, cart = await customer.call("GET", "/api/cart")
    assert cart["lines"] == []


async def test_the_page_of_a_group_shows_each_of_its_members(shop: Shop) -> None:
    async with shop.http.get(f"{shop.settings.public_url}/products/evening?lang=fr") as answer:
        page = await answer.text()
    assert "Ajouter le lot au panier" in page
    assert "84,80" in page
    assert "2 × Tasse, Bleu" in page
    assert "/products/mug?" in page
