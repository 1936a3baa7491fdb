"""A comparison as customers read it: as a table, and as text."""

from pathlib import Path
from typing import Any

import pytest

from bot.wording import Wording

RESPONSES = Path(__file__).parents[2] / "data" / "responses"


def product(name: str, amount: int, rating: float, reviews: int, available: int) -> dict[str, Any]:
    return {
        "id": name.lower(), "name": name, "price": {"amount": amount, "currency": "EUR"},
        "list_price": None, "price_varies": "no", "available": available,
        "stock": "in_stock" if available else "sold_out", "rating": rating, "reviews": reviews,
    }  # fmt: skip


def comparison(language: str, *products: dict[str, Any], meant: int = 2) -> dict[str, Any]:
    return Wording.load(RESPONSES).render(
        "utter_comparison",
        language,
        {
            "meant": meant,
            "compared": products,
            "differences": [{"name": "X", "values": ["a", "", ""][: len(products)]}],
        },
        "turn-1",
    )


MUG, CUP = product("Mug", 1600, 4.5, 4, 9), product("Cup", 1250, 0, 0, 0)


@pytest.mark.parametrize(
    ("language", "rows", "line"),
    [
        ("en", ["Price", "Availability", "Rating", "X"], "Price: €16.00"),
        ("fr", ["Prix", "Disponibilité", "Note", "X"], "Prix\u00a0: 16,00\u00a0€"),
        ("es", ["Precio", "Disponibilidad", "Valoración", "X"], "Precio: 16,00\u00a0€"),
    ],
)
def test_the_text_says_what_the_table_shows(language: str, rows: list[str], line: str) -> None:
    answer = comparison(language, MUG, CUP)
    table = answer["table"]
    assert table["columns"] == [{"title": "Mug", "product": "mug"}, {"title": "Cup", "product": "cup"}]
    assert [row["name"] for row in table["rows"]] == rows
    assert table["rows"][-1]["values"] == ["a", "–"]
    _, mug, cup = answer["text"].split("\n\n")
    assert mug.splitlines()[:2] == ["Mug", line]
    assert len(cup.splitlines()) == 1 + len(rows)


def test_a_row_that_nobody_fills_and_a_button_for_what_is_sold_out_are_left_out() -> None:
    answer = comparison("en", CUP, product("Bowl", 900, 0, 0, 2))
    assert "Rating" not in answer["text"]
    assert [choice["title"] for choice in answer["choices"]] == ["Add Bowl", "See Cup", "See Bowl"]


def test_who_asked_for_more_than_three_is_told() -> None:
    assert comparison("en", MUG, CUP, MUG, meant=5)["text"].startswith("That would be 5. The first three")
