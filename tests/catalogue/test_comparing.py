"""Which products are compared, and in what they differ."""

from collections.abc import Sequence

import pytest

from backend.catalogue.comparing import differences
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching.several import match_several
from backend.catalogue.read import products
from backend.catalogue.views import Shopper
from backend.db import Database

LAMPS = ("fil-desk-lamp", "roseau-floor-lamp", "nacre-table-lamp")
DESK, FLOOR, TABLE = LAMPS
MUG, CUPS = "lune-mug", "rive-espresso-cups"


@pytest.mark.parametrize(
    ("language", "words", "compared"),
    [
        ("en", "compare the first two", [DESK, FLOOR]),
        ("en", "compare the two", [DESK, FLOOR]),
        ("en", "compare 1 and 3", [DESK, TABLE]),
        ("en", "what's the difference between the second and the last one?", [FLOOR, TABLE]),
        ("en", "compare the last two", [FLOOR, TABLE]),
        ("en", "compare them", list(LAMPS)),
        ("en", "which one is better", list(LAMPS)),
        ("en", "which is better, the Lune or the Rive?", [MUG, CUPS]),
        ("en", "Lune mug vs Rive espresso cups vs the first one", [DESK, MUG, CUPS]),
        ("en", "compare the first with the Lune mug", [DESK, MUG]),
        ("en", "compare the Lune mug", [MUG]),
        ("fr", "compare les deux premiers", [DESK, FLOOR]),
        ("fr", "compare la 1 et la 3", [DESK, TABLE]),
        ("fr", "quelle est la différence entre la première et la dernière ?", [DESK, TABLE]),
        ("fr", "comparez-les", list(LAMPS)),
        ("fr", "la Lune ou la Rive, laquelle est mieux ?", [MUG, CUPS]),
        ("fr", "les deux dernières côte à côte", [FLOOR, TABLE]),
        ("es", "compara los dos primeros", [DESK, FLOOR]),
        ("es", "diferencia entre la primera y la segunda", [DESK, FLOOR]),
        ("es", "compara la 1 y la 3", [DESK, TABLE]),
        ("es", "compáralas", list(LAMPS)),
        ("es", "¿cuál es mejor, la Lune o la Rive?", [MUG, CUPS]),
        ("es", "compara las dos últimas", [FLOOR, TABLE]),
    ],
)
async def test_what_is_compared_is_named_pointed_at_or_all_that_is_shown(
    shop: Database, index: ShopIndex, language: str, words: str, compared: list[str]
) -> None:
    assert await several(shop, index, words, language, shown=LAMPS) == compared


async def test_one_that_is_named_is_compared_with_the_one_in_talk(shop: Database, index: ShopIndex) -> None:
    assert await several(shop, index, "compare it with the Rive cups", focus=MUG) == [MUG, CUPS]
    assert await several(shop, index, "compare it to the second one", shown=LAMPS, focus=DESK) == [
        DESK,
        FLOOR,
    ]


async def test_without_a_list_and_a_name_there_is_nothing_to_compare(
    shop: Database, index: ShopIndex
) -> None:
    assert await several(shop, index, "compare the first two") == []
    assert await several(shop, index, "compare them", focus=MUG) == [MUG]


async def test_only_what_differs_is_told_in_the_customers_language(shop: Database) -> None:
    async with shop.reading() as session:
        views = await products(session, [MUG, CUPS], Shopper("fr", "EUR"))
    rows = {row.name: row.values for row in differences(views, 8)}
    assert rows["Couleur"] == ["Blanc, Bleu, Vert", "Blanc, Noir"]
    assert all(len(set(values)) > 1 for values in rows.values())
    assert len(differences(views, 1)) == 1


async def several(
    shop: Database,
    index: ShopIndex,
    words: str,
    language: str = "en",
    shown: Sequence[str] = (),
    focus: str | None = None,
) -> list[str]:
    async with shop.reading() as session:
        found = await match_several(session, index, words, Shopper(language, "EUR"), shown=shown, focus=focus)
    return [product.id for product in found]
