"""Values of options and attributes that shops of any language have ("red", "cotton", "men"): `values.txt`."""

from collections.abc import Iterable, Iterator, Mapping

from backend.catalogue.analysis import texts
from backend.catalogue.tables import Line
from backend.catalogue.words import WORDS

Phrase = tuple[str, ...]
Group = dict[str, list[Phrase]]


class UsualValues:
    """One line is one value: its names in English | French | Spanish, with commas."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        """Raises UnreadableTable."""
        self._groups: dict[tuple[str, Phrase], Group] = {}
        for line in lines:
            group = _read(line)
            for language, phrases in group.items():
                for phrase in phrases:
                    self._groups.setdefault((language, phrase), group)
        for language, words in WORDS.items():
            for value, people in words.people.items():
                if meant := self._groups.get(("en", (value,))):
                    meant[language] = [*meant[language], *map(texts, people)]

    def also_called(self, names: Mapping[str, str], language: str) -> Iterator[Phrase]:
        """What a value with these names (by language) is called besides in `language`."""
        for written, name in names.items():
            group = self._groups.get((written, texts(name)))
            if group:
                yield from group[language]


def _read(line: Line) -> Group:
    group = {
        language: [phrase for name in names if (phrase := texts(name))]
        for language, names in line.names().items()
    }
    if not any(group.values()):
        line.refuse("no name stands here.")
    return group
