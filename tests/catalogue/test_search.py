from collections.abc import Awaitable, Callable

import pytest

from backend.catalogue.search import Found
from backend.catalogue.understand import understand
from backend.catalogue.variants import variant_ids
from backend.catalogue.vocabulary import Vocabulary
from backend.db import Database

Search = Callable[..., Awaitable[Found]]


def ids(found: Found) -> list[str]:
    return [product.id for product in found.products]


@pytest.mark.parametrize(
    ("language", "words", "first"),
    [
        ("en", "coffee mug", "lune-mug"),
        ("en", "I'm looking for a desk lamp please", "fil-desk-lamp"),
        ("en", "do you have any coffee mugs?", "lune-mug"),
        ("en", "lmap for my desk", "fil-desk-lamp"),
        ("en", "cofee mugg", "lune-mug"),
        ("en", "tshirt", "uni-t-shirt"),
        ("en", "t shirt", "uni-t-shirt"),
        ("en", "T-Shirts", "uni-t-shirt"),
        ("en", "green tea", "loose-green-tea"),
        ("en", "dishwasher", "lune-mug"),
        ("en", "cushion 40 x 40 cm", "duna-cushion"),
        ("fr", "je cherche une lampe de bureau", "fil-desk-lamp"),
        ("fr", "the vert", "loose-green-tea"),
        ("fr", "THÉ VERT", "loose-green-tea"),
        ("fr", "couteau a pain", "ravn-bread-knife"),
        ("fr", "coteau à pain", "ravn-bread-knife"),
        ("fr", "avez-vous des chaussettes\u202f?", "pois-socks"),
        ("fr", "quelque chose pour l\u2019écriture\u00a0: un carnet", "lorme-notebook"),
        ("fr", "a lamp for the desk", "fil-desk-lamp"),
        ("es", "quiero un té negro", "loose-black-tea"),
        ("es", "te verde", "loose-green-tea"),
        ("es", "busco una lampara de escritorio", "fil-desk-lamp"),
        ("es", "camizeta", "uni-t-shirt"),
        ("es", "¿tienes cuchillos de pan?", "ravn-bread-knife"),
        ("es", "notebook", "lorme-notebook"),
    ],
)
async def test_the_customers_own_words_find_the_product(
    search: Search, language: str, words: str, first: str
) -> None:
    assert ids(await search(words, language))[0] == first


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("mugs and cups", ["lune-mug", "rive-espresso-cups", "route-travel-mug"]),
        ("show me your mugs & cups under 20 €", ["lune-mug"]),
        ("kitchen", ["ravn-chef-knife", "ravn-bread-knife", "loose-green-tea", "loose-black-tea"]),
    ],
)
async def test_a_categorys_whole_name_finds_what_is_in_it(
    search: Search, words: str, found: list[str]
) -> None:
    assert ids(await search(words)) == found


@pytest.mark.parametrize("words", ["iphone charger", "bicycle", "xyzzy"])
async def test_what_the_shop_does_not_sell_finds_nothing(search: Search, words: str) -> None:
    assert ids(await search(words)) == []


@pytest.mark.parametrize(
    ("language", "words", "low", "high"),
    [
        ("en", "mug under 30 €", None, 3000),
        ("en", "a mug up to $20", None, 2000),
        ("en", "mug 30€ max", None, 3000),
        ("en", "between 20 and 40 euros", 2000, 4000),
        ("en", "20-40 €", 2000, 4000),
        ("en", "at least 50 euros", 5000, None),
        ("en", "around 40 euros", 3000, 5000),
        ("en", "budget 50", None, 5000),
        ("en", "under €1,299.50", None, 129950),
        ("fr", "moins de 30 euros", None, 3000),
        ("fr", "un cadeau pour ma soeur max 30e", None, 3000),
        ("fr", "moins de cinquante euros", None, 5000),
        ("es", "un regalo, tope 30 euros", None, 3000),
        ("fr", "entre 20 et 40 €", 2000, 4000),
        ("fr", "jusqu'à 19,50 €", None, 1950),
        ("fr", "jusqu\u2019à 1 299 €", None, 129900),
        ("fr", "à partir de 20 €", 2000, None),
        ("fr", "un budget de 50", None, 5000),
        ("fr", "30 € maximum", None, 3000),
        ("es", "menos de 30", None, 3000),
        ("es", "hasta 1.299 €", None, 129900),
        ("es", "unos 40", 3000, 5000),
        ("es", "de 20 a 40 euros", 2000, 4000),
        ("es", "más de 20 €", 2000, None),
        ("es", "como mucho 25 euros", None, 2500),
        ("en", "cushion 40 x 40 cm", None, None),
        ("en", "under 30 cm", None, None),
        ("fr", "un sac de 20 l", None, None),
        ("en", "2 mugs", None, None),
    ],
)
async def test_prices_are_understood_as_each_language_writes_them(
    language: str, words: str, low: int | None, high: int | None
) -> None:
    vocabulary = Vocabulary()
    vocabulary.finish()
    query = understand(vocabulary, words, language)
    assert (query.price_min, query.price_max) == (low, high)


