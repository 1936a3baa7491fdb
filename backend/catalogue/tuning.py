"""How the shop's search reads and ranks: the tables that come with the program, and the operator's own lines in
files of the same names."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from backend.catalogue.boosts import Boosts
from backend.catalogue.stopwords import StopWords
from backend.catalogue.synonyms import Synonyms
from backend.catalogue.tables import Line, lines, shipped
from backend.catalogue.translations import Translations
from backend.catalogue.units import Units
from backend.catalogue.values import UsualValues
from backend.config import LANGUAGES


class Tuning(msgspec.Struct, frozen=True):
    """Each by language, but for values, translations and weights."""

    synonyms: Mapping[str, Synonyms]
    stop_words: Mapping[str, StopWords]
    units: Mapping[str, Units]
    values: UsualValues
    translations: Translations
    boosts: Boosts


@cache
def as_shipped() -> Tuning:
    return of_the_shop(None)


def of_the_shop(folder: Path | None) -> Tuning:
    """Raises UnreadableTable."""
    if folder and not any(folder.glob("*.txt")):
        return as_shipped()

    def table(name: str) -> list[Line]:
        return [*shipped(name), *(lines(folder / name) if folder else [])]

    units = {language: table(f"units.{language}.txt") for language in LANGUAGES}
    return Tuning(
        synonyms={language: Synonyms(table(f"synonyms.{language}.txt"), language) for language in LANGUAGES},
        stop_words={
            language: StopWords(table(f"stopwords.{language}.txt"), language) for language in LANGUAGES
        },
        units={language: Units(_with_english(units, language)) for language in LANGUAGES},
        values=UsualValues(table("values.txt")),
        translations=Translations([*table("translations.txt"), *table("values.txt")]),
        boosts=Boosts(table("boosts.txt")),
    )


def _with_english(units: Mapping[str, list[Line]], language: str) -> list[Line]:
    """Symbols are the same everywhere, and inches are said in all languages; the own names come last and win."""
    return units["en"] if language == "en" else [*units["en"], *units[language]]
