from pathlib import Path

import pytest
import yaml

TEXTS = Path(__file__).parents[2] / "web" / "texts"


def shape(text: object) -> object:
    """What must be the same in every language: lengths of lists, placeholders of sentences."""
    return len(text) if isinstance(text, list) else "{count}" in str(text)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_language_has_the_same_texts(language: str) -> None:
    english, other = (
        {key: shape(text) for key, text in yaml.safe_load((TEXTS / f"{code}.yml").read_text()).items()}
        for code in ("en", language)
    )
    assert other == english