async def test_a_price_that_nothing_has_is_said_and_the_nearest_are_shown(search: Search) -> None:
    found = await search("lamps under 30 euros")
    assert found.relaxed == ["price_max"]
    assert ids(found) == ["nacre-table-lamp", "fil-desk-lamp", "roseau-floor-lamp"]


async def test_a_colour_filters_while_something_of_that_colour_remains(search: Search) -> None:
    assert ids(await search("a blue mug")) == ["lune-mug"]
    assert ids(await search("une tasse noire", "fr")) == ["rive-espresso-cups"]


async def test_a_colour_that_nothing_has_is_named_as_dropped(search: Search) -> None:
    found = await search("a green lamp")
    assert found.relaxed == ["colour"]
    assert "fil-desk-lamp" in ids(found)


async def test_a_colour_that_belongs_to_the_name_filters_nothing_away(search: Search) -> None:
    assert ids(await search("black tea"))[0] == "loose-black-tea"


async def test_a_correction_is_told(search: Search) -> None:
    assert (await search("cofee mug")).corrected == "coffee mug"
    assert (await search("coffee mug")).corrected is None


async def test_cheap_sorts_by_price(search: Search) -> None:
    assert ids(await search("cheap lamps")) == ["nacre-table-lamp", "fil-desk-lamp", "roseau-floor-lamp"]


async def test_sold_out_products_are_left_out_when_stock_is_asked_for(shop: Database, search: Search) -> None:
    async def nothing_but_floor_lamps(session: object, variants: list[str]) -> dict[str, int]:
        async with shop.reading() as reading:
            sold = await variant_ids(reading, ["FLOOR"])
        return {variant: int(variant == sold["FLOOR"]) for variant in variants}

    found = await search("lamps in stock", available=nothing_but_floor_lamps)
    assert found.query.in_stock
    assert ids(found) == ["roseau-floor-lamp"]


@pytest.mark.parametrize(
    ("language", "search_for", "then", "expected"),
    [
        ("en", "lamps", "cheaper", ["nacre-table-lamp"]),
        ("en", "lamps", "show me more", ["nacre-table-lamp"]),
        ("en", "lamps", "in white", ["fil-desk-lamp"]),
        ("en", "lamps", "under 50", ["nacre-table-lamp"]),
        ("en", "lamps", "something less expensive please", ["nacre-table-lamp"]),
        ("en", "lamps", "the lamps under 50", ["nacre-table-lamp"]),
        ("fr", "lampe", "moins cher", ["nacre-table-lamp"]),
        ("fr", "lampe", "en blanc", ["fil-desk-lamp"]),
        ("fr", "lampe", "à moins de 50 euros", ["nacre-table-lamp"]),
        ("fr", "lampe", "montre-m'en d'autres", ["nacre-table-lamp"]),
        ("es", "lámparas", "más baratas", ["nacre-table-lamp"]),
        ("es", "lámparas", "en blanco", ["fil-desk-lamp"]),
        ("es", "lámparas", "muéstrame más", ["nacre-table-lamp"]),
        # One slip, which leaves a word of the language or of the shop.
        ("en", "lamps", "show me other", ["nacre-table-lamp"]),
        ("en", "lamps", "no ore than 50", ["nacre-table-lamp"]),
        ("en", "lamps", "and in whitr?", ["fil-desk-lamp"]),
        ("fr", "lampe", "vous avez mrins cher ?", ["nacre-table-lamp"]),
        ("fr", "lampe", "pas plu de 50", ["nacre-table-lamp"]),
        ("fr", "lampe", "et en blan ?", ["fil-desk-lamp"]),
        ("es", "lámparas", "enséñame otos", ["nacre-table-lamp"]),
        ("es", "lámparas", "como muhco 50", ["nacre-table-lamp"]),
        ("es", "lámparas", "toro", ["nacre-table-lamp"]),
    ],
)
async def test_words_without_a_product_refine_the_last_search(
    search: Search, language: str, search_for: str, then: str, expected: list[str]
) -> None:
    first = await search(search_for, language, limit=2)
    assert sorted(ids(first)) == ["fil-desk-lamp", "roseau-floor-lamp"]
    assert ids(await search(then, language, previous=first.query, limit=2)) == expected


async def test_a_word_like_one_of_shopping_is_still_a_wish(search: Search) -> None:
    lamps = await search("lamps")
    assert (await search("something for legs", previous=lamps.query)).query.sort == "relevance"
    assert (await search("a mug in box", previous=lamps.query)).query.text.startswith("mug")


async def test_another_product_starts_a_new_search(search: Search) -> None:
    lamps = await search("lamps under 50 in white")
    assert (await search("a mug", previous=lamps.query)).query.price_max is None


async def test_bigger_takes_the_next_size(search: Search) -> None:
    shirts = await search("t-shirt size M")
    assert (await search("bigger", previous=shirts.query)).query.options[0].readings == [("size", "l")]
