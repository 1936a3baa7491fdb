"""What customers call options, attributes and their values: by the shop's own names, and by everybody's."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from backend.catalogue.analysis import fold, is_stop, stem, stems, texts
from backend.catalogue.inflections import forms
from backend.catalogue.phrases import Phrases, numbers
from backend.catalogue.talk import chatter, size_words
from backend.catalogue.tuning import Tuning
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

SIZE_OPTIONS = frozenset({"size", "dimensions", "diameter", "length", "capacity", "net_weight"})
"""Options whose values go from small to big, by the vocabulary's order."""


class Value(NamedTuple):
    """One value of one option, by codes."""

    option: str
    value: str


Readings = tuple[Value, ...]
Named = dict[tuple[str, ...], set[Value]]
"""Phrase to what it may mean."""


class OptionWords:
    def __init__(self) -> None:
        self._values: dict[str, Named] = {language: {} for language in LANGUAGES}
        self._value_stems: dict[str, Named] = {language: {} for language in LANGUAGES}
        self._usual: dict[str, Named] = {language: {} for language in LANGUAGES}
        """What values are called in languages in which the shop does not write them."""
        self._answers: dict[str, Named] = {}
        self._option_names: dict[str, dict[tuple[str, ...], set[str]]] = {
            language: {} for language in LANGUAGES
        }
        self._learned: set[str] = set()
        self.telling: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        """Words that values are called by."""
        self.order: dict[str, list[str]] = defaultdict(list)
        """Option code to its value codes, smallest first where sizes have an order."""
        self.values: dict[str, Phrases[Readings]] = {}
        """By language: the phrases that name a value without being asked."""
        self.value_stems: dict[str, Phrases[Readings]] = {}
        """The same as stems, for plurals and genders that nobody listed."""
        self.option_names: dict[str, Phrases[frozenset[str]]] = {}
        self.names: dict[str, dict[str, str]] = {}
        """What an option or attribute ("colour"), or a value of it ("colour=blue"), is called per language."""
        self.frequency: Counter[Value] = Counter()
        """How many products have the value."""

    def learn(self, options: list[dict[str, Any]], tuning: Tuning) -> None:
        """Options and listed attributes: what has a code and values with codes."""
        for option in options:
            named = repr((option["code"], option["name"], option.get("synonyms")))
            if named not in self._learned:
                self._learned.add(named)
                self._learn_option_name(option)
            for value in option["values"]:
                self._learn_value(option["code"], value, tuning)

    def _learn_option_name(self, option: dict[str, Any]) -> None:
        self.names.setdefault(option["code"], option["name"])
        for language in LANGUAGES:
            for phrase in option_phrases(option, language):
                self._option_names[language].setdefault(phrase, set()).add(option["code"])

    def _learn_value(self, option: str, value: dict[str, Any], tuning: Tuning) -> None:
        if value["code"] not in self.order[option]:
            self.order[option].append(value["code"])
        self.frequency[Value(option, value["code"])] += 1
        said = repr((option, value))
        if said in self._learned:
            return
        self._learned.add(said)
        self.names.setdefault(f"{option}={value['code']}", value["name"])
        for language in LANGUAGES:
            for phrase in tuning.values.also_called(value["name"], language):
                self.telling[language].update(phrase)
                self._usual[language].setdefault(phrase, set()).add(Value(option, value["code"]))
            for phrase in _value_phrases(value, language, tuning):
                self.telling[language].update(phrase)
                self._values[language].setdefault(phrase, set()).add(Value(option, value["code"]))
                stemmed = stems(phrase, language)
                self._value_stems[language].setdefault(stemmed, set()).add(Value(option, value["code"]))

    def finish(self) -> None:
        for language in LANGUAGES:
            usual = self._usual[language]
            self._answers[language] = _stemmed(usual, language) | self._value_stems[language]
            self.values[language] = _telling(usual | self._values[language], language)
            self.value_stems[language] = _telling(self._answers[language], language)
            self.option_names[language] = Phrases(
                (phrase, frozenset(options)) for phrase, options in self._option_names[language].items()
            )

    def usual_words(self, language: str) -> set[str]:
        """Of values that the shop writes in another language."""
        return {word for phrase in self._usual[language] for word in phrase}

    def names_value(self, word: str, language: str) -> bool:
        return (stem(word, language),) in self._answers[language]

    def names_option(self, word: str, language: str) -> bool:
        return (stem(word, language),) in self._option_names[language]

    def is_usual(self, word: str, language: str) -> bool:
        """Whether the word alone is a usual name of a value, like "husband" where things are for men."""
        return (word,) in self._usual[language]

    def answers(self, word: str, options: frozenset[str], language: str) -> Readings:
        """The values of these options that one word names, be it as short as "m" or "42"."""
        values = self._answers[language].get((stem(word, language),), set())
        return tuple(sorted(value for value in values if value.option in options))


def _value_phrases(value: dict[str, Any], language: str, tuning: Tuning) -> set[tuple[str, ...]]:
    """Every way to say this value in the language: its name, its synonyms, its code."""
    said = [value["name"].get(language) or value["name"].get("en") or "", value["code"].replace("_", " ")]
    said += value.get("synonyms", {}).get(language, [])
    named = {texts(tuning.units[language].rewritten(text)) for text in said} - {()}
    return named | {(form,) for phrase in named if len(phrase) == 1 for form in forms(phrase[0], language)}


def option_phrases(option: dict[str, Any], language: str) -> set[tuple[str, ...]]:
    said = [option["name"].get(language) or option["name"].get("en") or ""]
    said += option.get("synonyms", {}).get(language, [])
    said += _usual_names(option, language)
    return {stems(texts(text), language) for text in said} - {()}


def _usual_names(option: dict[str, Any], language: str) -> list[str]:
    """ "Couleur", where the shop only says "colour"."""
    named = {fold(name) for name in option["name"].values()}
    return [
        name
        for usual in WORDS[language].options
        if any(named & set(words.options[usual]) for words in WORDS.values())
        for name in WORDS[language].options[usual]
    ]


def _stemmed(values: dict[tuple[str, ...], set[Value]], language: str) -> dict[tuple[str, ...], set[Value]]:
    stemmed: dict[tuple[str, ...], set[Value]] = {}
    for phrase, meant in values.items():
        stemmed.setdefault(stems(phrase, language), set()).update(meant)
    return stemmed


def _telling(values: dict[tuple[str, ...], set[Value]], language: str) -> Phrases[Readings]:
    """ "en blanco" is a ruling, and also all that "blanco" is."""
    return Phrases(
        (
            phrase,
            tuple(sorted(found | (values.get(phrase[1:], set()) if is_stop(phrase[0], language) else set()))),
        )
        for phrase, found in values.items()
        if is_telling(phrase, language)
    )


def is_telling(phrase: tuple[str, ...], language: str) -> bool:
    """Whether the phrase means this value by itself: not "m", "40" or "two", which need their question."""
    if len(phrase) > 1 or "x" in phrase[0][1:-1]:
        return True
    word = phrase[0]
    is_count = word in numbers("numbers", language).words() or word.isdigit()
    is_size = word in {"xs", "xl", "xxl", "2xl"}
    return is_size or not (
        is_count or len(word) < 3 or word in chatter(language) or word in size_words(language)
    )
