"""What a query does and why, and the operator's own tables."""

from pathlib import Path

import pytest

from backend.catalogue.explaining import explained
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.shelves import ShopShelves
from backend.catalogue.synonyms import UnreadableTable, of_the_shop
from backend.catalogue.views import Shopper
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
        said[5],
    ]
    assert said[5].startswith("searched: tasse → fr:tass ×1")
    assert [line for line in said if line.startswith("1. lune-mug")]


async def test_the_operator_adds_names_of_things(shop: Database, tmp_path: Path) -> None:
    before = await lines(shop, tmp_path, "bolée", "fr")
    assert "found: 0" in before
    (tmp_path / "synonyms.fr.txt").write_text("# Ce que disent les Bretons\nbolée, tasse\n")
    after = await lines(shop, tmp_path, "bolée", "fr")
    assert "found: 3" in after


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (
            b"tasse, mug\nbol\n",
            "synonyms.fr.txt, line 2: one name only: write all names of a thing, with commas.",
        ),
        ("bolée, tasse".encode("latin-1"), "synonyms.fr.txt: byte 3 is not UTF-8: save the file as UTF-8."),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, written: bytes, fault: str
) -> None:
    (tmp_path / "synonyms.fr.txt").write_bytes(written)
    with pytest.raises(UnreadableTable) as refusal:
        of_the_shop(tmp_path)
    assert str(refusal.value) == f"{tmp_path}/{fault}"
