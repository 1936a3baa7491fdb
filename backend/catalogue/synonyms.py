"""Other names of the same thing, per language: `synonyms.<language>.txt`, one thing a line."""

from collections.abc import Iterable

from backend.catalogue.analysis import name_words, stems
from backend.catalogue.inflections import forms
from backend.catalogue.phrases import Phrases
from backend.catalogue.tables import Line

Phrase = tuple[str, ...]
"""Stems of the words that carry meaning."""


class Synonyms:
    """Phrases by the group of things that are called so; a word may stand in several groups ("purse")."""

    def __init__(self, lines: Iterable[Line], language: str) -> None:
        """Raises UnreadableTable."""
        self._groups: dict[Phrase, list[Phrase]] = {}
        self._written: dict[tuple[str, ...], list[Phrase]] = {}
        self.words: set[str] = set()
        self.forms: set[str] = set()
        """Their plurals and genders."""
        for line in lines:
            if "," not in line.text:
                line.refuse("one name only: write all names of a thing, with commas.")
            self._add([name_words(name, language) for name in line.text.split(",")], language)
        self._phrases = Phrases(self._groups.items())

    def _add(self, said: list[list[str]], language: str) -> None:
        said = [name for name in said if name]
        names = [stems(name, language) for name in said]
        self.words.update(word for name in said for word in name)
        self.forms.update(form for name in said for word in name for form in forms(word, language))
        for written, name in zip(said, names, strict=True):
            group = self._groups.setdefault(name, [])
            group += [other for other in names if other != name and other not in group]
            self._written[tuple(written)] = group

    def longest(self, stemmed: tuple[str, ...], start: int) -> tuple[int, list[Phrase]] | None:
        """How many words from `start` on have other names, and these."""
        return self._phrases.longest(stemmed, start)

    def groups(self) -> Iterable[tuple[tuple[str, ...], list[Phrase]]]:
        """The words of each name as they are written, and the stems of the other names."""
        return self._written.items()
