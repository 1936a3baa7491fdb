"""What words the shop itself uses: the dictionary of the speller, and the names of its options.

A word that no shop uses cannot be found, so the catalogue's own words are the right dictionary.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from backend.catalogue.analysis import Token, content, fold, is_stop, name_words, stem, stems, texts, tokens
from backend.catalogue.index import Term, Way
from backend.catalogue.inflections import forms
from backend.catalogue.lexicon import SAID, USUAL, usual_words
from backend.catalogue.likeness import CENTRED_FROM, LEAST_GUESSED, LEAST_SIMILARITY, Likeness
from backend.catalogue.phrases import Phrases, numbers, phrases
from backend.catalogue.talk import chatter, function_words, shopping_words, size_words
from backend.catalogue.translations import Abroad
from backend.catalogue.tuning import Tuning, as_shipped
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

SHORTEST_SPELLED = 4
TWO_ERRORS_FROM = 8
SHORTEST_RARE = 6
"""Fewer letters of a rare word are rather a slip: "ave" for "have"."""
SYNONYM_WEIGHT = 0.9
APART_WEIGHT = 0.8
LIKE_BOOST = 2.0
LEAST_NAMED = 0.5
"""Cosine, to something that only seems to be called so."""
MOST_NAMED = 1_000
MOST_COUNTED = 100_000
NEARLY_EQUAL = 0.03
"""Cosine, between two names that may be meant alike."""
KIND_BOOST = 2.5
KIND_MARK = "="
MOST_SPELLINGS = 5
MOST_REMEMBERED = 4_096
SPELLING_WEIGHT = 0.7
WRONG_FIRST_LETTER = 0.5


SIZE_OPTIONS = frozenset({"size", "dimensions", "diameter", "length", "capacity", "net_weight"})
"""Options whose values go from small to big, by the vocabulary's order."""


class Value(NamedTuple):
    """One value of one option, by codes."""

    option: str
    value: str


Readings = tuple[Value, ...]


