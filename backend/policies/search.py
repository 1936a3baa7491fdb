"""Which section answers a question: found by BM25 over headings, questions, keywords and texts; kept only when it
has to do with most of what was asked.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain

import msgspec
import tantivy
from rapidfuzz import process
from rapidfuzz.distance import OSA

from backend.catalogue.analysis import content, fold, stems, stop_words
from backend.policies.text import Policy, Section

BOOSTS = {"asked": 4.0, "topic": 1.0, "said": 0.2}
WORD = re.compile(r"[^\W_]+")
LEAST_COVERAGE = 0.5
"""Of the weight of the words that were asked."""
LEAST_ABOUT = 0.2
"""The same for a topic that is meant anyway: "a refund for the jumper that doesn't fit" is about returns."""
ASKED_WEIGHT = 0.65
SAID_WEIGHT = 0.5
"""A word that stands in a question or in the text alone is worth less than one of a heading, title or keyword: "do
you offer gift wrapping" is no answer to "do you offer workshops"."""
UNKNOWN_WEIGHT = 0.4
MOST_UNKNOWN = 2
"""Words that no text knows count against an answer, but not each of "a warranty on the blue enamel jug"."""
SPELLED_FROM = 5
LONG = 10
"""Letters from which a word may have one typing error, and two."""


class Hit(msgspec.Struct, frozen=True):
    """The section by its number in the topic, from 0."""

    topic: str
    number: int
    score: float


class Analysed(msgspec.Struct, frozen=True):
    """A section as stems, each after its language; `topic` is of the title and the keywords."""

    heading: list[str]
    questions: list[list[str]]
    topic: list[str]
    said: list[str]

    def weight(self, found: frozenset[str]) -> float:
        """How much a word has to do with the section."""
        if not found.isdisjoint(self.heading) or not found.isdisjoint(self.topic):
            return 1.0
        if not found.isdisjoint(chain(*self.questions)):
            return ASKED_WEIGHT
        return 0.0 if found.isdisjoint(self.said) else SAID_WEIGHT

    @property
    def everything(self) -> set[str]:
        return {*self.heading, *chain(*self.questions), *self.topic, *self.said}


class SectionIndex:
    """The sections that a reader of one language gets, some of them in English."""

    def __init__(self, language: str, policies: Iterable[Policy]) -> None:
        policies = list(policies)
        self._language = language
        self._languages = sorted({language, *(policy.language for policy in policies)})
        self._kept = {
            word for policy in policies for text in policy.keywords for word in WORD.findall(fold(text))
        }
        self._words: dict[str, set[str]] = {each: set() for each in self._languages}
        self._places = [
            (policy.topic, number) for policy in policies for number in range(len(policy.sections))
        ]
        self._sections = [
            self._analysed(policy, section) for policy in policies for section in policy.sections
        ]
        self._counts = Counter(stem for section in self._sections for stem in section.everything)
        self._index = _built(self._sections)

    def search(self, words: str, about: str | None = None) -> list[Hit]:
        """Best first; none when the texts do not say anything about most of it. What stands in the topic that is
        meant `about` comes before all others."""
        asked = [self._stems_of(word) for word in dict.fromkeys(self._content(words, self._language))]
        known = [found for found in asked if self._weight(found)]
        if not known:
            return []
        hits = []
        for number, score in sorted(self._scores(known).items()):
            topic, place = self._places[number]
            coverage = self._coverage(self._sections[number], known, len(asked) - len(known))
            if coverage >= (LEAST_ABOUT if topic == about else LEAST_COVERAGE):
                hits.append(Hit(topic, place, round(score * coverage, 2)))
        best = max((hit.score for hit in hits), default=1.0)
        # Of two that fit almost alike the earlier one is the answer: a text begins with what matters most.
        return sorted(hits, key=lambda hit: (hit.topic != about, -round(hit.score / best, 1)))

    def _scores(self, known: list[frozenset[str]]) -> dict[int, float]:
        """By what the section and its topic say, and by the one question that is most alike."""
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.disjunction_max_query([_in_fields(stem) for stem in found]))
            for found in known
        ]
        searcher = self._index.searcher()
        result = searcher.search(tantivy.Query.boolean_query(clauses), searcher.num_docs, count=False)
        parts: dict[int, dict[str, float]] = {}
        for score, address in result.hits:
            document = searcher.doc(address)
            part = parts.setdefault(int(document["number"][0]), {})
            part.setdefault(document["kind"][0], score)
        return {number: sum(part.values()) for number, part in parts.items()}

    def _coverage(self, section: Analysed, known: list[frozenset[str]], unknown: int) -> float:
        missed = min(unknown, MOST_UNKNOWN) * UNKNOWN_WEIGHT * math.log(1 + len(self._places))
        covered = sum(self._weight(found) * section.weight(found) for found in known)
        return covered / (sum(map(self._weight, known)) + missed)

    def _weight(self, found: frozenset[str]) -> float:
        """The rarer, the more it says; nothing when no section has it."""
        known = found & self._counts.keys()
        return max((math.log(1 + len(self._places) / self._counts[stem]) for stem in known), default=0.0)

    def _analysed(self, policy: Policy, section: Section) -> Analysed:
        return Analysed(
            heading=self._learnt(section.heading, policy.language),
            questions=[self._learnt(question, policy.language) for question in section.questions],
            topic=self._learnt(" ".join([policy.title, *policy.keywords]), policy.language),
            said=self._learnt(section.text, policy.language),
        )

    def _learnt(self, text: str, language: str) -> list[str]:
        words = self._content(text, language)
        self._words[language].update(words)
        return _in_language(words, language)

    def _content(self, text: str, language: str) -> list[str]:
        """The words that carry meaning. What an operator names as a keyword always does: "open" else would not."""
        meaning = content(text.replace("-", " "), stop_words(language))
        kept = [word for word in WORD.findall(fold(text)) if word in self._kept]
        return [*meaning, *(word for word in kept if word not in meaning)]

    def _stems_of(self, word: str) -> frozenset[str]:
        """In each language of the texts; of the nearest known word when it is none."""
        found = frozenset(stem for each in self._languages for stem in _in_language([word], each))
        if found & self._counts.keys() or len(word) < SPELLED_FROM:
            return found
        errors = 2 if len(word) >= LONG else 1
        for language, known in self._words.items():
            nearest = process.extractOne(word, known, scorer=OSA.distance, score_cutoff=errors)
            if nearest:
                return frozenset(_in_language([nearest[0]], language))
        return found


def _in_language(words: Iterable[str], language: str) -> list[str]:
    return [f"{language}:{stem}" for stem in stems(words, language)]


def _in_fields(stem: str) -> tantivy.Query:
    schema = _schema()
    fields = [
        tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, stem, index_option="freq"), boost)
        for field, boost in BOOSTS.items()
    ]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, field) for field in fields])


def _built(sections: Iterable[Analysed]) -> tantivy.Index:
    """A document for each section, and one for each of its questions."""
    index = tantivy.Index(_schema())
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("words", words)
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    for number, section in enumerate(sections):
        writer.add_document(_document(number, "section", topic=section.topic, said=section.said))
        for asked in (section.heading, *section.questions):
            writer.add_document(_document(number, "question", asked=asked))
    writer.commit()
    index.reload()
    return index


def _document(number: int, kind: str, **fields: list[str]) -> tantivy.Document:
    document = tantivy.Document(number=[str(number)], kind=[kind])
    for field, found in fields.items():
        document.add_text(field, " ".join(found))
    return document


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("number", "kind"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for field in BOOSTS:
        builder.add_text_field(field, tokenizer_name="words", index_option="freq")
    return builder.build()
