"""What the shop calls its things is read as a thing, whatever other words it looks like."""

from pathlib import Path

import pytest

from bot.nlu.shop_words import ShopWords, telling_words, with_things
from bot.nlu.spelling import Speller

WORDS = ["troy", "yoga", "short", "tank", "theiere", "leggings", "bridge", "find"]
EXAMPLES = Speller({"find": 3, "short": 1, "thank": 9})
TELLING = telling_words(EXAMPLES.counts, urgent=["i am standing on a bridge"])


@pytest.fixture
def shop(tmp_path: Path) -> ShopWords:
    file = tmp_path / "shop.txt"
    file.write_text("\n".join(WORDS), "utf-8")
    return ShopWords(file)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("i want the troy yoga short", "i want the chair"),
        ("do you have the Troy in blue?", "do you have the chair in blue?"),
        ("une Théière, un tank", "une chair, un chair"),
        ("leggins, tahnk you", "chair, tahnk you"),
        ("can you find it", "can you find it"),
        ("", ""),
    ],
)
def test_a_run_of_the_shops_words_is_one_thing(shop: ShopWords, said: str, read: str) -> None:
    assert with_things(said, shop, TELLING, EXAMPLES) == read


def test_what_is_said_in_need_is_never_a_thing(shop: ShopWords) -> None:
    assert with_things("on the bridge", shop, TELLING, EXAMPLES) == "on the bridge"


def test_a_file_that_changes_is_read_again_and_one_that_goes_leaves_no_words(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    words = ShopWords(file)
    assert words.words == frozenset()
    file.write_text("zing\nThéière\n", "utf-8")
    assert words.words == {"zing", "theiere"}
    file.write_text("zing\ntheiere\npursuit\n", "utf-8")
    assert words.words == {"zing", "theiere", "pursuit"}
    file.unlink()
    assert words.words == frozenset()


def test_a_damaged_file_is_no_words(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(b"\xff\xfe\x00zing")
    assert ShopWords(file).words == frozenset()
