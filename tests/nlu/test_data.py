"""What the assistant learns from: consistent, complete in every language, apart from what measures it."""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.nlu.folding import fold

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "fr", "es")
LEAST = 40
TOLD_BY_THE_SHOP = (
    "news_", "card_number_typed", "address_given", "file_received", "rate",
    "gift_card_given", "identity_code_given", "drop_gift_cards", "take_wish", "remove_wish",
    "use_loyalty_points",
)  # fmt: skip
"""Intents without words of their own: nobody types them."""
QUOTED = re.compile(r"[“«]\s*([^“”«»{}]+?)\s*[”»]")


def bare(text: str) -> str:
    """As typed in a hurry: no accents, no punctuation; a text of signs only stays itself."""
    spoken = (" " if unicodedata.category(sign).startswith("P") else sign for sign in fold(text))
    return " ".join("".join(spoken).split()) or fold(text)


def entries(language: str) -> Iterator[dict[str, str]]:
    for path in sorted((ROOT / "data/nlu" / language).glob("*.yml")):
        yield from yaml.safe_load(path.read_text("utf-8"))["nlu"]


def sentences(language: str) -> Iterator[tuple[str, str]]:
    for entry in entries(language):
        for line in entry["examples"].splitlines():
            yield line.removeprefix("- ").strip(), entry["intent"]


def blind(language: str) -> set[str]:
    lines = (ROOT / "tests/nlu" / language / "blind.jsonl").read_text("utf-8").splitlines()
    return {bare(json.loads(line)["text"]) for line in lines}


def buttons(node: Any) -> Iterator[tuple[str, str]]:
    match node:
        case {"title": str(title), "intent": str(intent)} if "{" not in title:
            yield title, intent
        case dict():
            yield from chain.from_iterable(map(buttons, node.values()))
        case list():
            yield from chain.from_iterable(map(buttons, node))


TRAINED = {language: list(sentences(language)) for language in LANGUAGES}
BLIND = set().union(*map(blind, LANGUAGES))


def test_no_sentence_has_two_intents() -> None:
    intents = defaultdict(set)
    for text, intent in chain.from_iterable(TRAINED.values()):
        intents[bare(text)].add(intent)

    assert {text: named for text, named in intents.items() if len(named) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_there_twice(language: str) -> None:
    counts = Counter(bare(text) for text, _ in TRAINED[language])

    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_learnt_from_the_blind_sets(language: str) -> None:
    assert [text for text, _ in TRAINED[language] if bare(text) in BLIND] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_that_customers_express_has_examples(language: str) -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    expressed = {intent for intent in domain["intents"] if not intent.startswith(TOLD_BY_THE_SHOP)}
    counts = Counter(intent for _, intent in TRAINED[language])

    assert set(counts) == expressed
    assert {intent: count for intent, count in counts.items() if count < LEAST} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_carry_no_entity_annotations(language: str) -> None:
    assert [text for text, _ in TRAINED[language] if re.search(r"\[[^]]*\][({]", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_answers_invite_to_say_is_learnt(language: str) -> None:
    files = sorted((ROOT / "data/responses" / language).glob("*.yml"))
    invited = {bare(phrase) for file in files for phrase in QUOTED.findall(file.read_text("utf-8"))}
    known = {bare(text) for text, _ in TRAINED[language]}

    assert invited
    assert invited - known - BLIND == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_typed_in_words_means_what_it_does_when_pressed(language: str) -> None:
    files = sorted((ROOT / "data/responses" / language).glob("*.yml"))
    pressed = {
        (bare(title), intent)
        for file in files
        for title, intent in buttons(yaml.safe_load(file.read_text("utf-8")))
        if bare(title) not in BLIND and not intent.startswith(TOLD_BY_THE_SHOP)
    }
    learnt = {(bare(text), intent) for text, intent in TRAINED[language]}

    assert pressed
    assert pressed - learnt == set()
