"""What is in the cart, as a part of a page for whoever shows the conversation's token."""

from collections.abc import Awaitable, Callable

import pytest

from backend.db import Database
from backend.promotions.models import Promotion
from tests.pages.conftest import Client, Read
from tests.pages.test_products import red_mugs_are_on_sale

Add = Callable[[str, int], Awaitable[str]]


@pytest.fixture
def add(client: Client) -> Add:
    """Into a new conversation's cart; answers the Authorization header."""

    async def add(sku: str, quantity: int) -> str:
        started = await (await client.post("/api/conversations", json={})).json()
        authorization = f"Bearer {started['token']}"
        line = {"sku": sku, "quantity": quantity}
        headers = {"Authorization": authorization, "Idempotency-Key": "the first"}
        added = await client.post("/api/cart/lines", json=line, headers=headers)
        assert added.status == 201
        return authorization

    return add


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Your cart is empty."),
        ("fr", "Votre panier est vide."),
        ("es", "Tu carrito está vacío."),
    ],
)
async def test_before_anything_is_said_the_cart_is_empty(read: Read, language: str, says: str) -> None:
    contents = await read("/cart/contents", accept=language)

    assert contents.status == 200
    assert says in contents.text
    assert contents.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("language", "line", "total"),
    [
        ("en", "Mug €12.90 each €25.80 Colour", "2 items €25.80"),
        ("fr", "Tasse 12,90 € pièce 25,80 € Couleur", "2 articles 25,80 €"),
        ("es", "Taza 12,90 € por unidad 25,80 € Color", "2 artículos 25,80 €"),
    ],
)
async def test_the_cart_is_shown_in_the_readers_language(
    read: Read, add: Add, language: str, line: str, total: str
) -> None:
    token = await add("MUG-RED", 2)

    contents = await read("/cart/contents", accept=language, Authorization=token)

    assert line in contents.text
    assert total in contents.text
    assert 'data-quantity="2" data-version="1"' in contents.source


async def test_an_option_leads_to_the_variant_that_has_it(read: Read, add: Add) -> None:
    contents = await read("/cart/contents", Authorization=await add("MUG-RED", 1))

    assert '<option value="MUG-RED" selected>Red</option>' in contents.source
    assert '<option value="MUG-BLUE">Blue</option>' in contents.source
    assert '<option value="MUG-GREY" disabled>Grey (sold out)</option>' in contents.source


async def test_the_cart_of_somebody_else_is_not_shown(read: Read, add: Add) -> None:
    token = await add("MUG-RED", 1)

    assert (await read("/cart/contents", Authorization=token + "x")).status == 401
    assert "Your cart is empty." in (await read("/cart/contents")).text


async def test_the_page_itself_is_the_same_for_everybody(read: Read, add: Add) -> None:
    token = await add("MUG-RED", 1)

    assert (await read("/cart", Authorization=token)).source == (await read("/cart")).source


async def test_a_product_that_is_there_can_be_put_into_the_cart(read: Read) -> None:
    assert 'data-add="MUG-BLUE"' in (await read("/products/mug?variant=MUG-BLUE")).source
    assert "data-add" not in (await read("/products/mug?variant=MUG-GREY")).source


async def test_a_line_says_what_each_usually_costs_and_what_more_of_it_would(
    add: Add, read: Read, database: Database
) -> None:
    await red_mugs_are_on_sale(database)
    few = await read("/cart/contents", Authorization=await add("MUG-RED", 2))
    assert "€9.90 each instead of €12.90 10 or more: €9.00 each €19.80" in few.text
    many = await read("/cart/contents", Authorization=await add("MUG-RED", 10))
    assert "€9.00 each instead of €12.90" in many.text
    assert "€90.00" in many.text


async def test_the_cart_says_what_makes_it_cheaper_and_what_is_a_gift(
    read: Read, add: Add, database: Database
) -> None:
    common = {"level": "cart", "description": {}, "conditions": {}, "applies_to": {}, "customer_groups": []}
    names = {"en": "Summer sale"}, {"en": "A mug for you"}
    async with database.transaction() as session:
        session.add_all(
            [
                Promotion(code="summer", name=names[0], action="percent", terms={"percent": "10"}, **common),
                Promotion(code="gift", name=names[1], action="gift", terms={"sku": "MUG-RED"}, **common),
            ]
        )
    authorization = await add("MUG-BLUE", 1)

    page = await read("/cart/contents", Authorization=authorization)

    assert "Summer sale: −€1.29" in page.text
    assert "A mug for you: −€12.90" in page.text
    assert "Our gift" in page.text
    assert "Goods €25.80 Discount −€14.19 2 items €11.61" in page.text
    assert page.source.count("data-remove") == 1


@pytest.mark.parametrize(
    ("language", "title", "news", "back"),
    [
        ("en", "Kept for later", "cheaper than when you kept it", "Move to the cart"),
        ("fr", "Gardé pour plus tard", "de moins que lorsque vous l'avez gardé", "Mettre au panier"),
        ("es", "Guardado para después", "menos que cuando lo guardaste", "Pasar al carrito"),
    ],
)
async def test_what_is_kept_for_later_stands_below_the_cart(
    read: Read, client: Client, add: Add, database: Database, language: str, title: str, news: str, back: str
) -> None:
    token = await add("MUG-RED", 2)
    kept = await client.put("/api/wishes/MUG-RED", headers={"Authorization": token})
    assert kept.status == 200
    await red_mugs_are_on_sale(database)

    contents = await read("/cart/contents", accept=language, Authorization=token)

    assert title in contents.text
    assert news in contents.text
    assert back in contents.text
