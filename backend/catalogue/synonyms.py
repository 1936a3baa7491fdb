"""Other names of the same thing, per language: the tables beside `backend.catalogue.words`, and the operator's."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from backend.catalogue import words
from backend.catalogue.analysis import name_words, stems
from backend.catalogue.phrases import Phrases
from backend.config import LANGUAGES


class UnreadableTable(Exception):
    """A table of synonyms cannot be used; the text names the file, the line and what to do."""


Phrase = tuple[str, ...]
"""Stems of the words that carry meaning."""


class Synonyms:
    """Phrases by the group of things that are called so; a word may stand in several groups ("purse")."""

    def __init__(self, lines: Iterable[str], language: str) -> None:
        self._groups: dict[Phrase, list[Phrase]] = {}
        self._written: dict[tuple[str, ...], list[Phrase]] = {}
        self.words: set[str] = set()
        for line in lines:
            said = [name_words(name, language) for name in line.split(",")]
            names = [stems(name, language) for name in said if name]
            self.words.update(word for name in said for word in name)
            for written, name in zip((name for name in said if name), names, strict=True):
                group = self._groups.setdefault(name, [])
                group += [other for other in names if other != name and other not in group]
                self._written[tuple(written)] = group
        self._phrases = Phrases(self._groups.items())

    def longest(self, stemmed: tuple[str, ...], start: int) -> tuple[int, list[Phrase]] | None:
        """How many words from `start` on have other names, and these."""
        return self._phrases.longest(stemmed, start)

    def groups(self) -> Iterable[tuple[tuple[str, ...], list[Phrase]]]:
        """The words of each name as they are written, and the stems of the other names."""
        return self._written.items()

    def group(self, phrase: Phrase) -> list[Phrase]:
        return self._groups.get(phrase, [])


@cache
def shipped(language: str) -> Synonyms:
    return Synonyms(_lines(Path(words.__file__).with_name(_file(language))), language)


def of_the_shop(folder: Path) -> dict[str, Synonyms]:
    """By language: what ships with the program, and the operator's own lines in files of the same names."""
    return {
        language: Synonyms(
            [*_lines(Path(words.__file__).with_name(_file(language))), *_lines(folder / _file(language))],
            language,
        )
        for language in LANGUAGES
    }


def _file(language: str) -> str:
    return f"synonyms.{language}.txt"


def _lines(table: Path) -> list[str]:
    """Raises UnreadableTable."""
    if not table.exists():
        return []
    try:
        lines = table.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableTable(f"{table}: byte {error.start} is not UTF-8: save the file as UTF-8.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#") and "," not in line:
            raise UnreadableTable(
                f"{table}, line {number}: one name only: write all names of a thing, with commas."
            )
    return [line for line in lines if line.strip() and not line.startswith("#")]
