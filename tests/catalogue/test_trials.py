"""The engine on a list of products, through the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backend.cli import commands

PRODUCTS = [
    {"id": "1", "language": "en", "title": "Norvik red velvet sofa", "type": "sofa", "brand": "Norvik",
     "attributes": {"colour": "red", "material": "velvet"}, "price": 349.5, "stock": 3},
    {"id": "2", "language": "en", "title": "Albera blue velvet sofa", "type": "sofa", "brand": "Albera",
     "attributes": {"colour": "blue", "material": "velvet"}, "price": 249, "stock": 0},
    {"id": "3", "language": "en", "title": "Norvik red glass desk", "type": "desk", "brand": "Norvik",
     "attributes": {"colour": "red", "material": "glass"}, "price": 120, "stock": 1},
    {"id": "4", "language": "fr", "title": "Canapé en velours rouge", "type": "canapé", "price": 1299,
     "attributes": {"colour": "rouge", "material": "velours"}},
    {"id": "5", "language": "fr", "title": "Bureau en verre blanc", "type": "bureau", "price": 99,
     "attributes": {"colour": "blanc", "material": "verre"}},
    {"id": "6", "language": "es", "title": "Sofá de terciopelo rojo", "type": "sofá", "price": 899,
     "attributes": {"colour": "rojo", "material": "terciopelo"}},
    {"id": "7", "language": "en", "title": "Clear drinking glass", "type": "glass", "price": 5},
]  # fmt: skip


@pytest.fixture
def products(tmp_path: Path) -> Path:
    path = tmp_path / "products.jsonl"
    path.write_text("".join(json.dumps(product) + "\n" for product in PRODUCTS))
    return path


def asked(command: str, products: Path, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    said = "".join(json.dumps(line) + "\n" for line in lines)
    result = CliRunner().invoke(commands, [command, "--index-from", str(products)], input=said)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("language", "text", "best"),
    [
        ("en", "red sofa", "1"),
        ("en", "a red couch, please", "1"),
        ("en", "rde sofza", "1"),
        ("en", "settee under 300", "2"),
        ("en", "glass desk", "3"),
        ("en", "glasses", "7"),
        ("fr", "je cherche un canapé rouge", "4"),
        ("fr", "divan", "4"),
        ("fr", "CANAPE EN VELOUR ROUJE", "4"),
        ("fr", "bureaux blancs", "5"),
        ("es", "¿tienen sofás rojos?", "6"),
        ("es", "un diván de terciopelo", "6"),
    ],
)
def test_the_best_is_ranked_first(products: Path, language: str, text: str, best: str) -> None:
    (found,) = asked("search", products, {"id": "q", "language": language, "text": text})
    assert found["ids"][0] == best


def test_what_is_only_like_it_comes_after_what_is_as_wished(products: Path) -> None:
    (found,) = asked("search", products, {"id": "q", "language": "en", "text": "a red sofa"})
    assert found["ids"][:2] == ["1", "2"]


@pytest.mark.parametrize(
    ("language", "text", "frame"),
    [
        (
            "en",
            "i need a red velvet couch from Norvik between 200 and 400 dollars in stock",
            {"type": "sofa", "brand": "Norvik", "attributes": {"colour": "red", "material": "velvet"},
             "price_min": 200, "price_max": 400, "in_stock": True},
        ),
        ("en", "a glass desk", {"type": "desk", "attributes": {"material": "glass"}}),
        ("en", "cheapest sofas", {"type": "sofa", "sort": "price"}),
        (
            "fr",
            "un bureau en verre blanc à moins de 1 299,50 €",
            {"type": "bureau", "attributes": {"colour": "blanc", "material": "verre"}, "price_max": 1299.5},
        ),
        ("fr", "une table blanche", {"attributes": {"colour": "blanc"}}),
        (
            "es",
            "busco un sofá rojo de 300 a 1.299 €",
            {"type": "sofá", "attributes": {"colour": "rojo"}, "price_min": 300, "price_max": 1299},
        ),
    ],
)  # fmt: skip
def test_a_request_is_read_into_slots(
    products: Path, language: str, text: str, frame: dict[str, Any]
) -> None:
    (found,) = asked("understand-query", products, {"language": language, "text": text})
    assert {slot: value for slot, value in found["frame"].items() if slot != "text"} == frame


def test_a_dialogue_refines_points_and_says_when_nothing_is_left(products: Path) -> None:
    turns = ["sofas", "the second one", "cheaper", "only in stock", "desks"]
    (found,) = asked("search-dialogues", products, {"id": "d", "language": "en", "turns": turns})
    assert [turn["ids"] for turn in found["turns"]] == [["1", "2"], ["2"], ["2"], [], ["3"]]
    assert (found["turns"][3]["relaxed"], found["turns"][3]["nearest"]) == (["price_max"], ["1"])


@pytest.mark.parametrize(
    ("language", "found", "turns"),
    [
        ("en", "1", ["red sofas", "the third one", "only in stock"]),
        ("fr", "4", ["canapés rouges", "parlez-moi du troisième", "seulement ce qui est en stock"]),
        ("es", "6", ["sofás rojos", "cuéntame del tercero", "solo en stock"]),
    ],
)
def test_a_position_that_the_list_does_not_have_changes_nothing(
    products: Path, language: str, found: str, turns: list[str]
) -> None:
    (told,) = asked("search-dialogues", products, {"id": "d", "language": language, "turns": turns})
    assert [turn["ids"] for turn in told["turns"]] == [[found], [], [found]]


def test_what_was_only_near_is_no_price_to_be_below(products: Path) -> None:
    turns = ["sofas", "in red", "show me others", "cheaper"]
    (told,) = asked("search-dialogues", products, {"id": "d", "language": "en", "turns": turns})
    assert [turn["ids"] for turn in told["turns"]] == [["1", "2"], ["1"], [], ["1"]]


def test_what_a_thing_is_made_of_is_not_what_is_looked_for(products: Path) -> None:
    (found,) = asked(
        "understand-query", products, {"language": "en", "text": "a glass xylophone, not the drinking kind"}
    )
    assert "type" not in found["frame"]


@pytest.mark.parametrize(
    "text", ["", "the of and", "?!", "😀😀😀", "أحمر", "<script>alert(1)</script>", "red " * 2_500]
)
def test_any_text_is_answered(products: Path, text: str) -> None:
    (found,) = asked("search", products, {"id": "q", "language": "en", "text": text})
    assert isinstance(found["ids"], list)


def test_a_line_that_cannot_be_read_is_named(products: Path) -> None:
    result = CliRunner().invoke(
        commands,
        ["search", "--index-from", str(products)],
        input='{"id": "1", "language": "de", "text": "Sofa"}\n',
    )
    assert result.exit_code == 1
    assert "line 1: Invalid enum value 'de'" in result.stderr
