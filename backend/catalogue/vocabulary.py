"""What words the shop itself uses: the dictionary of the speller, and the names of its options.

A word that no shop uses cannot be found, so the catalogue's own words are the right dictionary.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from backend.catalogue.analysis import Token, fold, is_stop, stem, stems, stop_words, texts
from backend.catalogue.index import Term
from backend.catalogue.phrases import Phrases, numbers, phrases
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

SHORTEST_SPELLED = 4
SURE_FROM = 7
TWO_ERRORS_FROM = 8


SIZE_OPTIONS = frozenset({"size", "dimensions", "diameter", "length", "capacity", "net_weight"})
"""Options whose values go from small to big, by the vocabulary's order."""


class Value(NamedTuple):
    """One value of one option, by codes."""

    option: str
    value: str


Readings = tuple[Value, ...]


class Vocabulary:
    def __init__(self) -> None:
        self._words: dict[str, Counter[str]] = {language: Counter() for language in LANGUAGES}
        self._stems: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        self._by_length: dict[str, dict[int, list[str]]] = {}
        self._values: dict[str, dict[tuple[str, ...], set[Value]]] = {language: {} for language in LANGUAGES}
        self._value_stems: dict[str, dict[tuple[str, ...], set[Value]]] = {
            language: {} for language in LANGUAGES
        }
        self._option_names: dict[str, dict[tuple[str, ...], set[str]]] = {
            language: {} for language in LANGUAGES
        }
        self.order: dict[str, list[str]] = defaultdict(list)
        """Option code to its value codes, smallest first where sizes have an order."""
        self.values: dict[str, Phrases[Readings]] = {}
        """By language: the phrases that name a value without being asked."""
        self.value_stems: dict[str, Phrases[Readings]] = {}
        """The same as stems, for plurals and genders that nobody listed."""
        self.option_names: dict[str, Phrases[frozenset[str]]] = {}

    def learn(self, language: str, words: Iterable[str], weight: int) -> None:
        for word in words:
            self._words[language][word] += weight
            self._stems[language].add(stem(word, language))

    def learn_options(self, options: list[dict[str, Any]]) -> None:
        for option in options:
            for language in LANGUAGES:
                names = option_phrases(option, language)
                for phrase in names:
                    self._option_names[language].setdefault(phrase, set()).add(option["code"])
            for value in option["values"]:
                self._learn_value(option["code"], value)

    def finish(self) -> None:
        for language in LANGUAGES:
            by_length: dict[int, list[str]] = defaultdict(list)
            for word in self._words[language].keys() | function_words(language):
                by_length[len(word)].append(word)
            self._by_length[language] = by_length
            self.values[language] = _telling(self._values[language], language)
            self.value_stems[language] = _telling(self._value_stems[language], language)
            self.option_names[language] = Phrases(
                (phrase, frozenset(options)) for phrase, options in self._option_names[language].items()
            )

    def answers(self, word: str, options: frozenset[str], language: str) -> Readings:
        """The values of these options that one word names, be it as short as "m" or "42"."""
        values = self._value_stems[language].get((stem(word, language),), set())
        return tuple(sorted(value for value in values if value.option in options))

    def knows(self, word: str, language: str) -> bool:
        return word in self._words[language] or stem(word, language) in self._stems[language]

    def owns(self, words: Iterable[str], language: str) -> bool:
        """Whether a word has a meaning of its own in the language: the shop writes it, or everybody does."""
        return any(word in self._words[language] or word in function_words(language) for word in words)

    def knows_anywhere(self, word: str) -> bool:
        return any(self.knows(word, language) for language in LANGUAGES)

    def term(self, word: str, language: str, boost: float = 1.0) -> Term | None:
        """In the customer's language when the shop uses the word there, else in those where it does."""
        languages = (
            [language]
            if self.knows(word, language)
            else [other for other in LANGUAGES if self.knows(word, other)]
        )
        return Term(word, {known: stem(word, known) for known in languages}, boost) if languages else None

    def is_chatter(self, word: str, language: str) -> bool:
        """Whether the word names nothing: a word of talk in the customer's language, or in another one's when
        the shop does not use it."""
        if word in chatter(language):
            return True
        return not self.knows(word, language) and any(word in chatter(other) for other in LANGUAGES)

    def spell(self, said: list[Token], language: str) -> list[Token]:
        """The words without typing errors, and written apart or together as the shop writes them."""
        return self._joined([part for token in said for part in self._spelled(token, language)], language)

    def _spelled(self, token: Token, language: str) -> list[Token]:
        word = token.text
        if (
            not token.is_word
            or len(word) < SHORTEST_SPELLED
            or not word.isalpha()
            or self._is_word(word, language)
        ):
            return [token]
        split = self._split(word, language)
        if split:
            return [Token(part, part) for part in split]
        correct = self._correct(word, language)
        return [Token(correct, correct)] if correct else [token]

    def _is_word(self, word: str, language: str) -> bool:
        if (
            word in function_words(language)
            or self.knows_anywhere(word)
            or self._names_option(word, language)
        ):
            return True
        return any(word in chatter(other) for other in LANGUAGES)

    def _names_option(self, word: str, language: str) -> bool:
        return (stem(word, language),) in self._option_names[language]

    def _split(self, word: str, language: str) -> tuple[str, str] | None:
        parts = [(word[:middle], word[middle:]) for middle in range(3, len(word) - 2)]
        known = [pair for pair in parts if all(part in self._words[language] for part in pair)]
        return max(known, key=lambda pair: min(self._words[language][part] for part in pair), default=None)

    def _correct(self, word: str, language: str) -> str | None:
        """The nearest word; own language first, then the most frequent."""
        allowed = 2 if len(word) >= TWO_ERRORS_FROM else 1
        best: tuple[float, bool, int, str] | None = None
        for other in LANGUAGES:
            near = [
                candidate
                for length in range(len(word) - allowed, len(word) + allowed + 1)
                for candidate in self._by_length[other].get(length, [])
            ]
            for candidate, distance, _ in extract(
                word, near, scorer=OSA.distance, score_cutoff=allowed, limit=20
            ):
                if other != language and candidate not in self._words[other]:
                    continue
                if not _is_likely(word, candidate, distance):
                    continue
                rank = (distance, other != language, -self._words[other][candidate], candidate)
                best = rank if best is None or rank < best else best
        return best[3] if best else None

    def _joined(self, said: list[Token], language: str) -> list[Token]:
        joined: list[Token] = []
        for token in said:
            compound = joined[-1].text + token.text if joined and token.is_word and joined[-1].is_word else ""
            if compound.isalpha() and len(compound) >= SHORTEST_SPELLED and compound in self._words[language]:
                joined[-1] = Token(compound, compound)
            else:
                joined.append(token)
        return joined

    def _learn_value(self, option: str, value: dict[str, Any]) -> None:
        if value["code"] not in self.order[option]:
            self.order[option].append(value["code"])
        for language in LANGUAGES:
            for phrase in value_phrases(value, language):
                self._values[language].setdefault(phrase, set()).add(Value(option, value["code"]))
                stemmed = stems(phrase, language)
                self._value_stems[language].setdefault(stemmed, set()).add(Value(option, value["code"]))


