"""What kind of thing the words look for, and where they say it."""

import msgspec

from backend.catalogue.analysis import JOINING, is_stop, stems, texts
from backend.catalogue.inflections import forms
from backend.catalogue.phrases import Utterance, numbers
from backend.catalogue.vocabulary import Vocabulary

LINKS = frozenset({"for", "with", "in", "of", "from", "by", "to", "on"})
"""After these an English noun only describes: "a case for my laptop"."""


DESCRIBING = frozenset({"pour", "de", "d", "a", "en", "avec", "sans", "para", "con", "sin", "por"})
"""Behind a noun, in French and Spanish: "montre pour courir"."""


class NamedKind(msgspec.Struct, frozen=True):
    """What the words say they look for, and where they say it; `content` are the positions that carry meaning."""

    kind: str | None = None
    start: int = 0
    length: int = 0
    content: tuple[int, ...] = ()


def name_kind(utterance: Utterance, vocabulary: Vocabulary, language: str) -> NamedKind:
    """In English the last noun says what it is ("glass desk"), in French and Spanish the first one does."""
    found: list[tuple[int, ...]] = []
    kinds: list[str] = []
    for run in runs(utterance, language):
        stemmed = stems((utterance.words[position] for position in run), language)
        start = 0
        while start < len(run):
            length, kind = vocabulary.kind_at(stemmed, start, language)
            if kind and _names(kind, run, start, length, utterance, vocabulary, language):
                found.append(tuple(run[start : start + length]))
                kinds.append(kind)
            start += length
    if not found:
        return NamedKind()
    head = _head(found, utterance) if language == "en" else 0
    content = found[head]
    return NamedKind(kinds[head], content[0], content[-1] - content[0] + 1, content)


def things_abroad(utterance: Utterance, vocabulary: Vocabulary, language: str) -> set[int]:
    """Where the words name what the shop names in other languages only, be they words of talk otherwise: "sans
    manches", "une montre"."""
    found: set[int] = set()
    for run in runs(utterance, language):
        stemmed = stems((utterance.words[position] for position in run), language)
        for start in range(len(run)):
            length, _ = vocabulary.abroad[language].longest(stemmed, start) or (0, [])
            if length > 1 or (length and _is_noun(run[start], utterance, vocabulary, language)):
                found.update(run[start : start + length])
    return found


def _is_noun(position: int, utterance: Utterance, vocabulary: Vocabulary, language: str) -> bool:
    """ "Une montre" and "montre numérique" name a watch, "montre-moi" and "montre les sacs" do not."""
    words = utterance.words
    if not vocabulary.is_chatter(words[position], language):
        return True
    before, after = words[max(0, position - 1) : position], words[position + 1 : position + 2]
    if before:
        return before[0] in JOINING[language] or before[0] in numbers("numbers", language).words()
    return not after or after[0] in DESCRIBING or not is_stop(after[0], language)


def _names(
    kind: str,
    run: list[int],
    start: int,
    length: int,
    utterance: Utterance,
    vocabulary: Vocabulary,
    language: str,
) -> bool:
    """Whether these words say what is looked for: not talk, a value, or how another thing is."""
    words = utterance.words
    word = words[run[start]]
    if length == 1 and vocabulary.is_chatter(word, language) and not vocabulary.writes(word, language):
        return False  # "montrez" is no watch ("montre"), though their stems are the same
    if (
        length == 1
        and vocabulary.options.values[language].longest((word,))
        and not _is_form(word, kind, language)
    ):
        return False  # nor is "plateado" a plate ("plato")
    if language == "en":
        return start + length == len(run) or not (
            run[start + length] == run[start + length - 1] + 1
            and vocabulary.is_head(words[run[start + length]], language)
        )
    return (
        start == 0
        or run[start - 1] == run[start] - 1
        or not vocabulary.is_head(words[run[start - 1]], language)
    )


def _is_form(word: str, kind: str, language: str) -> bool:
    named = texts(kind)
    return word in named or any(word in forms(part, language) for part in named)


def runs(utterance: Utterance, language: str) -> list[list[int]]:
    """Positions of words that stand together, but for what only joins them."""
    runs: list[list[int]] = [[]]
    for position, word in enumerate(utterance.words):
        if not utterance.is_free(position) or not word[0].isalnum():
            runs.append([])
        elif word not in JOINING[language]:
            runs[-1].append(position)
    return runs


def _head(found: list[tuple[int, ...]], utterance: Utterance) -> int:
    head = 0
    for index in range(1, len(found)):
        between = range(found[head][-1] + 1, found[index][0])
        if any(utterance.words[position] in LINKS for position in between):
            break
        head = index
    return head
