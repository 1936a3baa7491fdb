"""The pages say the same in each language."""

from pathlib import Path

import pytest
import yaml

from backend.pages import texts

TEXTS = Path(texts.__file__).parent / "texts"


def keys(language: str) -> list[str]:
    return list(yaml.safe_load((TEXTS / f"{language}.yml").read_text("utf-8")))


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_language_has_the_same_texts_in_the_same_order(language: str) -> None:
    assert keys(language) == keys("en")
