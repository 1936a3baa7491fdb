"""What a query does and why, and the operator's own tables."""

from pathlib import Path

import pytest

from backend.catalogue.explaining import explained
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.tables import UnreadableTable
from backend.catalogue.tuning import of_the_shop
from backend.catalogue.views import Shopper
from backend.catalogue.vocabulary import Vocabulary
from backend.db import Database


async def lines(shop: Database, folder: Path, words: str, language: str) -> list[str]:
    index = ShopIndex(of_the_shop(folder))
    async with shop.reading() as session:
        await index.rebuild(session)
        return await explained(ShopShelves(session, Shopper(language, "EUR")), index, words)


async def test_it_says_what_was_read_searched_and_found(shop: Database, tmp_path: Path) -> None:
    said = await lines(shop, tmp_path, "une tassse bleue à moins de 20 €", "fr")
    assert said[:6] == [
        "text: tasse",
        "corrected: tasse",
        "price_max: 2000",
        "spelled: tassse as tasse",
        "wished: bleue as colour=blue",
        "never searched: une, a, moins, de",
    ]
    assert said[6].startswith("synonyms: tasse is ")
    assert said[7].startswith("searched: tasse → fr:tass ×1")
    assert [line for line in said if line.startswith("1. lune-mug")]


async def test_the_operator_adds_names_of_things(shop: Database, tmp_path: Path) -> None:
    before = await lines(shop, tmp_path, "bolée", "fr")
    assert "found: 0" in before
    (tmp_path / "synonyms.fr.txt").write_text("# Ce que disent les Bretons\nbolée, tasse\n")
    after = await lines(shop, tmp_path, "bolée", "fr")
    assert "found: 3" in after


async def test_the_operator_takes_words_out_of_the_search_and_in(shop: Database, tmp_path: Path) -> None:
    (tmp_path / "stopwords.en.txt").write_text("lune\n-looking\n")
    said = await lines(shop, tmp_path, "lune looking mug", "en")
    assert "text: looking mug" in said
    assert "never searched: lune" in said


async def test_the_operator_adds_units(shop: Database, tmp_path: Path) -> None:
    before = await lines(shop, tmp_path, "mug 0,35 setier", "fr")
    assert [line for line in before if line.startswith("unit:")] == []
    (tmp_path / "units.fr.txt").write_text("setier, setiers\n1 setier = 1 litre\n")
    after = await lines(shop, tmp_path, "mug 0,35 setier", "fr")
    assert "unit: 0,35 setier as 350ml" in after


async def test_the_operator_weighs_fields_and_products(shop: Database, tmp_path: Path) -> None:
    ranked = [line.split()[1] for line in await lines(shop, tmp_path, "tea", "en") if line[0].isdigit()]
    (tmp_path / "boosts.txt").write_text(f"product={ranked[1]} 3\nname 5.5\n")
    after = await lines(shop, tmp_path, "tea", "en")
    assert "field: name ×5.5 instead of ×4" in after
    first = next(line for line in after if line.startswith("1."))
    assert first.startswith(f"1. {ranked[1]} ")
    assert f", product={ranked[1]} ×3)" in first


@pytest.mark.parametrize(
    "words", ["60cm", "60 CM", "60 centimètres", "0,6 m", "600 mm", "24 pouces au lieu de 60 cm"]
)
def test_a_measure_is_searched_in_one_way(words: str) -> None:
    assert "600mm" in Vocabulary().content(words, "fr")


@pytest.mark.parametrize(
    ("language", "text", "searched"),
    [
        ("en", '27" monitor', ["27in", "monitor"]),
        ("en", "half a kilo of tea", ["500g", "tea"]),
        ("en", "shelf 4 ft. x 8 ft.", ["shelf", "4x8"]),
        ("en", "6 x 33 cl", ["6", "330ml"]),
        ("en", "2 L shirts", ["2", "shirts"]),
        ("en", "3 in blue", ["3", "blue"]),
        ("fr", "table à 4 pieds", ["table", "4", "pieds"]),
        ("fr", "clé 64 Go", ["cle", "64000mb"]),
        ("es", "litro y medio de aceite", ["1500ml", "aceite"]),
        ("en", "WH-1000XM4", ["wh", "1000xm4", "wh1000xm4"]),
    ],
)
def test_numbers_keep_what_they_count(language: str, text: str, searched: list[str]) -> None:
    assert Vocabulary().content(text, language) == searched


@pytest.mark.parametrize(
    ("table", "written", "fault"),
    [
        (
            "synonyms.fr.txt",
            "tasse, mug\nbol\n",
            "line 2: one name only: write all names of a thing, with commas.",
        ),
        ("stopwords.en.txt", "gift\n-gift\n", "line 2: “gift” is both taken in and taken out."),
        (
            "stopwords.es.txt",
            "por favor\n",
            "line 1: write one word a line, with - before it to search it after all.",
        ),
        (
            "units.fr.txt",
            "aune, aunes\n1 aune = 2 coudées\n",
            "line 2: “coudées” is no unit yet: name it in a line before.",
        ),
        ("units.en.txt", "1 mm = 2 m\n", "line 1: what “mm” is in “m” follows from lines before."),
        ("units.en.txt", "1 m = 0 cm\n", "line 1: no such amount can be used."),
        ("units.en.txt", "ell,, ells\n", "line 1: a name is missing between two commas."),
        (
            "values.txt",
            "red | rouge\n",
            "line 1: write the names in English | French | Spanish, with commas between several of one language.",
        ),
        ("boosts.txt", "name 100\n", "line 1: the weight 100 is not between 0.1 and 20."),
        (
            "boosts.txt",
            "brand=norvik much\n",
            "line 1: “much” is no weight: write a number, as in “brand=norvik 1.2”.",
        ),
        ("boosts.txt", "name 2\nname 3\n", "line 2: “name” has a weight already."),
        (
            "boosts.txt",
            "colour=red 2\n",
            "line 1: “colour=red 2”: write a weight of name, keywords, category, details, description, or of "
            "brand=…, category=…, product=….",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, table: str, written: str, fault: str
) -> None:
    (tmp_path / table).write_text(written)
    with pytest.raises(UnreadableTable) as refusal:
        of_the_shop(tmp_path)
    assert str(refusal.value) == f"{tmp_path}/{table}, {fault}"


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "synonyms.fr.txt").write_bytes("bolée, tasse".encode("latin-1"))
    with pytest.raises(UnreadableTable) as refusal:
        of_the_shop(tmp_path)
    assert str(refusal.value) == f"{tmp_path}/synonyms.fr.txt: byte 3 is not UTF-8: save the file as UTF-8."
