import pytest

from backend.catalogue import read
from backend.catalogue.read import ProductNotFound
from backend.catalogue.views import AttributeView, CategoryView, OptionValue, Shopper
from backend.db import Database
from backend.money import Money

FRENCH = Shopper("fr", "EUR")


async def test_a_product_is_told_in_the_language_and_currency_of_the_shopper(shop: Database) -> None:
    async with shop.reading() as session:
        mug = await read.find_product(session, "lune-mug", FRENCH)
    assert mug.name == "Tasse en grès Lune"
    assert mug.category == "Tasses"
    assert mug.price == Money(1600, "EUR")
    assert mug.price_varies
    assert mug.image == "/pictures/lune-mug.svg"
    assert mug.url == "/products/lune-mug?lang=fr"
    assert mug.options[0].values[0] == OptionValue("white", "Blanc")
    assert mug.attributes[0] == AttributeView("Matière", "Grès")
    assert [variant.name for variant in mug.variants] == ["Bleu", "Blanc", "Vert"]


async def test_a_missing_text_falls_back_to_english_then_to_any() -> None:
    assert read.text_in({"en": "Mug", "fr": "Tasse"}, "es") == "Mug"
    assert read.text_in({"fr": "Tasse"}, "es") == "Tasse"


async def test_prices_are_those_of_the_currency(shop: Database) -> None:
    async with shop.reading() as session:
        product = await read.find_product(session, "rive-espresso-cups", Shopper("en", "USD"))
    prices = {variant.name: variant.price for variant in product.variants}
    assert prices["Set of 4, White"] == Money(4600, "USD")


async def test_what_is_not_for_sale_is_not_found(shop: Database) -> None:
    async with shop.reading() as session:
        with pytest.raises(ProductNotFound):
            await read.find_product(session, "lune-mugs", FRENCH)
        with pytest.raises(ProductNotFound):
            await read.find_product(session, "lune-mug", Shopper("fr", "GBP"))


async def test_categories_are_a_tree(shop: Database) -> None:
    async with shop.reading() as session:
        home, kitchen, clothing = await read.list_categories(session, "es")
    assert home.children == [
        CategoryView("tableware", "Tazas", []),
        CategoryView("lighting", "Iluminación", []),
    ]
    assert [kitchen.name, clothing.name] == ["Cocina", "Ropa"]


async def test_a_category_begins_with_what_lies_below_it(shop: Database) -> None:
    async with shop.reading() as session:
        first = await read.first_products(session, FRENCH, "home", limit=7)
        nothing = await read.first_products(session, FRENCH, "homes")
    assert [product.id for product in first[5:]] == ["nacre-table-lamp", "duna-cushion"]
    assert nothing == []