def _is_likely(word: str, candidate: str, errors: float) -> bool:
    """Few mistype a word's first letter; short words and two errors leave too many others."""
    is_swapped = word[:2] == candidate[1::-1]
    return word[0] == candidate[0] or is_swapped or (errors == 1 and len(word) >= SURE_FROM)


def value_phrases(value: dict[str, Any], language: str) -> set[tuple[str, ...]]:
    """Every way to say this value in the language: its name, its synonyms, its code."""
    said = [value["name"].get(language) or value["name"].get("en") or "", value["code"].replace("_", " ")]
    said += value.get("synonyms", {}).get(language, [])
    return {texts(text) for text in said} - {()}


def option_phrases(option: dict[str, Any], language: str) -> set[tuple[str, ...]]:
    said = [option["name"].get(language) or option["name"].get("en") or ""]
    said += option.get("synonyms", {}).get(language, [])
    return {stems(texts(text), language) for text in said} - {()}


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
    return is_size or not (is_count or len(word) < 3 or word in chatter(language) or word in _sizes(language))


@cache
def chatter(language: str) -> frozenset[str]:
    """Single words that name no product: stop words and words of shopping."""
    talk = {
        word for entry in WORDS[language].chat.split(",") if len(texts(entry)) == 1 for word in texts(entry)
    }
    return frozenset((talk | stop_words(language)) - {fold(word) for word in WORDS[language].kept})


@cache
def function_words(language: str) -> frozenset[str]:
    """Every word of the language that the shop need not teach; the speller leaves them alone."""
    lists = (
        "chat", "max", "min", "max_after", "min_after", "about", "currency", "in_stock", "by_price",
        "cheaper", "dearer", "more", "bigger", "smaller", "biggest", "smallest", "big", "small", "cheapest",
        "dearest", "last", "middle", "other", "position", "this", "alone", "both",
    )  # fmt: skip
    words = set().union(*(phrases(name, language).words() for name in lists))
    words |= numbers("numbers", language).words() | numbers("ordinals", language).words()
    return frozenset(words | stop_words(language))


@cache
def _sizes(language: str) -> frozenset[str]:
    return frozenset(stems(phrases("big", language).words() | phrases("small", language).words(), language))
