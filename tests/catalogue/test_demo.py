"""What the demo's own files must hold beside what the importer checks."""

import csv
import re
from math import prod

from backend.catalogue.importing.parsed import ParsedPriceList
from backend.catalogue.importing.price_lists import read_price_lists
from backend.catalogue.option_words import SIZE_OPTIONS
from backend.catalogue.reviews import STATUSES
from backend.config import CURRENCIES, LANGUAGES, ROOT

UNITS = {"l": 1000, "kg": 1000, "m": 100}


def measure(value: str) -> float:
    """An area, a length, a volume or a weight: "40x60" is 2400, "1_5l" is 1500."""
    figures, unit = re.fullmatch(r"([\d_x]+)([a-z]*)", value).groups()  # type: ignore[union-attr]
    return prod(float(figure.replace("_", ".")) for figure in figures.split("x")) * UNITS.get(unit, 1)


def test_measures_go_from_small_to_big() -> None:
    """ "The small one" is the first of two."""
    with (ROOT / "demo" / "vocabulary.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "option" and row["value"]]
    for option in SIZE_OPTIONS - {"size"}:
        measures = [measure(row["value"]) for row in rows if row["code"] == option]
        assert measures == sorted(measures)


def test_reviews_are_in_every_language_and_some_wait() -> None:
    with (ROOT / "demo" / "reviews.csv").open(encoding="utf-8", newline="") as file:
        reviews = list(csv.DictReader(file))
    assert {review["language"] for review in reviews if review["status"] == "pending"} == set(LANGUAGES)
    assert {review["status"] for review in reviews} == set(STATUSES)


def test_something_costs_less_by_the_dozen_and_something_for_a_time() -> None:
    with (ROOT / "demo" / "products.csv").open(encoding="utf-8", newline="") as file:
        skus = {row["sku"] for row in csv.DictReader(file)}
    lists = [part for part in read_price_lists(ROOT / "demo") if isinstance(part, ParsedPriceList)]
    by_the_dozen, for_a_time = lists[:2], lists[2:]
    for pair in (by_the_dozen, for_a_time):
        assert [part.currency for part in pair] == list(CURRENCIES)
    assert all({entry.sku for entry in part.entries} <= skus for part in lists)
    assert all(entry.minimum_quantity > 1 for part in by_the_dozen for entry in part.entries)
    assert all(part.starts_at and part.ends_at and part.entries for part in for_a_time)
