"""What is shown first is not all alike, where as good others exist."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from backend.catalogue.listing import ListedProduct, Listing
from backend.catalogue.search import Found, rank, search_products
from backend.catalogue.understand import understand

COLOURS = ("red", "blue", "green", "white")


def vases(count: int, brand: str, colours: tuple[str, ...] = COLOURS) -> list[dict[str, Any]]:
    return [
        {"id": f"{brand}{number}", "language": "en", "title": "Vase" + " of glass" * (brand != "Albera"),
         "type": "vase", "brand": brand, "attributes": {"colour": colours[number % len(colours)]},
         "category": f"shelf {number}"}
        for number in range(count)
    ]  # fmt: skip


def listed(*products: dict[str, Any]) -> Listing:
    return Listing(msgspec.convert(list(products), list[ListedProduct]))


async def search(listing: Listing, words: str, limit: int = 5) -> Found:
    return await search_products(listing.shelves("en"), listing.index, words, limit=limit)


def most(found: Found, of: str) -> int:
    return max(Counter(getattr(product, of) for product in found.products).values())


async def test_three_cards_of_a_brand_are_enough_when_ten_others_exist() -> None:
    listing = listed(*vases(8, "Albera"), *vases(10, "Norvik"))
    found = await search(listing, "vases")
    assert most(found, "brand") == 3
    assert found.total == 18


async def test_with_fewer_others_the_order_stays() -> None:
    listing = listed(*vases(8, "Albera"), *vases(9, "Norvik"))
    assert most(await search(listing, "vases"), "brand") == 5


@pytest.mark.parametrize(("colours", "most_red"), [(("red",), 3), (COLOURS, 2)])
async def test_colours_are_mixed_too(colours: tuple[str, ...], most_red: int) -> None:
    listing = listed(*vases(8, "Albera", colours), *vases(10, "Norvik", ("blue", "green")))
    red = {
        product["id"] for product in vases(8, "Albera", colours) if product["attributes"]["colour"] == "red"
    }
    found = await search(listing, "vases")
    assert len([product for product in found.products if product.id in red]) <= most_red


async def test_who_asks_for_a_brand_sees_as_much_of_it_as_there_is() -> None:
    listing = listed(*vases(8, "Albera"), *vases(10, "Norvik"))
    assert most(await search(listing, "Albera vases"), "brand") == 5


async def test_who_asks_for_a_price_order_gets_it() -> None:
    listing = listed(*vases(8, "Albera"), *vases(10, "Norvik"))
    assert most(await search(listing, "cheapest vases"), "brand") == 5


async def test_the_ranking_is_not_changed() -> None:
    listing = listed(*vases(8, "Albera"), *vases(10, "Norvik"))
    query = understand(listing.index.vocabulary, "vases", "en")
    ranked = await rank(listing.shelves("en"), listing.index, query)
    assert all(product.startswith("Albera") for product in ranked[:8])


async def test_the_next_page_repeats_nothing() -> None:
    listing = listed(*vases(8, "Albera"), *vases(10, "Norvik"))
    first = await search(listing, "vases")
    second = await search_products(
        listing.shelves("en"), listing.index, "show me more", previous=first.query, limit=5
    )
    assert not {product.id for product in first.products} & {product.id for product in second.products}
