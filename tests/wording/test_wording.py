"""The renderer of answers, with wording of its own."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.wording import MissingArgument, MissingWording, Wording, WordingError, check

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)

ENGLISH = """
responses:
  utter_found:
  - text: "{count, plural, =0 {Nothing.} one {# article} other {# articles}}"
  utter_stock:
  - text: "{stock, select, in_stock {In stock} low_stock {Only {available} left} other {Sold out}}"
  utter_total:
  - text: "Total: {total}"
  utter_when:
  - text: "Arrives {day}"
  utter_names:
  - text: "You have {names}."
  utter_product:
  - text: "It's {name}"
  utter_greet:
  - text: Hello
  - text: Hi
  - text: Good day
  utter_shelf:
  - text: "Here:"
    cards:
      each: products
      title: "{name}"
      subtitle: "{stock, select, low_stock {Only {available} left} other {}}"
      price: "{price}"
      image: "{image}"
      url: "/p/{id}"
      choices:
      - {title: Add, intent: add_to_cart, product: "{id}", source: shelf}
    choices:
    - {title: "View cart", intent: view_cart}
    - {each: options, title: "{label}", intent: choose, option: "{code}"}
    links:
    - {title: "Pay {total}", url: "{pay_url}", kind: payment}
"""
FRENCH = (
    ENGLISH.replace("It's {name}", "C'est l'article d'{name}")
    .replace("article}", "article d'ici}")
    .replace("You have", "Vous avez")
    .replace("Arrives", "Arrive le")
)


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        language, _, domain = name.partition("_")
        path = root / language / f"{domain or 'catalogue'}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


Say = Callable[..., dict[str, Any]]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    wording = Wording.load(write(tmp_path, en=ENGLISH, fr=FRENCH, es=ENGLISH), now=lambda: NOW)

    def say(key: str, language: str = "en", turn: str = "turn-1", **arguments: Any) -> dict[str, Any]:
        return wording.render(key, language, arguments, turn)

    return say


@pytest.mark.parametrize(("count", "text"), [(0, "Nothing."), (1, "1 article"), (1200, "1,200 articles")])
def test_a_count_chooses_its_plural(say: Say, count: int, text: str) -> None:
    assert say("utter_found", count=count) == {"text": text}


def test_french_counts_zero_as_singular_and_keeps_its_apostrophes(say: Say) -> None:
    assert say("utter_found", "fr", count=1) == {"text": "1 article d'ici"}
    assert say("utter_product", "fr", name="Éole") == {"text": "C'est l'article d'Éole"}


def test_a_branch_that_is_not_taken_needs_no_arguments(say: Say) -> None:
    assert say("utter_stock", stock="in_stock") == {"text": "In stock"}
    assert say("utter_stock", stock="low_stock", available=2) == {"text": "Only 2 left"}
    assert say("utter_stock", stock="discontinued") == {"text": "Sold out"}


@pytest.mark.parametrize(
    ("language", "currency", "text"),
    [
        ("en", "EUR", "Total: €19.99"),
        ("fr", "EUR", "Total: 19,99\u00a0€"),
        ("es", "EUR", "Total: 19,99\u00a0€"),
        ("en", "USD", "Total: $19.99"),
        ("en", "JPY", "Total: ¥1,999"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    say: Say, language: str, currency: str, text: str
) -> None:
    assert say("utter_total", language, total={"amount": 1999, "currency": currency}) == {"text": text}


@pytest.mark.parametrize(
    ("language", "day", "text"),
    [
        ("en", {"date": "2026-11-27"}, "Arrives November 27"),
        ("fr", {"date": "2026-11-27"}, "Arrive le 27 novembre"),
        ("es", {"date": "2027-01-02"}, "Arrives 2 de enero de 2027"),
        ("fr", {"datetime": "2026-11-23T15:05:00+01:00"}, "Arrive le 15:05"),
        ("es", {"datetime": "2026-11-24T15:05:00Z"}, "Arrives 24 de noviembre, 15:05"),
    ],
)
def test_days_and_moments_are_spoken(say: Say, language: str, day: dict[str, str], text: str) -> None:
    assert say("utter_when", language, day=day) == {"text": text}


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "You have a, b and c."), ("fr", "Vous avez a, b et c."), ("es", "You have a, b y c.")],
)
def test_a_list_is_spoken_with_the_languages_own_and(say: Say, language: str, text: str) -> None:
    assert say("utter_names", language, names=["a", "b", "c"]) == {"text": text}


def test_cards_and_choices_repeat_for_each_item_and_empty_lines_are_dropped(say: Say) -> None:
    products = [
        {
            "id": 1234,
            "name": 'Red "S" dress',
            "stock": "low_stock",
            "available": 2,
            "price": {"amount": 1999, "currency": "EUR"},
            "image": None,
        },
        {"id": 7, "name": "Hat", "stock": "in_stock", "image": "/i/7.jpg"},
    ]

    answer = say(
        "utter_shelf",
        products=products,
        options=[{"label": "Größe M", "code": "m"}],
        total={"amount": 2500, "currency": "EUR"},
        pay_url="https://pay.example/1234",
    )

    assert answer == {
        "text": "Here:",
        "cards": [
            {
                "title": 'Red "S" dress',
                "subtitle": "Only 2 left",
                "price": "€19.99",
                "url": "/p/1234",
                "choices": [{"title": "Add", "payload": '/add_to_cart{"product": 1234, "source": "shelf"}'}],
            },
            {
                "title": "Hat",
                "image": "/i/7.jpg",
                "url": "/p/7",
                "choices": [{"title": "Add", "payload": '/add_to_cart{"product": 7, "source": "shelf"}'}],
            },
        ],
        "choices": [
            {"title": "View cart", "payload": "/view_cart"},
            {"title": "Größe M", "payload": '/choose{"option": "m"}'},
        ],
        "links": [{"title": "Pay €25.00", "url": "https://pay.example/1234", "kind": "payment"}],
    }


def test_a_quote_in_an_entity_cannot_break_out_of_its_payload(say: Say) -> None:
    options = [{"label": "x", "code": '"}{"product": "stolen'}]

    answer = say("utter_shelf", products=[], options=options, total="0", pay_url="/")

    assert answer["choices"][1]["payload"] == '/choose{"option": "\\"}{\\"product\\": \\"stolen"}'


def test_a_turn_always_gets_the_same_variation_and_turns_differ(say: Say) -> None:
    first = [say("utter_greet", turn=f"turn-{number}")["text"] for number in range(30)]

    assert first == [say("utter_greet", turn=f"turn-{number}")["text"] for number in range(30)]
    assert set(first) == {"Hello", "Hi", "Good day"}


def test_what_is_not_worded_or_not_given_is_refused_by_name(say: Say) -> None:
    with pytest.raises(MissingWording, match="utter_nothing in fr"):
        say("utter_nothing", "fr")
    with pytest.raises(MissingArgument, match="'total'"):
        say("utter_total")
    with pytest.raises(MissingArgument, match="'count'"):
        say("utter_found")
    with pytest.raises(MissingArgument, match="'products'"):
        say("utter_shelf", options=[], total="0", pay_url="/")


def test_a_key_worded_in_two_files_names_both(tmp_path: Path) -> None:
    write(tmp_path, en_cart=ENGLISH, en_orders=ENGLISH)

    with pytest.raises(WordingError, match=r"utter_found is worded both in .*cart\.yml and in .*orders\.yml"):
        Wording.load(tmp_path)


def test_a_key_said_twice_in_one_file_names_the_file(tmp_path: Path) -> None:
    write(tmp_path, en="responses:\n  utter_a:\n  - text: A\n  utter_a:\n  - text: B\n")

    with pytest.raises(WordingError, match=r"catalogue\.yml: 'utter_a' is there twice"):
        Wording.load(tmp_path)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{text: "{name"}', "utter_a: '{name': Failed"),
        ("{text: A, chioces: []}", "unknown chioces"),
        ("{text: A, links: [{title: A, url: /}]}", "utter_a: 'kind'"),
    ],
)
def test_a_broken_answer_names_its_file_and_key(tmp_path: Path, entry: str, message: str) -> None:
    write(tmp_path, en=f"responses:\n  utter_a:\n  - {entry}\n")

    with pytest.raises(WordingError, match=message) as refusal:
        Wording.load(tmp_path)
    assert "catalogue.yml" in str(refusal.value)


def test_the_check_finds_nothing_when_the_languages_agree(tmp_path: Path) -> None:
    assert check(write(tmp_path, en=ENGLISH, fr=FRENCH, es=ENGLISH)) == []


def test_the_check_finds_what_one_language_lacks_or_does_otherwise(tmp_path: Path) -> None:
    french = (
        FRENCH.replace("Total: {total}", "Total")
        .replace("intent: view_cart", "intent: checkout")
        .replace("utter_names", "utter_noms")
    )

    faults = check(write(tmp_path, en=ENGLISH, fr=french, es=ENGLISH))

    assert faults == [
        "utter_names: no wording in fr",
        "utter_noms: no wording in en",
        "utter_noms: no wording in es",
        "utter_shelf: fr lacks choice view_cart() of en",
        "utter_shelf: fr adds choice checkout() to en",
        "utter_total: fr lacks text {total} of en",
    ]
