"""Typing errors are mended by what the examples say, and names are left alone."""

import pytest

from bot.nlu.spelling import Speller

EXAMPLES = [
    "what is the weather like",
    "the weather is nice",
    "je cherche une théière",
    "une théière bleue",
    "je cherche un plateau",
    "where is my parcel",
    "my parcel is late",
    "track a parsel",
]


@pytest.fixture
def speller() -> Speller:
    return Speller.learn(EXAMPLES)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whats the wheather like", "whats the weather like"),
        ("je cherhce une teiere", "je cherche une theiere"),
        ("JE CHERCHE UNE THEIERE", "JE CHERCHE UNE THEIERE"),
        ("where is my pracel?", "where is my parcel?"),
    ],
)
def test_a_mistyped_word_becomes_the_one_that_was_meant(speller: Speller, typed: str, meant: str) -> None:
    assert speller.correct(typed) == meant


@pytest.mark.parametrize("text", ["une théière Cherch", "xqzt vblorp", "lat", "a parsel", ""])
def test_names_short_words_and_what_is_far_from_any_word_stay(speller: Speller, text: str) -> None:
    assert speller.correct(text) == text