class Vocabulary:
    def __init__(self, tuning: Tuning | None = None) -> None:
        self.tuning = tuning or as_shipped()
        self.synonyms = self.tuning.synonyms
        self.weights: dict[str, dict[str, float]] = {}
        """What the operator said of single products, by id."""
        self.likeness = Likeness()
        self._words: dict[str, Counter[str]] = {language: Counter() for language in LANGUAGES}
        self._stems: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        self._by_length: dict[str, dict[int, list[str]]] = {}
        self._values: dict[str, dict[tuple[str, ...], set[Value]]] = {language: {} for language in LANGUAGES}
        self._value_stems: dict[str, dict[tuple[str, ...], set[Value]]] = {
            language: {} for language in LANGUAGES
        }
        self._usual: dict[str, dict[tuple[str, ...], set[Value]]] = {language: {} for language in LANGUAGES}
        """What values are called in languages in which the shop does not write them."""
        self._chat: dict[str, Phrases[str]] = {}
        self._people: dict[str, set[str]] = {}
        """Of whom a thing may be for, those that name no value of this shop's."""
        self._answers: dict[str, dict[tuple[str, ...], set[Value]]] = {}
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
        self._kinds: dict[str, dict[tuple[str, ...], Counter[str]]] = {language: {} for language in LANGUAGES}
        self._names: Counter[tuple[str, str]] = Counter()
        """By language, what products without a stated kind seem to be."""
        self.abroad: dict[str, Abroad] = {}
        """By the customer's language, things that the shop names in other languages only."""
        self._brands: dict[tuple[str, ...], str] = {}
        self.categories: dict[str, dict[tuple[str, ...], set[str]]] = {language: {} for language in LANGUAGES}
        """By language, the stems of their whole names, and the codes of those that are called so."""
        self._learned: set[str] = set()
        self._forms: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        """Plurals and genders that no product writes, with the words that they are forms of."""
        self.spellings = lru_cache(maxsize=MOST_REMEMBERED)(self._nearest)
        self._telling: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        self.kinds: dict[str, Phrases[str]] = {}
        """What a product is, as stems of the words that carry meaning, and what the shop calls it."""
        self._heads: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        """Stems of the nouns that names of several words share: "chair" of "office chair"."""
        self.brands: Phrases[str] = Phrases([])
        self.names: dict[str, dict[str, str]] = {}
        """What an option or attribute ("colour"), or a value of it ("colour=blue"), is called per language."""
        self.frequency: Counter[Value] = Counter()
        """How many products have the value."""

    def texts(self, text: str, language: str) -> tuple[str, ...]:
        return texts(self.tuning.units[language].rewritten(text))

    def content(self, text: str, language: str) -> list[str]:
        """What of a product's text is searched."""
        return content(self.tuning.units[language].rewritten(text), self.tuning.stop_words[language].all)

    def weigh(self, product: str, brand: str, categories: Iterable[str]) -> None:
        weights = self.tuning.boosts.of(product, brand, categories)
        if weights:
            self.weights[product] = weights
        else:
            self.weights.pop(product, None)

    def weight(self, product: str) -> float:
        return prod(self.weights.get(product, {}).values())

    def learn(self, language: str, words: Iterable[str], weight: int) -> None:
        for word in words:
            self._words[language][word] += weight
            self._stems[language].add(stem(word, language))

    def learn_kind(self, language: str, name: str) -> None:
        words = name_words(name, language)
        if words:
            self._kinds[language].setdefault(stems(words, language), Counter())[name] += 1
            self._telling[language].update(words)
        if len(words) > 1:
            self._heads[language].add(stem(words[-1 if language == "en" else 0], language))

    def learn_names(self, language: str, names: Iterable[str]) -> None:
        self._names.update((language, name) for name in names)
        if len(self._names) > MOST_COUNTED:
            self._names = Counter(dict(self._names.most_common(MOST_COUNTED // 2)))

    def learn_category(self, code: str, names: Mapping[str, str]) -> None:
        for language, name in names.items():
            words = stems(self.content(name, language), language)
            self.categories[language].setdefault(words, set()).add(code)

    def learn_brand(self, brand: str) -> None:
        words = texts(brand)
        if words:
            self._brands[words] = brand
            for language in LANGUAGES:
                self._telling[language].update(words)

    def learn_options(self, options: list[dict[str, Any]]) -> None:
        """Options and listed attributes: what has a code and values with codes."""
        for option in options:
            named = repr((option["code"], option["name"], option.get("synonyms")))
            if named not in self._learned:
                self._learned.add(named)
                self._learn_option_name(option)
            for value in option["values"]:
                self._learn_value(option["code"], value)

    def _learn_option_name(self, option: dict[str, Any]) -> None:
        self.names.setdefault(option["code"], option["name"])
        for language in LANGUAGES:
            for phrase in option_phrases(option, language):
                self._option_names[language].setdefault(phrase, set()).add(option["code"])

    def finish(self) -> None:
        for language in LANGUAGES:
            for least in (USUAL, SAID):
                usual_words(language, least)  # read now, not while a customer waits
            self.abroad[language] = Abroad(self.tuning.translations, language, self._means)
            by_length: dict[int, list[str]] = defaultdict(list)
            self._forms[language] = {
                form: word
                for word in self._telling[language]
                for form in forms(word, language)
                if form not in self._words[language]
            }
            self._telling[language].update(self._forms[language])
            known = (
                self._words[language].keys()
                | self._forms[language].keys()
                | function_words(language)
                | self.tuning.stop_words[language].added
                | self._synonyms(language)
                | self.abroad[language].words
                | {word for phrase in self._usual[language] for word in phrase}
            )
            for word in known:
                by_length[len(word)].append(word)
            self._by_length[language] = by_length
            usual = self._usual[language]
            telling = {
                phrase[0] for phrase in usual if len(phrase) == 1
            }  # "my husband", where things are for men
            people = phrases("people", language).without(telling)
            self._people[language] = people.words()
            said = phrases("chat", language).without(self.tuning.stop_words[language].kept)
            self._chat[language] = Phrases([*said.entries(), *people.entries()])
            self._answers[language] = _stemmed(usual, language) | self._value_stems[language]
            self.values[language] = _telling(usual | self._values[language], language)
            self.value_stems[language] = _telling(self._answers[language], language)
            self.option_names[language] = Phrases(
                (phrase, frozenset(options)) for phrase, options in self._option_names[language].items()
            )
            self.kinds[language] = Phrases(
                (phrase, names.most_common(1)[0][0]) for phrase, names in self._kinds[language].items()
            )
        self.brands = Phrases(self._brands.items())
        kinds = [(language, name) for language in LANGUAGES for _, name in self.kinds[language].entries()]
        named = [name for name, _ in self._names.most_common(MOST_NAMED)]
        self.likeness = Likeness(kinds or (named if len(named) >= CENTRED_FROM else ()))

    def _synonyms(self, language: str) -> set[str]:
        """Words that the shop does not use, for things that it has."""
        return {
            word
            for phrase, group in self.synonyms[language].groups()
            if any(self._means(other, language) for other in group)
            for word in phrase
        }

    def answers(self, word: str, options: frozenset[str], language: str) -> Readings:
        """The values of these options that one word names, be it as short as "m" or "42"."""
        values = self._answers[language].get((stem(word, language),), set())
        return tuple(sorted(value for value in values if value.option in options))

    def knows(self, word: str, language: str) -> bool:
        return word in self._words[language] or stem(word, language) in self._stems[language]

    def owns(self, words: Iterable[str], language: str) -> bool:
        """Whether a word has a meaning of its own in the language: the shop writes it, or everybody does."""
        return any(word in self._words[language] or word in function_words(language) for word in words)

    def knows_anywhere(self, word: str, language: str) -> bool:
        """In any language, or of a thing that a customer of this one may name."""
        return self._uses(word) or stem(word, language) in self.abroad[language].stems

    def _uses(self, word: str) -> bool:
        return any(self.knows(word, language) for language in LANGUAGES)

    def terms(
        self,
        words: Sequence[str],
        language: str,
        boost: float = 1.0,
        misspelt: Mapping[str, str] | None = None,
    ) -> list[Term]:
        """Each word, or phrase that has a synonym, in every way in which the shop may say it. `misspelt` is a
        corrected word to how it was written: it may have been another one."""
        said = list(dict.fromkeys(words))
        found: list[Term] = []
        position = 0
        while position < len(said):
            length, others = self._alike(said, position, language)
            abroad = self.abroad_at(said, position, language)
            if abroad and abroad[0] >= length:
                length, others = abroad[0], [Way(other, named) for other, named in abroad[1]]
            phrase = said[position : position + length]
            typed = fold((misspelt or {}).get(phrase[0], "")) if length == 1 else ""
            own = [] if abroad else [*self._own_ways(phrase, language), *self._apart(phrase, language)]
            ways = [*own, *others, *self._other_spellings(typed, phrase, language)]
            if ways:
                found.append(Term(" ".join(phrase), ways, boost))
            position += length
        return found

    def alike(self, phrase: str, text: str, language: str, *, is_guessed: bool) -> Term | None:
        """Things of the shop whose names mean something near to the phrase, in whatever language: for words that
        the shop does not use, or that may be right though they look mistyped. `text` is what is searched of it.

        Where products do not say what they are, only what the shop has no word for is compared: "yoga mat" is near
        to all that has to do with yoga."""
        if any(self._kinds.values()):
            least = LEAST_GUESSED if is_guessed else LEAST_SIMILARITY
            return self._like(phrase, text, language, least)
        lost = [word for word in phrase.split() if not self.knows_anywhere(fold(word), language)]
        nouns = [word for word in lost if not is_stop(fold(word), language)]
        meaning = [word for word in phrase.split() if not is_stop(fold(word), language)]
        if not nouns or meaning[-1 if language == "en" else 0] not in nouns:
            return None  # "sac pour le gymnase" is a bag, whatever gyms are near to
        whole = " ".join(lost[lost.index(nouns[0]) : len(lost) - lost[::-1].index(nouns[-1])])
        head = nouns[-1 if language == "en" else 0]
        for said, meant in ((whole, nouns), (head, [head])):
            found = self._like(said, " ".join(map(fold, meant)), language, LEAST_NAMED)
            if found:
                return found
        return None

    def _like(self, phrase: str, text: str, language: str, least: float) -> Term | None:
        named = self.likeness.nearest(phrase, language)
        ways = [
            Way(other, self._named(name, other), LIKE_BOOST * similarity)
            for other, name, similarity in named
            if similarity >= max(least, named[0][2] - NEARLY_EQUAL)
        ]
        return Term(KIND_MARK + text, ways) if ways else None

    def _named(self, name: str, language: str) -> tuple[str, ...]:
        """What is searched to find the things that are called so."""
        words = stems(name_words(name, language), language)
        return (kind_stem(name, language),) if words in self._kinds[language] else words

    def is_lost(self, words: Iterable[str], misspelt: Mapping[str, str], language: str) -> bool:
        """Whether one of them is no word of the shop, or names a kind of thing without saying which."""
        return any(
            word in misspelt
            or not self.knows_anywhere(word, language)
            or stem(word, language) in self._heads[language]
            for word in words
        )

    def is_head(self, word: str, language: str) -> bool:
        """Whether it may be what a thing is, not how: a word that is unknown, or what many kinds are ("chair")."""
        return stem(word, language) in self._heads[language] or not (
            self.knows_anywhere(word, language) or self.is_chatter(word, language)
        )

    def kind_term(self, kind: str, language: str) -> Term:
        """What a product is, not only what its texts say."""
        token = kind_stem(kind, language)
        return Term(token, [Way(language, (token,))], KIND_BOOST)

    def _other_spellings(self, typed: str, phrase: Sequence[str], language: str) -> list[Way]:
        if not typed:
            return []
        spellings = self.spellings(typed, language)
        best = spellings.get(phrase[0], 1.0)
        return [
            Way(other, (stem(word, other),), SPELLING_WEIGHT ** (1 + slips - best))
            for word, slips in spellings.items()
            for other in LANGUAGES
            if word != phrase[0] and word in self._words[other]
        ]

    def _own_ways(self, phrase: Sequence[str], language: str) -> list[Way]:
        """In the customer's language when the shop uses the words there, else in those where it does."""
        known = [other for other in LANGUAGES if all(self.knows(word, other) for word in phrase)]
        return [Way(other, stems(phrase, other)) for other in ([language] if language in known else known)]

    def _apart(self, phrase: Sequence[str], language: str) -> list[Way]:
        """Where one product writes "full-zip", another one writes "full zip"."""
        parts = self._split(phrase[0], language) if len(phrase) == 1 else None
        return [Way(language, stems(parts, language), APART_WEIGHT)] if parts else []

    def _alike(self, said: Sequence[str], position: int, language: str) -> tuple[int, list[Way]]:
        """How many words from here on are one thing, and the shop's words for it."""
        found = self.synonyms[language].longest(stems(said, language), position)
        if not found:
            return 1, []
        length, group = found
        own = stems(said[position : position + length], language)
        others = [other for other in group if other != own and self._means(other, language)]
        if length > 1 and not others:
            return 1, []
        return length, [Way(language, other, SYNONYM_WEIGHT) for other in others]

    def abroad_at(
        self, said: Sequence[str], position: int, language: str
    ) -> tuple[int, list[tuple[str, tuple[str, ...]]]] | None:
        """How many words from here on name what the shop names in other languages only, and its names: in the
        customer's language, else in one that a word is from which the shop does not use."""
        own = self.abroad[language].longest(stems(said, language), position)
        if own:
            return own
        for other in LANGUAGES:
            found = self.abroad[other].longest(stems(said, other), position)
            if found and not all(self._uses(word) for word in said[position : position + found[0]]):
                return found
        return None

    def _means(self, phrase: tuple[str, ...], language: str) -> bool:
        return phrase in self._kinds[language] or all(word in self._stems[language] for word in phrase)

    def kind_at(self, stemmed: tuple[str, ...], start: int, language: str) -> tuple[int, str | None]:
        """How many words from here on name a kind of product, by the shop's name or a synonym, and the shop's
        name for it; one word and None when they name none."""
        own = self.kinds[language].longest(stemmed, start)
        alike = self.synonyms[language].longest(stemmed, start)
        if alike and (own is None or alike[0] > own[0]):
            for other in alike[1]:
                if other in self._kinds[language]:
                    return alike[0], self._kinds[language][other].most_common(1)[0][0]
        return own or (1, None)

    def is_chatter(self, word: str, language: str) -> bool:
        """Whether the word names nothing: a word of talk in the customer's language, or in another one's when
        the shop does not use it."""
        stop_words = self.tuning.stop_words
        if word in stop_words[language].talk or word in self._people[language]:
            return True
        if word in stop_words[language].kept:
            return False
        return not self.knows(word, language) and any(word in stop_words[other].talk for other in LANGUAGES)

    def chat(self, language: str) -> Phrases[str]:
        """What customers say around the name of a thing."""
        return self._chat[language]

    def read(self, text: str, language: str) -> list[Token]:
        """The words with their measures in one way, without typing errors, and written apart or together as the
        shop writes them."""
        said = tokens(self.tuning.units[language].rewritten(text))
        joined = self._joined(said, language)
        return self._joined([part for token in joined for part in self._spelled(token, language)], language)

    def _spelled(self, token: Token, language: str) -> list[Token]:
        word = token.text
        if (
            not token.is_word
            or len(word) < SHORTEST_SPELLED - 1
            or not word.isalpha()
            or self._is_word(word, language)
        ):
            return [token]
        if word in self._forms[language]:
            return [Token(self._forms[language][word], word)]
        if word in self.synonyms[language].forms or word in usual_words(language, USUAL):
            return [Token(word, token.raw, typed=token.raw)]
        split = self._split(word, language) if len(word) >= SHORTEST_SPELLED else None
        if split:
            return [Token(part, part, typed=token.raw) for part in split]
        correct = self._correct(word, language)
        if correct and not self._is_said_for_talk(word, correct, language):
            return [Token(self._forms[language].get(correct, correct), correct, typed=token.raw)]
        return [Token(word, token.raw, typed=token.raw)]

    def _is_word(self, word: str, language: str) -> bool:
        if (
            word in function_words(language)
            or word in self.tuning.stop_words[language].added
            or self.knows_anywhere(word, language)
            or self._names_option(word, language)
            or (stem(word, language),) in self._answers[language]
            or word in self.synonyms[language].words
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
        return next(iter(self.spellings(word, language)), None)

    def _is_said_for_talk(self, word: str, correct: str, language: str) -> bool:
        """ "Parleur" is rarer than "parler", but a word: nobody who asks for one means talk."""
        is_talk = not self.writes(correct, language) and correct in function_words(language)
        return is_talk and len(word) >= SHORTEST_RARE and word in usual_words(language, SAID)

    def _is_telling(self, word: str, language: str) -> bool:
        return word in self._telling[language] or word in shopping_words(language)

    def _is_usual(self, word: str, language: str) -> bool:
        return word in self._telling[language] or word in function_words(language)

    def _nearest(self, word: str, language: str) -> dict[str, float]:
        """The nearest words with the number of slips, the likeliest first: own language, then words that say
        what things are, then the most frequent."""
        is_short = len(word) < SHORTEST_SPELLED
        allowed = 2 if len(word) >= TWO_ERRORS_FROM else 1
        found: list[tuple[float, bool, bool, int, str]] = []
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
                if is_short and (len(candidate) <= len(word) or not self._is_usual(candidate, language)):
                    continue
                rank = _unlikeliness(word, candidate, distance)
                is_plain = not self._is_telling(candidate, other)
                used = self._words[other][self._forms[other].get(candidate, candidate)]
                found.append((rank, other != language, is_plain, -used, candidate))
        return {candidate: rank for rank, _, _, _, candidate in sorted(found)[:MOST_SPELLINGS]}

    def _joined(self, said: list[Token], language: str) -> list[Token]:
        joined: list[Token] = []
        for token in said:
            can_join = joined and _can_join(joined[-1], token) and not _only_joins(token, language)
            compound = joined[-1].text + token.text if can_join else ""
            if len(compound) >= SHORTEST_SPELLED and self.writes(compound, language):
                joined[-1] = Token(compound, compound)
            else:
                joined.append(token)
        return joined

    def writes(self, word: str, language: str) -> bool:
        """Whether the shop writes this very word, or it is another name of a thing."""
        return (
            word in self._words[language]
            or word in self._forms[language]
            or word in self.synonyms[language].words
            or word in self.synonyms[language].forms
            or word in self.abroad[language].words
        )

    def _learn_value(self, option: str, value: dict[str, Any]) -> None:
        if value["code"] not in self.order[option]:
            self.order[option].append(value["code"])
        self.frequency[Value(option, value["code"])] += 1
        said = repr((option, value))
        if said in self._learned:
            return
        self._learned.add(said)
        self.names.setdefault(f"{option}={value['code']}", value["name"])
        for language in LANGUAGES:
            for phrase in self.tuning.values.also_called(value["name"], language):
                self._telling[language].update(phrase)
                self._usual[language].setdefault(phrase, set()).add(Value(option, value["code"]))
            for phrase in self._value_phrases(value, language):
                self._telling[language].update(phrase)
                self._values[language].setdefault(phrase, set()).add(Value(option, value["code"]))
                stemmed = stems(phrase, language)
                self._value_stems[language].setdefault(stemmed, set()).add(Value(option, value["code"]))

    def _value_phrases(self, value: dict[str, Any], language: str) -> set[tuple[str, ...]]:
        """Every way to say this value in the language: its name, its synonyms, its code."""
        said = [value["name"].get(language) or value["name"].get("en") or "", value["code"].replace("_", " ")]
        said += value.get("synonyms", {}).get(language, [])
        named = {self.texts(text, language) for text in said} - {()}
        return named | {
            (form,) for phrase in named if len(phrase) == 1 for form in forms(phrase[0], language)
        }


def _can_join(first: Token, second: Token) -> bool:
    """Two words, or the parts of a model's number: "wh 1000xm4", "iphone 12"."""
    compound = first.text + second.text
    return compound.isalnum() and not compound.isdigit() and (first.is_word or second.is_word)


def _only_joins(token: Token, language: str) -> bool:
    """ "La Fil et la Nacre" has no "filet"."""
    return len(token.text) > 1 and token.text in phrases("joining", language).words()


def _unlikeliness(word: str, candidate: str, errors: float) -> float:
    """Slips, and a part of one more for a wrong first letter, which few mistype."""
    is_first_right = word[0] == candidate[0] or word[:2] == candidate[1::-1]
    return errors + (0 if is_first_right else WRONG_FIRST_LETTER)


def kind_stem(kind: str, language: str) -> str:
    """One token for the whole name, which no text of a product contains."""
    return KIND_MARK + "_".join(stems(name_words(kind, language), language))


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
