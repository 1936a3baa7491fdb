"""What real catalogues' products are found by, with hand-written queries and judgements."""

import csv
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.search.judged import measured
from tests.catalogue.test_importing import LUMA

JUDGED = Path(__file__).with_name("judged")
DEMO = Path(__file__).parents[2] / "demo" / "products.csv"


def directory(folder: Path, name: str, products: Iterable[dict[str, Any]]) -> Path:
    shutil.copytree(JUDGED / name, folder, dirs_exist_ok=True)
    (folder / "products.jsonl").write_text("".join(json.dumps(product) + "\n" for product in products))
    return folder


def luma() -> Iterator[dict[str, Any]]:
    tables = [LUMA / "Configurable/products.csv", *(LUMA / "Catalog/SimpleProduct").glob("products_*.csv")]
    for table in tables:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["sku"] and row.get("product_type", "configurable") == "configurable":
                    yield {
                        "id": row["sku"],
                        "language": "en",
                        "title": row["name"],
                        "description": row["description"],
                        "category": (row.get("categories") or row.get("category") or "").replace("/", " "),
                        "price": row["price"],
                    }


def demo(language: str) -> Iterator[dict[str, Any]]:
    with DEMO.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["handle"] and row[f"name_{language}"]:
                yield {
                    "id": row["handle"],
                    "language": language,
                    "title": row[f"name_{language}"],
                    "description": f"{row[f'description_{language}']} {row[f'keywords_{language}']}",
                    "brand": row["brand"],
                }


@pytest.fixture(scope="module")
def over_luma(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    if not LUMA.exists():
        pytest.skip(f"Adobe's sample data is not at {LUMA} (COMPTOIR_SHARED).")
    return measured(directory(tmp_path_factory.mktemp("judged"), "luma", luma()))


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_products_of_a_real_shop_are_found(over_luma: dict[str, dict[str, float]], language: str) -> None:
    figures = over_luma[language]
    assert (figures["ndcg"] > 0.85, figures["ndcg_judged"] > 0.93) == (True, True)
    assert (figures["typos_ndcg"] > 0.77, figures["typos_ndcg_judged"] > 0.9) == (True, True)
    assert figures["nothing_found"] == 0
    assert figures["typos_nothing_found"] < 0.03


@pytest.mark.parametrize("language", ["fr", "es"])
def test_products_are_found_as_people_ask_for_them(tmp_path: Path, language: str) -> None:
    figures = measured(directory(tmp_path, "demo", demo(language)))[language]
    assert (figures["ndcg"] > 0.88, figures["ndcg_judged"] > 0.94) == (True, True)
    assert (figures["typos_ndcg"] > 0.83, figures["typos_ndcg_judged"] > 0.94) == (True, True)
    assert figures["nothing_found"] == figures["typos_nothing_found"] == 0
