"""A slip in a follow-up that leaves a right word behind: "no ore than 29", "and in brow?", «sol lo que hay en stock».

The speller keeps words that the language has. Here the words around them decide: the rest of a phrase of shopping, or
an "in" before what would be a value.
"""

import re
from collections.abc import Iterator
from functools import cache

from rapidfuzz.distance import OSA

from backend.catalogue.analysis import Token, fold, tokens
from backend.catalogue.lexicon import USUAL, usual_words
from backend.catalogue.phrases import Utterance, phrases
from backend.catalogue.talk import function_words
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.words import WORDS

REFINING = (
    "in_stock", "cheaper", "dearer", "cheapest", "by_price", "by_price_down", "more", "bigger", "smaller", "biggest",
    "smallest", "lighter", "heavier", "max", "max_after", "min", "min_after", "any_of", "any_after", "back", "having",
)  # fmt: skip
IN = {"en": "in", "fr": "en", "es": "en"}
SHORTEST_TYPED = 3
SHORTEST_MEANT = 4
TELLING = 3
"""Words of a phrase; of a shorter one the word must be no word: "for legs" is not "for less"."""


def meant(vocabulary: Vocabulary, words: str, language: str) -> Iterator[str]:
    """The words as they may have been meant, the likeliest first: as they are, and with one of them as what is around
    it would have it. Of what is no word at all, the words around know more than the speller."""
    said = tokens(words)
    found = [
        *_in_phrases(said, language),
        *_values(vocabulary, said, language),
        *_alone(vocabulary, said, language),
    ]
    wrong = [slip for slip in found if not _is_word(vocabulary, said[slip[0]].text, language)]
    yield from (_with(words, said[at], other) for at, other in wrong)
    yield words
    yield from (_with(words, said[at], other) for at, other in found if (at, other) not in wrong)


def mistyped_ordinals(said: Utterance, language: str) -> Iterator[tuple[int, int]]:
    """Position and value: "the thirt" of a list, whatever the speller made of it; "the shirts" are another wish."""
    for position in said.free()[1:]:
        typed = fold(said.tokens[position].typed or "")
        if said.words[position - 1] in WORDS[language].articles and typed not in usual_words(language, USUAL):
            for word, value in WORDS[language].ordinals.items():
                if _is_slip(typed, fold(word)):
                    yield position, value


def _with(words: str, token: Token, other: str) -> str:
    return re.sub(rf"\b{re.escape(token.raw)}\b", other, words, count=1)


def _is_word(vocabulary: Vocabulary, word: str, language: str) -> bool:
    return word in usual_words(language, USUAL) or vocabulary.knows_anywhere(word, language)


def _in_phrases(said: list[Token], language: str) -> Iterator[tuple[int, str]]:
    """Where all other words of a phrase stand around it, the longest phrases first."""
    words = [token.text for token in said]
    for phrase in _refining(language):
        for start in range(len(words) - len(phrase) + 1 if len(phrase) > 1 else 0):
            wrong = [at for at, word in enumerate(phrase, start) if words[at] != word]
            if len(wrong) != 1:
                continue
            at = wrong[0]
            is_sure = len(phrase) >= TELLING or words[at] not in usual_words(language, USUAL)
            if is_sure and _is_slip(words[at], phrase[at - start]):
                yield at, phrase[at - start]


def _values(vocabulary: Vocabulary, said: list[Token], language: str) -> list[tuple[int, str]]:
    """The last word after "in" as the value of an option that differs in one letter."""
    at = len(said) - 1
    if at < 1 or said[at - 1].text != IN[language] or said[at].text in function_words(language):
        return []
    values = {phrase[0] for phrase, _ in vocabulary.options.values[language].entries() if len(phrase) == 1}
    near = [value for value in values if _is_slip(said[at].text, value)]
    return [(at, value) for value in sorted(near, key=lambda value: (value[0] != said[at].text[0], value))]


def _alone(vocabulary: Vocabulary, said: list[Token], language: str) -> list[tuple[int, str]]:
    """All that was said, where the shop has no such word: «toro» for «otro»."""
    if len(said) != 1 or vocabulary.knows_anywhere(said[0].text, language):
        return []
    single = {phrase[0] for phrase in _refining(language) if len(phrase) == 1}
    return [(0, word) for word in sorted(single) if _is_slip(said[0].text, word)]


@cache
def _refining(language: str) -> list[tuple[str, ...]]:
    """What refines, the longest first."""
    listed = {phrase for name in REFINING for phrase, _ in phrases(name, language).entries()}
    return sorted(listed, key=lambda phrase: (-len(phrase), phrase))


def _is_slip(typed: str, meant: str) -> bool:
    return (
        len(typed) >= SHORTEST_TYPED
        and len(meant) >= SHORTEST_MEANT
        and typed.isalpha()
        and OSA.distance(typed, meant, score_cutoff=1) == 1
    )
