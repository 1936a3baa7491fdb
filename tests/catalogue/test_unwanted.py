"""What customers do not want is left out, in three languages, over several turns."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backend.catalogue.search import Found
from backend.cli import commands

Search = Callable[..., Awaitable[Found]]

SOFAS = [
    ("Norvik", ("red", "rouge", "rojo"), ("leather", "cuir", "cuero")),
    ("Norvik", ("blue", "bleu", "azul"), ("velvet", "velours", "terciopelo")),
    ("Albera", ("red", "rouge", "rojo"), ("velvet", "velours", "terciopelo")),
    ("Albera", ("green", "vert", "verde"), ("wool", "laine", "lana")),
]
SOFA = {"en": "sofa", "fr": "canapé", "es": "sofá"}


@pytest.fixture
def sofas(tmp_path: Path) -> Path:
    """The same four sofas for each language, with ids from 1 to 4."""
    path = tmp_path / "sofas.jsonl"
    lines = [
        {"id": f"{language}{number}", "language": language, "title": f"{brand} {SOFA[language]}",
         "type": SOFA[language], "brand": brand, "price": 100 * number,
         "attributes": {"colour": colours[place], "material": materials[place]}}
        for place, language in enumerate(SOFA)
        for number, (brand, colours, materials) in enumerate(SOFAS, start=1)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def asked(command: str, sofas: Path, line: dict[str, Any]) -> dict[str, Any]:
    result = CliRunner().invoke(commands, [command, "--index-from", str(sofas)], input=json.dumps(line))
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def shown(sofas: Path, language: str, *turns: str) -> list[str]:
    """The numbers of what is on the screen after each turn; behind a tilde what is only nearest."""
    dialogue = asked("search-dialogues", sofas, {"id": "d", "language": language, "turns": turns})
    return [
        "".join(sorted(product[2:] for product in turn["ids"]))
        + ("~" + "".join(sorted(product[2:] for product in turn["nearest"])) if turn["nearest"] else "")
        for turn in dialogue["turns"]
    ]


@pytest.mark.parametrize(
    ("language", "turns", "expected"),
    [
        ("en", ["a sofa but not in leather", "not Norvik", "any brand"], ["234", "34", "234"]),
        ("en", ["sofas", "anything but red", "no wool", "red after all"], ["1234", "24", "2", "13"]),
        ("en", ["red sofas", "another colour", "any colour will do"], ["13", "24", "1234"]),
        ("en", ["Norvik sofas", "a different brand"], ["1234", "34"]),
        ("en", ["sofas", "the third one", "I don't like that brand"], ["1234", "3", "12"]),
        ("en", ["sofas", "neither red nor blue"], ["1234", "4"]),
        ("en", ["sofas", "a colour other than green"], ["1234", "123"]),
        ("en", ["sofas", "not Norvikk"], ["1234", "34"]),
        ("fr", ["un canapé mais pas en cuir", "sans laine", "une autre marque"], ["234", "23", "3"]),
        ("fr", ["canapés", "tout sauf le rouge", "rouge finalement"], ["1234", "24", "13"]),
        ("fr", ["canapés", "autre couleur que le bleu"], ["1234", "134"]),
        ("fr", ["canapés", "je n'aime pas cette marque", "n'importe quelle marque"], ["1234", "34", "1234"]),
        ("fr", ["canapés", "pas de cuir ni de laine"], ["1234", "23"]),
        ("fr", ["canapés", "le rouge ne me plaît pas"], ["1234", "24"]),
        ("es", ["un sofá que no sea de cuero", "sin lana", "otra marca"], ["234", "23", "3"]),
        ("es", ["sofás", "que no sea azul", "no me gusta esa marca"], ["1234", "134", "34"]),
        ("es", ["sofás", "esa marca no", "me da igual la marca"], ["1234", "34", "1234"]),
        ("es", ["sofás rojos", "otro color", "rojo al final"], ["13", "24", "13"]),
        ("es", ["sofás", "nada de cuero ni lana"], ["1234", "23"]),
    ],
)  # fmt: skip
def test_what_is_not_wanted_is_left_out_until_it_is_wanted_again(
    sofas: Path, language: str, turns: list[str], expected: list[str]
) -> None:
    assert shown(sofas, language, *turns) == expected


def test_when_nothing_else_is_left_it_is_said_and_the_rest_is_shown(sofas: Path) -> None:
    turns = ["sofas", "not Norvik", "not Albera"]
    dialogue = asked("search-dialogues", sofas, {"id": "d", "language": "en", "turns": turns})
    assert dialogue["turns"][2]["relaxed"] == ["not_brand"]
    assert dialogue["turns"][2]["nearest"] == ["en3", "en4"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "no, in red"), ("fr", "non, en rouge"), ("es", "no, en rojo")],
)
def test_a_no_that_answers_refuses_nothing_that_follows(sofas: Path, language: str, words: str) -> None:
    assert shown(sofas, language, SOFA[language], words) == ["1234", "13"]


@pytest.mark.parametrize(
    ("language", "words", "text"),
    [("en", "sofa without wheels", "wheels"), ("fr", "un canapé sans roulettes", "roulettes"),
     ("es", "un sofá sin patas", "patas")],
)  # fmt: skip
def test_what_the_shop_has_no_value_for_stays_text(sofas: Path, language: str, words: str, text: str) -> None:
    frame = asked("understand-query", sofas, {"language": language, "text": words})["frame"]
    assert text in frame["text"]
    assert "unwanted" not in frame


def test_the_frame_names_what_is_not_wanted(sofas: Path) -> None:
    words = "a blue sofa, not in leather or wool, but no Albera"
    frame = asked("understand-query", sofas, {"language": "en", "text": words})["frame"]
    assert frame["unwanted"] == {"material": ["leather", "wool"], "brand": ["Albera"]}
    assert frame["attributes"] == {"colour": "blue"}


async def test_a_product_stays_for_its_other_variants(search: Search) -> None:
    found = await search("mugs, not blue")
    assert "lune-mug" in [product.id for product in found.products]
    assert (found.without, found.unavoidable) == (["blue"], [])
    assert found.query.unwanted


async def test_what_only_comes_as_unwanted_is_named(search: Search) -> None:
    lamps = await search("lamps")
    brands = [product.brand for product in lamps.products]
    found = lamps
    for brand in brands:
        found = await search(f"not {brand}", previous=found.query)
    assert found.relaxed == ["not_brand"]
    assert found.unavoidable == [brands[-1]]
