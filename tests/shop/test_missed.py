"""What was not understood is collected: masked, grouped by meaning, and learned once a person said what was meant."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.db import now
from backend.missed.collecting import Missed, missed
from backend.missed.labelling import BadLabels, labelling_file, learn
from tests.shop.conftest import Customer, Shop, until

UNSURE = {"intent": "nlu_fallback", "read": "ask_stock", "confidence": 0.41}


async def say(shop: Shop, customer: Customer, text: str, **reading: Any) -> None:
    """Said, read so and answered."""
    shop.assistant.readings = [{"intent": "view_cart", "read": "view_cart", "confidence": 0.9} | reading]
    before = len(await customer.events())
    await customer.say(text)

    async def is_answered() -> bool:
        return len(await customer.events()) >= before + 2

    await until(is_answered)


async def collected(shop: Shop, days: int = 30) -> list[Missed]:
    async with shop.database.reading() as session:
        return await missed(session, now(session) - timedelta(days=days))


async def test_what_was_not_understood_said_again_or_ended_with_a_person_is_collected(shop: Shop) -> None:
    customer = await shop.visit("en")
    await say(shop, customer, "gimme the thingy report", **UNSURE)
    await say(shop, customer, "where is the blue parcel", intent="search_product", read="search_product")
    await say(shop, customer, "WHERE is my parcel", intent="track_order", read="track_order")
    await say(shop, customer, "that makes no sense", intent="deny", read="deny")
    await say(shop, customer, "let me talk to a human", intent="request_human", read="request_human")

    found = {(each.text, each.read, each.why) for each in await collected(shop)}
    assert found == {
        ("gimme the thingy report", "ask_stock", "not_understood"),
        ("where is the blue parcel", "search_product", "said_again"),
        ("that makes no sense", "deny", "person_wanted"),
    }
    shop.clock.advance(timedelta(days=31))
    assert await collected(shop) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ping anna@mail.fr or 06 12 34 56 78 now", "ping name@example.com or 00 00 00 00 00 now"),
        ("what of cp-7k3mq9xw from 75011", "what of 00-00000000 from 00000"),
        ("it is for Élodie Martin again", "it is for … … again"),
        ("12 rue des Lilas, 75011 Paris", None),
    ],
)
async def test_nobody_is_known_by_what_is_collected(shop: Shop, said: str, kept: str | None) -> None:
    customer = await shop.visit("fr")
    await customer.call("POST", "/api/checkout/tell", {"text": "Elodie Martin, 3 rue Basse, 69001 Lyon"})
    await say(shop, customer, said, **UNSURE)
    assert [each.text for each in await collected(shop)] == ([kept] if kept else [])


def test_what_means_the_same_stands_together_and_the_same_words_once() -> None:
    said = [
        "where is my parcel",
        "do you sell whisky",
        "où est mon colis",
        "Where is  my parcel",
        "where is my parcel",
    ]
    lines = [
        json.loads(line)
        for line in labelling_file([Missed(text, "en", "complain", 0.4, "not_understood") for text in said])
    ]
    assert [(line["group"], line["count"], line["text"]) for line in lines] == [
        (1, 3, "where is my parcel"),
        (1, 1, "où est mon colis"),
        (2, 1, "do you sell whisky"),
    ]
    assert {line["intent"] for line in lines} == {""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one example for each of two intents, and one blind sentence."""
    for language in ("en", "fr", "es"):
        (tmp_path / "data/nlu" / language).mkdir(parents=True)
    examples = [("track_order", "where is my parcel"), ("ask_policy", "how long may i return it")]
    entries = [{"intent": intent, "examples": f"- {text}\n"} for intent, text in examples]
    (tmp_path / "data/nlu/en/orders.yml").write_text(yaml.safe_dump({"nlu": entries}), "utf-8")
    for language in ("fr", "es"):
        (tmp_path / "data/nlu" / language / "orders.yml").write_text("nlu: []\n", "utf-8")
    (tmp_path / "tests/nlu/en").mkdir(parents=True)
    (tmp_path / "tests/nlu/en/blind.jsonl").write_text('{"text": "Is it on its way?"}\n', "utf-8")
    return tmp_path


def line(text: str, intent: str, language: str = "en") -> str:
    return json.dumps({"group": 1, "count": 2, "text": text, "language": language, "intent": intent})


def test_what_was_labelled_is_learned_once(root: Path) -> None:
    lines = [
        line("wheres [my] stuff", "track_order"),
        line("Où est mon colis ?", "track_order", "fr"),
        line("no idea what this is", ""),
        line("Where is my parcel?", "track_order"),
    ]
    assert learn(lines, root) == {
        "en": {"track_order": ["wheres my stuff"]},
        "fr": {"track_order": ["Où est mon colis ?"]},
    }
    assert learn([*lines, line("stuff where", "track_order")], root) == {
        "en": {"track_order": ["stuff where"]}
    }
    learned = yaml.safe_load((root / "data/nlu/en/learned.yml").read_text("utf-8"))
    assert learned["nlu"] == [{"intent": "track_order", "examples": "- wheres my stuff\n- stuff where\n"}]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("{not json", "line 2: "),
        (line("hello you", "greet_me"), "no example has the intent “greet_me”"),
        (line("hallo", "track_order", "de"), "language must be one of en, fr, es"),
        (line("where is my parcel", "ask_policy"), "it is an example of “track_order” already"),
        (line("is it on its way", "track_order"), "one of the sentences that measure the assistant"),
        (line("?!", "track_order"), "there are no words in it"),
    ],
)
def test_of_a_file_with_a_wrong_line_nothing_is_learned(root: Path, wrong: str, why: str) -> None:
    with pytest.raises(BadLabels) as refused:
        learn([line("wheres my stuff", "track_order"), wrong], root)
    assert why in refused.value.problems[0]
    assert not (root / "data/nlu/en/learned.yml").exists()
