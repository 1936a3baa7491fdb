"""What things are called in other languages, for a shop that does not write the customer's: `translations.txt`."""

from collections.abc import Callable, Iterable, Iterator

from backend.catalogue.analysis import name_words, stems
from backend.catalogue.inflections import forms
from backend.catalogue.phrases import Phrases
from backend.catalogue.tables import Line
from backend.config import LANGUAGES

Phrase = tuple[str, ...]
"""Stems of the words that carry meaning."""
Named = tuple[str, Phrase]
"""A language, and what the thing is called there."""
SHORTEST = 3
"""Letters of a name: "s" and "or" are rather talk."""


class Translations:
    """One line is one thing: its names in English | French | Spanish, with commas."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        """Raises UnreadableTable."""
        self._things = [
            {
                language: [name_words(name, language) for name in names if len(name) >= SHORTEST]
                for language, names in line.names().items()
            }
            for line in lines
        ]

    def things(self, language: str) -> Iterator[tuple[list[list[str]], list[Named]]]:
        """The words of each thing's names in the language, and its names in the others."""
        for thing in self._things:
            others = [
                (other, stems(name, other))
                for other in LANGUAGES
                if other != language
                for name in thing[other]
            ]
            yield thing[language], others


class Abroad:
    """What a customer may call the things for which the shop has names in other languages only."""

    def __init__(
        self, translations: Translations, language: str, is_named: Callable[[Phrase, str], bool]
    ) -> None:
        """`is_named` tells whether the shop uses a phrase in a language."""
        self.words: set[str] = set()
        """Of their names, with their plurals and genders."""
        entries: dict[Phrase, list[Named]] = {}
        for names, others in translations.things(language):
            used = [(other, phrase) for other, phrase in others if is_named(phrase, other)]
            said = [stems(name, language) for name in names]
            if not used or any(is_named(phrase, language) for phrase in said):
                continue
            self.words.update(
                form for name in names for word in name for form in (word, *forms(word, language))
            )
            for phrase in said:
                entries.setdefault(phrase, []).extend(used)
        self._phrases = Phrases((phrase, list(dict.fromkeys(used))) for phrase, used in entries.items())
        self.stems = frozenset(word for phrase in entries for word in phrase)

    def longest(self, stemmed: Phrase, start: int) -> tuple[int, list[Named]] | None:
        """How many words from `start` on name a thing, and the shop's names for it."""
        return self._phrases.longest(stemmed, start)
