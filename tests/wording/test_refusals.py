"""Whatever the shop may refuse, and whatever an action may answer, has words in every language."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import backend
from backend.errors import ShopError

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "fr", "es")


def answers(language: str) -> set[str]:
    files = (ROOT / "data" / "responses" / language).glob("*.yml")
    return {key for file in files for key in yaml.safe_load(file.read_text("utf-8"))["responses"]}


def refusals(kind: type[ShopError] = ShopError) -> Iterator[type[ShopError]]:
    for refusal in kind.__subclasses__():
        yield refusal
        yield from refusals(refusal)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_words(language: str) -> None:
    for module in pkgutil.walk_packages(backend.__path__, "backend."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    ours = (refusal for refusal in refusals() if refusal.__module__.startswith("backend."))
    codes = {refusal.code for refusal in ours if "code" in vars(refusal)}
    assert "insufficient_stock" in codes
    assert {f"utter_{code}" for code in codes} - answers(language) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_that_is_named_has_words(language: str) -> None:
    code = "".join(file.read_text("utf-8") for file in (ROOT / "bot" / "actions").glob("*.py"))
    rules = "".join(file.read_text("utf-8") for file in (ROOT / "data" / "rules").glob("*.yml"))
    named = set(re.findall(r'"(utter_[a-z_]+)"', code)) | set(re.findall(r"action: (utter_\w+)", rules))
    assert named - answers(language) == set()
