"""The pages' words: `texts/{en,fr,es}.yml`, one ICU sentence per key; a refusal is said as the assistant says it."""

from functools import cache
from pathlib import Path
from typing import Self

import yaml
from icu4py.messageformat import MessageFormat

from backend.config import LANGUAGES, ROOT


class Texts:
    def __init__(self, sentences: dict[str, dict[str, MessageFormat]]) -> None:
        self._sentences = sentences

    @classmethod
    def load(cls, directory: Path) -> Self:
        return cls(
            {
                language: _sentences(directory / f"{language}.yml", language) | _refusals(language)
                for language in LANGUAGES
            }
        )

    def say(self, language: str, key: str, **values: str | float) -> str:
        return self._sentences[language][key].format({**values})


@cache
def _sentences(path: Path, language: str) -> dict[str, MessageFormat]:
    """An apostrophe is always a letter here; ICU would read `d'{name}` as a quoted brace."""
    texts: dict[str, str] = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return _formats(texts, language)


@cache
def _refusals(language: str) -> dict[str, MessageFormat]:
    """By `utter_<code>`."""
    file = ROOT / "data" / "responses" / language / "errors.yml"
    said = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["responses"]
    return _formats({key: variations[0]["text"] for key, variations in said.items()}, language)


def _formats(texts: dict[str, str], language: str) -> dict[str, MessageFormat]:
    return {key: MessageFormat(text.replace("'", "''"), language) for key, text in texts.items()}
