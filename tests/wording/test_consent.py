"""What customers agreed to is kept with the version of the question: other words are another version."""

import hashlib
from pathlib import Path

import pytest
import yaml

from backend.customers.consent import WORDS

RESPONSES = Path(__file__).parents[2] / "data" / "responses"
QUESTIONS = {"1": {"en": "f616a32c5eb6", "fr": "c3e1ca00e3c7", "es": "9ff18d97dba3"}}
"""Only added to: what was asked stays what was asked."""


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_question_has_the_words_of_its_version(language: str) -> None:
    worded = yaml.safe_load((RESPONSES / language / "notifications.yml").read_text("utf-8"))["responses"]
    question = worded["utter_ask_reminder"][0]["text"]
    assert hashlib.sha256(question.encode()).hexdigest()[:12] == QUESTIONS[WORDS][language]
