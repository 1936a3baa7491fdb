"""What a product's page says of other products, and what others say of the product."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.catalogue.models import PriceList, PriceListEntry, Product, ProductLink, Review, Variant
from backend.clock import HeldClock
from backend.db import Database
from tests.pages.conftest import NOON, Read


@pytest.fixture
async def ids(database: Database) -> dict[str, str]:
    async with database.reading() as session:
        return dict((await session.execute(select(Product.handle, Product.id))).all())


async def reviewed(database: Database, product: str, *texts: str, **said: Any) -> None:
    """One review an hour, each approved."""
    async with database.transaction() as session:
        session.add_all(
            Review(
                **{"rating": 4, "title": "", "author": "Ana", "language": "es", "status": "approved"} | said,
                text=text,
                code=text,
                product_id=product,
                created_at=NOON + timedelta(hours=hour),
                source="test",
            )
            for hour, text in enumerate(texts)
        )


@pytest.mark.parametrize(
    ("language", "rated", "title", "rating", "day"),
    [
        ("en", "4.5 of 5, 2 reviews", "Reviews", "5 of 5", "November 23, 2026"),
        ("fr", "4,5 sur 5, 2 avis", "Avis", "5 sur 5", "23 novembre 2026"),
        ("es", "4,5 de 5, 2 opiniones", "Opiniones", "5 de 5", "23 de noviembre de 2026"),
    ],
)
async def test_a_product_says_how_it_is_rated(
    read: Read,
    database: Database,
    ids: dict[str, str],
    language: str,
    rated: str,
    title: str,
    rating: str,
    day: str,
) -> None:
    await reviewed(database, ids["mug"], "Bonita.")
    await reviewed(database, ids["mug"], "Très jolie.", rating=5, language="fr", title="Oui")
    page = await read("/products/mug", accept=language)
    for words in (rated, title, rating, day, "Bonita.", "Oui"):
        assert words in page.text
    assert '<p class="words" lang="fr">Très jolie.</p>' in page.source


async def test_nothing_is_said_of_a_product_without_approved_reviews(
    read: Read, database: Database, ids: dict[str, str]
) -> None:
    await reviewed(database, ids["mug"], "Buy my pills", status="pending")
    page = await read("/products/mug")
    assert "Buy my pills" not in page.text
    assert "Reviews" not in page.text


async def test_a_review_is_never_markup(read: Read, database: Database, ids: dict[str, str]) -> None:
    await reviewed(database, ids["mug"], "<script>alert(1)</script> [a](https://b.example) <b>", title="<i>")
    page = await read("/products/mug")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [a](https://b.example) &lt;b&gt;</p>" in page.source
    assert "<i>" not in page.source


async def test_older_reviews_are_on_the_next_page(
    read: Read, database: Database, ids: dict[str, str]
) -> None:
    await reviewed(database, ids["mug"], *(f"Review {number}." for number in range(7)))
    first = await read("/products/mug")
    assert "Review 6." in first.text
    assert "Review 1." not in first.text
    link = first.source.partition("?reviews=")[2].partition("#")[0]
    rest = await read(f"/products/mug?reviews={link}")
    assert "Review 1." in rest.text
    assert "Review 2." not in rest.text
    assert "More reviews" not in rest.text


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Goes well with it"), ("fr", "Va bien avec"), ("es", "Combina bien")]
)
async def test_what_goes_with_a_product_is_shown_if_it_can_be_had(
    read: Read, database: Database, ids: dict[str, str], language: str, title: str
) -> None:
    async with database.transaction() as session:
        session.add_all(
            ProductLink(product_id=ids["mug"], kind="complementary", linked_id=ids[linked], position=place)
            for place, linked in enumerate(("lamp", "trick"))
        )
    page = await read("/products/mug", accept=language)
    assert title in page.text
    assert 'href="/products/trick"' in page.source
    assert 'href="/products/lamp"' not in page.source


async def test_without_links_nothing_is_promised(read: Read) -> None:
    page = await read("/products/mug")
    assert "Goes well with it" not in page.text


async def red_mugs_are_on_sale(database: Database) -> None:
    """For 9.90 instead of 12.90, and from ten on for 9.00."""
    async with database.transaction() as session:
        red = (await session.scalars(select(Variant.id).filter_by(sku="MUG-RED"))).one()
        sale = PriceList(code="sale", name={}, currency="EUR", ends_at=NOON + timedelta(hours=1))
        session.add(sale)
        await session.flush()
        session.add_all(
            PriceListEntry(price_list_id=sale.id, variant_id=red, minimum_quantity=minimum, amount=amount)
            for minimum, amount in ((1, 990), (10, 900))
        )


@pytest.mark.parametrize(
    ("language", "price", "many"),
    [
        ("en", "€9.90 instead of €12.90", "10 or more: €9.00 each"),
        ("fr", "9,90\u00a0€ au lieu de 12,90\u00a0€", "À partir de 10\u00a0: 9,00\u00a0€ pièce"),
        ("es", "9,90\u00a0€ en lugar de 12,90\u00a0€", "10 o más: 9,00\u00a0€ por unidad"),
    ],
    ids=["en", "fr", "es"],
)
async def test_a_lower_price_says_in_words_what_is_usual_and_what_many_cost(
    read: Read, database: Database, language: str, price: str, many: str
) -> None:
    await red_mugs_are_on_sale(database)
    page = await read("/products/mug?variant=MUG-RED", accept=language)
    for words in (price, many):
        assert " ".join(words.split()) in page.text


async def test_when_the_sale_is_over_nothing_is_said_of_it(
    read: Read, database: Database, clock: HeldClock
) -> None:
    await red_mugs_are_on_sale(database)
    clock.advance(timedelta(hours=1))
    page = await read("/products/mug?variant=MUG-RED")
    assert "€12.90" in page.text
    assert "instead of" not in page.text
    assert "or more" not in page.text


async def test_a_list_of_products_says_what_the_cheapest_usually_costs(
    read: Read, database: Database
) -> None:
    await red_mugs_are_on_sale(database)
    page = await read("/categories/table")
    assert "from €9.90 instead of €12.90" in page.text
