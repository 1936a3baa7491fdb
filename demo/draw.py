"""Draws the demo shop's pictures from products.csv: `python demo/draw.py`.

The column `drawing` says `kind;detail;colour`; a product with colours, woods or animals gets one picture for
each of them, named by its rows in `variant_picture`. Drawing again gives the same bytes.
"""

import csv
from pathlib import Path

from shapes import KINDS, Picture
from shapes.canvas import ANIMALS, BACKGROUNDS, COLOURS

DEMO = Path(__file__).parent
PICTURED_OPTIONS = ("colour", "wood", "animal")


def pictured_value(row: dict[str, str]) -> str:
    """The value a variant's picture shows, or an empty string."""
    chosen = {row["option1"]: row["value1"], row["option2"]: row["value2"]}
    return next((chosen[option] for option in PICTURED_OPTIONS if option in chosen), "")


def draw(drawing: str, value: str, background: str) -> str:
    shape, detail, colour = (*drawing.split(";"), "white")[:3]
    if value in ANIMALS:
        detail = value
    picture = Picture(COLOURS[value or colour], detail, background)
    KINDS[shape](picture)
    return picture.svg()


def draw_all(products: Path, folder: Path) -> None:
    drawing, background = "", ""
    with products.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["drawing"]:
                drawing = row["drawing"]
                background = BACKGROUNDS[sum(row["handle"].encode()) % len(BACKGROUNDS)]
            svg = draw(drawing, pictured_value(row), background)
            (folder / row["variant_picture"]).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    draw_all(DEMO / "products.csv", DEMO / "pictures")
