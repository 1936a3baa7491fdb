"""What a catalogue that no example speaks of costs the understanding, and what its words bring:
`python -m benchmarks.shop_words ../shared/data/luma` (Python 3.10, from the root).

Asks for each of Luma's products in the words of `REQUESTS`, in lower case, as people type, then with typing errors;
prints JSON lines: the share read right without and with the shop's words, and of the blind sets of `tests/nlu` with
those of the demo shop.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot import patches

patches.import_lightly()

from benchmarks.noise import NOISES  # noqa: E402
from benchmarks.understanding import blind_rows, configured, learn, training_rows  # noqa: E402
from bot.nlu.classifier import MessageClassifier  # noqa: E402
from bot.nlu.shop_words import follow  # noqa: E402

Noise = Callable[[str, str], str]

REQUESTS = {
    "en": {
        "do you have the {}": {"ask_stock", "search_product"},
        "i want the {}": {"add_to_cart", "search_product"},
        "{}": {"search_product"},
        "how much is the {}": {"ask_product_detail"},
        "add a {} to my cart": {"add_to_cart"},
        "is the {} in stock": {"ask_stock"},
    },
    "fr": {
        "je cherche {}": {"search_product"},
        "combien coute le {}": {"ask_product_detail"},
        "ajoute {} au panier": {"add_to_cart"},
        "vous avez {} en stock": {"ask_stock", "search_product"},
    },
    "es": {
        "busco {}": {"search_product"},
        "cuanto cuesta {}": {"ask_product_detail"},
        "ponme {} en el carrito": {"add_to_cart"},
        "tienen {} disponible": {"ask_stock", "search_product"},
    },
}


def names_of(luma: Path) -> list[str]:
    """Of what is configurable, without the size and colour of single variants."""
    with (luma / "Configurable" / "products.csv").open(encoding="utf-8-sig") as file:
        return sorted({row["name"].strip() for row in csv.DictReader(file) if _is_whole(row["name"])})


def _is_whole(name: str) -> bool:
    return not re.search(r"-(?:XS|S|M|L|XL|\d\d)(?:-|$)", name)


def write_words(texts: list[str], path: Path) -> None:
    words = {word for text in texts for word in re.findall(r"[^\W\d_]{3,}", text.lower())}
    path.write_text("\n".join(sorted(words)), "utf-8")


def requests_right(classifier: MessageClassifier, names: list[str], noise: Noise) -> dict[str, float]:
    shares = {}
    for language, templates in REQUESTS.items():
        for template, wanted in templates.items():
            rankings = classifier.rank([noise(template.format(name.lower()), language) for name in names])
            shares[template] = sum(ranking[0]["name"] in wanted for ranking in rankings) / len(names)
    return {"mean": sum(shares.values()) / len(shares), **shares}


def blind_right(classifier: MessageClassifier, noise: Noise) -> float:
    rows = blind_rows(Path())
    rankings = classifier.rank([noise(text, language) for text, language, _ in rows])
    right = sum(ranking[0]["name"] == row[2] for ranking, row in zip(rankings, rows, strict=True))
    return right / len(rows)


def names_of_the_demo() -> list[str]:
    with Path("demo/products.csv").open(encoding="utf-8") as file:
        columns = ("brand", "name_en", "name_fr", "name_es")
        return [row[column] for row in csv.DictReader(file) for column in columns]


def compare(luma: Path, words: Path) -> None:
    rows = training_rows(Path())
    classifier = learn(configured(Path()), [row[0] for row in rows], [row[2] for row in rows])
    follow(words)
    names = names_of(luma)
    for label, noise in {"as written": lambda text, language: text, **NOISES}.items():
        for known, texts in (("no words", []), ("the shop's words", names)):
            write_words(texts, words)
            right = requests_right(classifier, names, noise)
            print(json.dumps({"requests": label, "known": known, "n": len(names), **right}))
        for known, texts in (("no words", []), ("the demo's words", names_of_the_demo())):
            write_words(texts, words)
            print(json.dumps({"blind": label, "known": known, "right": blind_right(classifier, noise)}))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("luma", type=Path)
    luma = arguments.parse_args().luma
    with tempfile.TemporaryDirectory() as folder:
        compare(luma, Path(folder) / "words.txt")


if __name__ == "__main__":
    main()
