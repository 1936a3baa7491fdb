"""What the shop has words for, and in which ways it may say what a customer says."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import prod

from backend.catalogue.analysis import content, fold, is_stop, name_words, stem, stems, texts
from backend.catalogue.dictionary import Dictionary
from backend.catalogue.index import Term, Way
from backend.catalogue.lexicon import SAID, USUAL, usual_words
from backend.catalogue.likeness import CENTRED_FROM, LEAST_GUESSED, LEAST_SIMILARITY, Likeness
from backend.catalogue.option_words import OptionWords
from backend.catalogue.phrases import Phrases, phrases
from backend.catalogue.talk import function_words
from backend.catalogue.translations import Abroad
from backend.catalogue.tuning import Tuning, as_shipped
from backend.config import LANGUAGES

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
MOST_REMEMBERED = 4_096
SPELLING_WEIGHT = 0.7


class Vocabulary:
    def __init__(self, tuning: Tuning | None = None) -> None:
        self.tuning = tuning or as_shipped()
        self.synonyms = self.tuning.synonyms
        self.weights: dict[str, dict[str, float]] = {}
        """What the operator said of single products, by id."""
        self.likeness = Likeness()
        self.dictionary = Dictionary()
        self.options = OptionWords()
        self._chat: dict[str, Phrases[str]] = {}
        self._people: dict[str, set[str]] = {}
        """Of whom a thing may be for, those that name no value of this shop's."""
        self._kinds: dict[str, dict[tuple[str, ...], Counter[str]]] = {language: {} for language in LANGUAGES}
        self._names: Counter[tuple[str, str]] = Counter()
        """By language, what products without a stated kind seem to be."""
        self.abroad: dict[str, Abroad] = {}
        """By the customer's language, things that the shop names in other languages only."""
        self._brands: dict[tuple[str, ...], str] = {}
        self.categories: dict[str, dict[tuple[str, ...], set[str]]] = {language: {} for language in LANGUAGES}
        """By language, the stems of their whole names, and the codes of those that are called so."""
        self.spellings = lru_cache(maxsize=MOST_REMEMBERED)(self._nearest)
        self.kinds: dict[str, Phrases[str]] = {}
        """What a product is, as stems of the words that carry meaning, and what the shop calls it."""
        self._heads: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        """Stems of the nouns that names of several words share: "chair" of "office chair"."""
        self._compounds: dict[str, set[tuple[str, ...]]] = {language: set() for language in LANGUAGES}
        """Stems of two words that stand side by side in a name, one of which is talk elsewhere: "gift card"."""
        self.brands: Phrases[str] = Phrases([])

    def _nearest(self, word: str, language: str) -> dict[str, float]:
        """By the dictionary that there is then: it may be read from what an earlier process has kept."""
        return self.dictionary.nearest(word, language)

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

    def learn_kind(self, language: str, name: str) -> None:
        words = name_words(name, language)
        if words:
            self._kinds[language].setdefault(stems(words, language), Counter())[name] += 1
            self.dictionary.telling[language].update(words)
        if len(words) > 1:
            self._heads[language].add(stem(words[-1 if language == "en" else 0], language))

    def learn_compounds(self, language: str, name: Sequence[str]) -> None:
        talk = self.tuning.stop_words[language].talk
        self._compounds[language].update(
            stems(pair, language) for pair in pairwise(name) if (pair[0] in talk) != (pair[1] in talk)
        )

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
                self.dictionary.telling[language].update(words)

    def finish(self) -> None:
        self.options.finish()
        for language in LANGUAGES:
            for least in (USUAL, SAID):
                usual_words(language, least)  # read now, not while a customer waits
            self.abroad[language] = Abroad(self.tuning.translations, language, self._means)
            self.dictionary.telling[language] |= self.options.telling[language]
            self.dictionary.know_forms(language)
            self.dictionary.finish(language, self._other_words(language))
            self._know_talk(language)
            self.kinds[language] = Phrases(
                (phrase, names.most_common(1)[0][0]) for phrase, names in self._kinds[language].items()
            )
        self.brands = Phrases(self._brands.items())
        kinds = [(language, name) for language in LANGUAGES for _, name in self.kinds[language].entries()]
        named = [name for name, _ in self._names.most_common(MOST_NAMED)]
        self.likeness = Likeness(kinds or (named if len(named) >= CENTRED_FROM else ()))

    def _other_words(self, language: str) -> frozenset[str]:
        """Right words that the shop does not write."""
        return (
            function_words(language)
            | self.tuning.stop_words[language].added
            | self._synonyms(language)
            | self.abroad[language].words
            | self.options.usual_words(language)
        )

    def _know_talk(self, language: str) -> None:
        """ "My husband" is no talk where things are for men."""
        people = phrases("people", language)
        telling = {word for word in people.words() if self.options.is_usual(word, language)}
        people = people.without(telling)
        self._people[language] = people.words()
        said = phrases("chat", language).without(self.tuning.stop_words[language].kept)
        self._chat[language] = Phrases([*said.entries(), *people.entries()])

    def _synonyms(self, language: str) -> set[str]:
        """Words that the shop does not use, for things that it has."""
        return {
            word
            for phrase, group in self.synonyms[language].groups()
            if any(self._means(other, language) for other in group)
            for word in phrase
        }

    def owns(self, words: Iterable[str], language: str) -> bool:
        """Whether a word has a meaning of its own in the language: the shop writes it, or everybody does."""
        return any(
            word in self.dictionary.words[language] or word in function_words(language) for word in words
        )

    def knows_anywhere(self, word: str, language: str) -> bool:
        """In any language, or of a thing that a customer of this one may name."""
        return self._uses(word, language) or stem(word, language) in self.abroad[language].stems

    def _uses(self, word: str, language: str) -> bool:
        return any(self._writes_in(other, word, language) for other in LANGUAGES)

    def _writes_in(self, other: str, word: str, language: str) -> bool:
        """Whether the shop writes it, or a form of it, in that language. What is usual in the customer's own is no
        form of a word abroad: «meter» is not "métis"."""
        return self.dictionary.knows(word, other) and (
            other == language
            or word in self.dictionary.words[other]
            or word not in usual_words(language, USUAL)
        )

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
            if word != phrase[0] and word in self.dictionary.words[other]
        ]

    def _own_ways(self, phrase: Sequence[str], language: str) -> list[Way]:
        """In the customer's language when the shop uses the words there, else in those where it does."""
        known = [
            other for other in LANGUAGES if all(self._writes_in(other, word, language) for word in phrase)
        ]
        return [Way(other, stems(phrase, other)) for other in ([language] if language in known else known)]

    def _apart(self, phrase: Sequence[str], language: str) -> list[Way]:
        """Where one product writes "full-zip", another one writes "full zip"."""
        parts = self.dictionary.split(phrase[0], language) if len(phrase) == 1 else None
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
            if found and not all(self._uses(word, language) for word in said[position : position + found[0]]):
                return found
        return None

    def _means(self, phrase: tuple[str, ...], language: str) -> bool:
        return phrase in self._kinds[language] or all(
            word in self.dictionary.stems[language] for word in phrase
        )

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
        return not self.dictionary.knows(word, language) and any(
            word in stop_words[other].talk for other in LANGUAGES
        )

    def is_compound(self, words: Sequence[str], language: str) -> bool:
        """Whether the two, one of which is a word of talk, are side by side in a name: "gift card"."""
        return stems(words, language) in self._compounds[language]

    def chat(self, language: str) -> Phrases[str]:
        """What customers say around the name of a thing."""
        return self._chat[language]

    def writes(self, word: str, language: str) -> bool:
        """Whether the shop writes this very word, or it is another name of a thing."""
        return (
            word in self.dictionary.words[language]
            or word in self.dictionary.forms[language]
            or word in self.synonyms[language].words
            or word in self.synonyms[language].forms
            or word in self.abroad[language].words
        )


def kind_stem(kind: str, language: str) -> str:
    """One token for the whole name, which no text of a product contains."""
    return KIND_MARK + "_".join(stems(name_words(kind, language), language))
