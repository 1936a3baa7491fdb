"""The words that the shop writes, which are the right dictionary for its customers' typing errors: a word that no
shop uses cannot be found."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from backend.catalogue.analysis import stem
from backend.catalogue.inflections import forms
from backend.catalogue.talk import function_words, shopping_words
from backend.config import LANGUAGES

SHORTEST_SPELLED = 4
TWO_ERRORS_FROM = 8
MOST_SPELLINGS = 5
WRONG_FIRST_LETTER = 0.5


class Dictionary:
    def __init__(self) -> None:
        self.words: dict[str, Counter[str]] = {language: Counter() for language in LANGUAGES}
        self.stems: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        self.forms: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        """Plurals and genders that no product writes, with the words that they are forms of."""
        self.telling: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        """Words that say what things are."""
        self._by_length: dict[str, dict[int, list[str]]] = {}

    def learn(self, language: str, words: Iterable[str], weight: int) -> None:
        for word in words:
            self.words[language][word] += weight
            self.stems[language].add(stem(word, language))

    def know_forms(self, language: str) -> None:
        """Of all words that tell something."""
        self.forms[language] = {
            form: word
            for word in self.telling[language]
            for form in forms(word, language)
            if form not in self.words[language]
        }
        self.telling[language].update(self.forms[language])

    def finish(self, language: str, others: Iterable[str]) -> None:
        """`others` are right words, too."""
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in self.words[language].keys() | self.forms[language].keys() | set(others):
            by_length[len(word)].append(word)
        self._by_length[language] = by_length

    def plain(self, word: str, language: str) -> str:
        """The word that this one is a form of, or itself."""
        return self.forms[language].get(word, word)

    def knows(self, word: str, language: str) -> bool:
        return word in self.words[language] or stem(word, language) in self.stems[language]

    def split(self, word: str, language: str) -> tuple[str, str] | None:
        """Two words that were written as one."""
        parts = [(word[:middle], word[middle:]) for middle in range(3, len(word) - 2)]
        known = [pair for pair in parts if all(part in self.words[language] for part in pair)]
        return max(known, key=lambda pair: min(self.words[language][part] for part in pair), default=None)

    def nearest(self, word: str, language: str) -> dict[str, float]:
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
                if other != language and candidate not in self.words[other]:
                    continue
                if is_short and (len(candidate) <= len(word) or not self._is_usual(candidate, language)):
                    continue
                rank = _unlikeliness(word, candidate, distance)
                is_plain = not self._is_telling(candidate, other)
                used = self.words[other][self.plain(candidate, other)]
                found.append((rank, other != language, is_plain, -used, candidate))
        return {candidate: rank for rank, _, _, _, candidate in sorted(found)[:MOST_SPELLINGS]}

    def _is_telling(self, word: str, language: str) -> bool:
        return word in self.telling[language] or word in shopping_words(language)

    def _is_usual(self, word: str, language: str) -> bool:
        return word in self.telling[language] or word in function_words(language)


def _unlikeliness(word: str, candidate: str, errors: float) -> float:
    """Slips, and a part of one more for a wrong first letter, which few mistype."""
    is_first_right = word[0] == candidate[0] or word[:2] == candidate[1::-1]
    return errors + (0 if is_first_right else WRONG_FIRST_LETTER)
