"""What is wrong with a text is told with its file and line, before any customer reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.policies.checking import Problem, check, read_directory
from backend.shop import Shop

SHOP = Shop.load(ROOT / "demo" / "shop.yml")
TITLE = "---\ntitle: Delivery\n---\n"
GOOD = TITLE + "## How fast\n\nIn {standard.days} days.\n"

Check = Callable[..., list[Problem]]


@pytest.fixture
def checked(tmp_path: Path) -> Check:
    """The problems of these files, by name; what is a dash in the name of a parameter is an underscore."""

    def checked(files: dict[str, str | bytes]) -> list[Problem]:
        for name, text in files.items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        sources, problems = read_directory(tmp_path)
        return problems + check(sources, SHOP, hold_minutes=60)

    return checked


def in_all(text: str | bytes) -> dict[str, str | bytes]:
    """The text in question in English, and good ones in the other languages."""
    return {"delivery.en.md": text, "delivery.fr.md": GOOD, "delivery.es.md": GOOD}


def test_good_texts_have_no_problem(checked: Check) -> None:
    assert checked(in_all(GOOD)) == []


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (TITLE.encode() + b"Fine.\nCaf\xe9.\n", 5, "not UTF-8"),
        ("Delivery is fast.\n", 1, "must begin with a front matter"),
        ("---\ntitle: a: b\n---\nText.\n", 2, "no YAML"),
        ("---\nquestions: [when]\n---\nText.\n", 1, "missing required field `title`"),
        ("---\ntitle: A\nquestion: [when]\n---\nText.\n", 1, "unknown field `question`"),
        (TITLE, 4, "no text after the front matter"),
        (GOOD + "\n## Empty\n", 8, "Nothing stands below “Empty”"),
        (GOOD + "\n## How fast\n\nAgain.\n", 8, "Another section has the heading “How fast” too"),
        (GOOD + "\n<b>Bold</b> words.\n", 8, "HTML is not allowed: <b>"),
        (GOOD + "\n<script>alert(1)</script>\n", 8, "HTML is not allowed: <script>alert(1)</script>"),
        (GOOD + "\n![A van](van.png)\n", 8, "picture is not allowed"),
        (GOOD + "\nBy {pigeon.price}.\n", 8, "{pigeon.price} is no fact of this shop. There are: {shop}"),
        (GOOD + "\nFree from {express.free_from}.\n", 8, "{express.free_from} is no fact"),
        (GOOD + "\nFirst,\nthen [this](/policies/nothing).\n", 9, "broken: there is no topic nothing"),
        (GOOD + "\nSee [above](#how-slow).\n", 8, "delivery.en.md has no section #how-slow"),
        (GOOD + "\nSee [them](www.example.org).\n", 8, "write a whole address with https://"),
        (GOOD + "\nSee [them](ftp://example.org).\n", 8, "ftp: cannot be opened"),
        (GOOD + "\nSee [them](javascript:alert(1)).\n", 8, "This link cannot be used"),
        (
            "---\ntitle: A\nquestions:\n  How slow: [when]\n---\n## How fast\n\nIn days.\n",
            4,
            "The questions are for “How slow”, but no section has this heading",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(checked: Check, text: str | bytes, line: int, says: str) -> None:
    problems = [problem for problem in checked(in_all(text)) if problem.file == "delivery.en.md"]

    assert [problem.line for problem in problems if says in problem.message] == [line]
    assert all(problem.is_refused for problem in problems)


def test_a_link_to_a_section_of_another_topic_is_followed(checked: Check) -> None:
    files = in_all(GOOD) | {
        f"returns.{language}.md": "---\ntitle: Returns\n---\nSee [delivery](/policies/delivery#how-fast).\n"
        for language in ("en", "fr", "es")
    }

    assert checked(files) == []


def test_a_language_that_is_missing_is_a_warning_and_english_is_a_must(checked: Check) -> None:
    missing = checked({"delivery.en.md": GOOD, "delivery.fr.md": GOOD, "returns.fr.md": GOOD})

    assert [(problem.file, problem.is_refused) for problem in missing] == [
        ("delivery.es.md", False),
        ("returns.en.md", True),
    ]


def test_a_section_that_no_answer_can_hold_is_a_warning(checked: Check) -> None:
    problems = checked(in_all(GOOD + "\n## At length\n\n" + "It takes a day. " * 100))

    assert [(problem.line, problem.is_refused) for problem in problems] == [(8, False)]
    assert "1599 characters" in problems[0].message


def test_a_question_that_finds_another_section_is_a_warning(checked: Check) -> None:
    matter = "---\ntitle: Delivery\nquestions:\n  Abroad:\n  - is my parcel tracked\n  - who are you\n---\n"

    problems = checked(in_all(matter + "## Tracked parcels\n\nYes.\n\n## Abroad\n\nYes.\n"))

    assert [(problem.line, problem.message.split(":")[0], problem.is_refused) for problem in problems] == [
        (5, "“is my parcel tracked” finds “Tracked parcels” in delivery.en.md", False),
        (6, "“who are you” finds nothing", False),
    ]


def test_a_file_with_another_name_and_a_folder_without_texts_are_told(checked: Check, tmp_path: Path) -> None:
    assert "There is no text here" in checked({})[0].message
    problems = checked({**in_all(GOOD), "Returns.md": GOOD})

    assert [(problem.file, problem.is_refused) for problem in problems] == [("Returns.md", True)]


def test_the_demos_texts_are_well() -> None:
    sources, problems = read_directory(ROOT / "demo" / "policies")

    assert problems + check(sources, SHOP, hold_minutes=60) == []
    assert len(sources) == 33
