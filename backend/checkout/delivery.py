"""Which way of delivery a text names: as an answer ("the cheap one") or within a wish ("sent by express to …")."""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rapidfuzz.distance import OSA

from backend.customers.addresses import folded
from backend.shop import DeliveryMethod

SPELLED_FROM = 6
"""Letters from which a word may have one typing error."""
MOST_WORDS = 8
"""A longer part is about something else, whatever words it holds."""
WORD = re.compile(r"[^\W\d_]+")
QUESTION = re.compile(
    r"\b(?:how|what|whats|when|why|which|combien|quand|quel(?:le)?s?|quoi|koi|pourquoi|cuanto|cuando|cual)\b"
)
PROPOSAL = re.compile(r"\b(?:(?:what|how) about|que tal|et si)\b")
PARTS = re.compile(r"(?<=[,;\n!?])|(?<=\w{4}\.)(?=\s)")


class Word(NamedTuple):
    text: str
    start: int
    end: int


def method_in(
    text: str, methods: list[DeliveryMethod], *, is_answer: bool, is_asked: bool
) -> tuple[DeliveryMethod | None, str]:
    """The method and the text without it. `is_asked`: it was asked for, so that its number will do.

    Where the text is no answer, a method's word counts only among words of delivery ("by express") or of talk ("ok,
    express then"): "the cheap one" may be a product.
    """
    start = 0
    for part in PARTS.split(text):
        found = None if _asks(part) else _named_in(part, methods, is_answer)
        if found:
            method, first, last = found
            return method, text[: start + first] + text[start + last :]
        start += len(part)
    number = re.fullmatch(r"\D{0,3}([1-9])\D{0,3}", text.strip())
    if is_asked and number and int(number.group(1)) <= len(methods):
        return methods[int(number.group(1)) - 1], ""
    return None, text


def _asks(part: str) -> bool:
    """ "How much is express?" chooses nothing; "what about express?" does."""
    words = folded(part)
    is_question = (
        QUESTION.search(words) is not None or "qué" in part.lower()
    )  # without its accent it is "that"
    return is_question and PROPOSAL.search(words) is None


def _named_in(
    part: str, methods: list[DeliveryMethod], is_answer: bool
) -> tuple[DeliveryMethod, int, int] | None:
    """The method, and where it stands with its words of delivery."""
    words = [Word(folded(match.group()), *match.span()) for match in WORD.finditer(part)]
    for method in methods:
        names = _names(method) - {name for other in methods if other is not method for name in _names(other)}
        for index, word in enumerate(words):
            if not _is_one_of(word.text, names):
                continue
            first, last = _with_words_of_delivery(words, index)
            others = words[:first] + words[last + 1 :]
            is_alone = len(words) <= MOST_WORDS and (is_answer or _are(others, "talk"))
            if is_alone or _says_delivery(words[first:index] + words[index + 1 : last + 1], word, method):
                return method, words[first].start, words[last].end
    return None


def _with_words_of_delivery(words: list[Word], index: int) -> tuple[int, int]:
    known = _listed("delivery") | _listed("joining")
    first = last = index
    while first and words[first - 1].text in known:
        first -= 1
    while last + 1 < len(words) and words[last + 1].text in known:
        last += 1
    return first, last


def _says_delivery(around: list[Word], named: Word, method: DeliveryMethod) -> bool:
    """ "By express" does; "with cheap" does not, but "cheap delivery" does."""
    is_proper = _is_one_of(named.text, _proper_names(method))
    return bool(around) and (is_proper or not _are(around, "joining"))


def _are(words: list[Word], kind: str) -> bool:
    return all(word.text in _listed(kind) for word in words)


def _is_one_of(word: str, names: set[str]) -> bool:
    allowed = 1 if len(word) >= SPELLED_FROM else 0
    return any(OSA.distance(word, name, score_cutoff=allowed) <= allowed for name in names)


def _names(method: DeliveryMethod) -> set[str]:
    words = [word for words in method.words.values() for word in words]
    return _proper_names(method) | set(WORD.findall(folded(" ".join(words))))


def _proper_names(method: DeliveryMethod) -> set[str]:
    """Without the words that any way of delivery is called by."""
    common = _listed("delivery") | _listed("joining") | _listed("talk")
    return set(WORD.findall(folded(" ".join([method.code, *method.name.values()])))) - common


@cache
def _listed(kind: str) -> frozenset[str]:
    lists: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "delivery.yml").read_text("utf-8"))
    return frozenset(WORD.findall(folded(" ".join(lists[kind]))))
