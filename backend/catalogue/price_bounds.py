""" "Under 20 €", "between 20 and 40", "around 50": prices as people say them in each language."""

from decimal import Decimal

import msgspec
from price_parser import Price

from backend.catalogue.analysis import is_stop
from backend.catalogue.phrases import Utterance, phrases
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

ABOUT = Decimal("0.25")
"""How far "about 40" reaches on each side."""


CENTS = 100


class Bounds(msgspec.Struct, frozen=True):
    low: int | None
    high: int | None


def price_bounds(utterance: Utterance, language: str) -> Bounds | None:
    """Takes what it understands. A bare amount of money is the most that the customer wants to pay."""
    for spoken in (language, *(other for other in LANGUAGES if other != language)):
        bounds = _bounds(utterance, spoken)
        if bounds:
            return bounds
    return None


def amount_of(number: str) -> int:
    """Minor units; both supported currencies have hundredths."""
    amount = Price.fromstring(number).amount or Decimal(0)
    return int(amount * CENTS)


def _bounds(utterance: Utterance, language: str) -> Bounds | None:
    for position, token in enumerate(utterance.tokens):
        if token.is_number and utterance.is_free(position):
            start, end, has_currency = _money(utterance, position, language)
            bounds = _marked(utterance, position, start, end, has_currency, language)
            if bounds:
                return bounds
    return None


def _marked(
    utterance: Utterance, position: int, start: int, end: int, has_currency: bool, language: str
) -> Bounds | None:
    amount = amount_of(utterance.words[position])
    between = _between(utterance, position, start, end, has_currency, language)
    if between:
        return between
    for marker, bounds in (
        ("max", Bounds(None, amount)),
        ("min", Bounds(amount, None)),
        ("about", Bounds(int(amount * (1 - ABOUT)), int(amount * (1 + ABOUT)))),
    ):
        begin = phrases(marker, language).ending(utterance.words, start)
        if begin < start and utterance.is_free(begin, end - begin):
            utterance.take(begin, end - begin)
            return bounds
    for marker, bounds in (("max_after", Bounds(None, amount)), ("min_after", Bounds(amount, None))):
        found = phrases(marker, language).longest(utterance.words, end)
        if found:
            utterance.take(start, end + found[0] - start)
            return bounds
    if has_currency:
        utterance.take(start, end - start)
        return Bounds(None, amount)
    return None


def _between(
    utterance: Utterance, position: int, start: int, end: int, has_currency: bool, language: str
) -> Bounds | None:
    words = utterance.words
    if end + 1 >= len(words) or not utterance.tokens[end + 1].is_number:
        if end + 2 >= len(words) or words[end + 1] not in "€$£" or not utterance.tokens[end + 2].is_number:
            return None
        other = end + 2
    else:
        other = end + 1
    _, last, other_has_currency = _money(utterance, other, language)
    opening = words[start - 1] if start else ""
    pairs = [tuple(pair) for pair in WORDS[language].between]
    is_open = (opening, words[end]) in pairs
    is_sure = (
        opening in {"between", "entre"}
        or has_currency
        or other_has_currency
        or not any(word[0].isalpha() and not is_stop(word, language) for word in words[last : last + 1])
    )
    if not is_sure or not (is_open or words[end] == "-"):
        return None
    utterance.take(start - is_open, last - start + is_open)
    low, high = sorted((amount_of(words[position]), amount_of(words[other])))
    return Bounds(low, high)


def _money(utterance: Utterance, position: int, language: str) -> tuple[int, int, bool]:
    """Where the amount starts and ends with its currency, and whether it has one."""
    words = utterance.words
    if position and words[position - 1] in "€$£":
        return position - 1, position + 1, True
    following = words[position + 1] if position + 1 < len(words) else ""
    if following and (following in "€$£" or following in WORDS[language].currency):
        return position, position + 2, True
    return position, position + 1, False
