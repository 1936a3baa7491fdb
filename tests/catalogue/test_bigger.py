"""Bigger, smaller, lighter, and back to the list: compared with what is in talk."""

from typing import Any

import msgspec
import pytest

from backend.catalogue.listing import Dialogue, ListedProduct, Listing

BAG = {"en": "bag", "fr": "sac", "es": "bolso"}
BAGS = [("1", "20 cm", "300 g"), ("2", "30 cm", "1.2 kg"), ("3", "0.5 m", "900 g"), ("4", None, None)]


@pytest.fixture
def bags() -> Listing:
    lines: list[dict[str, Any]] = [
        {"id": f"{language}{number}", "language": language, "title": f"{name} {number}", "type": name,
         "attributes": {"width": width, "weight": weight}}
        for language, name in BAG.items()
        for number, width, weight in BAGS
    ]  # fmt: skip
    return Listing(msgspec.convert(lines, list[ListedProduct]))


@pytest.mark.parametrize(
    ("language", "turns", "expected"),
    [
        ("en", ["bags", "the first one", "bigger"], ["1234", "1", "23"]),
        ("en", ["bags", "the second one", "something lighter"], ["1234", "2", "31"]),
        ("en", ["bags", "the third one", "a smaller one", "back to the list"], ["1234", "3", "21", "21"]),
        ("en", ["bags", "the second one", "show me the list again"], ["1234", "2", "1234"]),
        ("fr", ["sacs", "le premier", "plus grand"], ["1234", "1", "23"]),
        ("fr", ["sacs", "le deuxième", "plus léger", "retour à la liste"], ["1234", "2", "31", "31"]),
        ("es", ["bolsos", "el primero", "más grande"], ["1234", "1", "23"]),
        ("es", ["bolsos", "el segundo", "más ligero"], ["1234", "2", "31"]),
        ("es", ["bolsos", "el segundo", "vuelve a la lista"], ["1234", "2", "1234"]),
    ],
)  # fmt: skip
async def test_the_nearest_that_is_more_comes_first(
    bags: Listing, language: str, turns: list[str], expected: list[str]
) -> None:
    dialogue = Dialogue(bags, language)
    assert ["".join(product[2:] for product in (await dialogue.say(turn)).ids) for turn in turns] == expected


@pytest.mark.parametrize(
    ("turns", "relaxed"),
    [
        (["bags", "the fourth one", "bigger"], ["unknown_size"]),
        (["bags", "the fourth one", "lighter"], ["unknown_weight"]),
        (["bags", "the third one", "bigger"], ["more_size"]),
        (["bags", "the first one", "lighter"], ["less_weight"]),
    ],
)
async def test_what_cannot_be_compared_or_is_not_there_is_said(
    bags: Listing, turns: list[str], relaxed: list[str]
) -> None:
    dialogue = Dialogue(bags, "en")
    *_, last = [await dialogue.say(turn) for turn in turns]
    assert (last.ids, last.relaxed) == ([], relaxed)
