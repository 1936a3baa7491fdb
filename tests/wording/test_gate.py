"""Every answer of the shop, in every language."""

from pathlib import Path

from bot.wording import LANGUAGES, Wording, check

RESPONSES = Path(__file__).parents[2] / "data" / "responses"


def test_every_answer_is_worded_alike_in_every_language() -> None:
    assert check(RESPONSES) == []


def test_there_is_something_to_say() -> None:
    wording = Wording.load(RESPONSES)

    assert all(wording.keys(language) for language in LANGUAGES)
