"""A customer is answered in the language that they write, from the first word, and it does not flicker."""

import pytest

from backend.conversations.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello", "en"),
        ("bjr", "fr"),
        ("¡hola!", "es"),
        ("buenos días", "es"),
        ("I'm looking for a mug under 20 euros", "en"),
        ("bjr je cherche une lampe", "fr"),
        ("kiero una taza", "es"),
        (
            "Je voudrais deux tasses bleues pour Anne Martin, 12 rue des Lilas, 75011 Paris, anne@example.com",
            "fr",
        ),
        ("Quiero dos tazas azules, envío urgente a Ana López, calle Mayor 5, 28013 Madrid", "es"),
    ],
)
@pytest.mark.parametrize("page", [None, "en", "fr", "es"])
def test_the_first_message_decides(text: str, language: str, page: str | None) -> None:
    assert language_of(text, page, is_first=True) == language


@pytest.mark.parametrize(
    "text",
    [
        "Anna Smith, 12 Baker Street, London NW1 6XE",
        "anna@example.com",
        "ok",
        "Brume",
        "express",
        "4242",
        "👋",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_what_says_nothing_of_a_language_changes_nothing(text: str, language: str) -> None:
    assert language_of(text, language, is_first=False) == language


def test_a_whole_sentence_in_another_language_changes_it() -> None:
    assert language_of("je cherche une lampe de bureau verte", "en", is_first=False) == "fr"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("añade la mochila de diario Commune", "es"),
        ("la mochila commune en negro", "es"),
        ("add the étape insulated bottle", "en"),
        ("add the heure wall clock", "en"),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_the_name_of_a_thing_changes_nothing(text: str, language: str, is_first: bool) -> None:
    assert language_of(text, language, is_first=is_first) == language
