""" "Cheaper", "in blue", "not that brand": the last query, changed as the words ask."""

import msgspec

from backend.catalogue.analysis import stem, stems, texts
from backend.catalogue.measures import beyond
from backend.catalogue.option_words import SIZE_OPTIONS
from backend.catalogue.phrases import Utterance, phrases
from backend.catalogue.query import Query
from backend.catalogue.slips import meant
from backend.catalogue.spelling import read_words
from backend.catalogue.understand import bounded
from backend.catalogue.unwanted import Pointed, Unwanted, unwanted
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.wishes import BRAND, Wish, merged, option_wishes, take_talk, text_words

BEYOND = (
    ("bigger", "size", True),
    ("smaller", "size", False),
    ("lighter", "weight", False),
    ("heavier", "weight", True),
)
"""Words, and more or less of what they ask for."""


def refine(
    vocabulary: Vocabulary,
    previous: Query,
    words: str,
    language: str,
    pointed: Pointed = lambda _: None,
    measures: list[dict[str, float]] | None = None,
) -> Query | None:
    """The previous query, changed as the words ask; None when they ask for something else. `measures` are those of
    the product in talk, for "bigger"."""
    for said in meant(vocabulary, words, language):
        refined = _refined(vocabulary, previous, said, language, pointed, measures or [])
        if refined:
            return refined
    return None


def _refined(
    vocabulary: Vocabulary,
    previous: Query,
    words: str,
    language: str,
    pointed: Pointed,
    measures: list[dict[str, float]],
) -> Query | None:
    spelled, bounds = bounded(vocabulary, words, language)
    changed = msgspec.structs.replace(previous, exclude=[], corrected=None)
    if bounds:
        changed = msgspec.structs.replace(changed, price_min=bounds.low, price_max=bounds.high)
    said = len(spelled.free())
    changed = _refused(changed, unwanted(spelled, vocabulary, language, pointed))
    if spelled.takes(phrases("in_stock", language)):
        changed = msgspec.structs.replace(changed, in_stock=True)
    if spelled.takes(phrases("back", language)) and _names_nothing_new(
        spelled, previous, vocabulary, language
    ):
        return previous
    changed = _compared(spelled, changed, vocabulary, language, measures)
    is_refined = bool(bounds) or len(spelled.free()) < said
    take_talk(spelled, vocabulary, language)
    wishes = option_wishes(spelled, vocabulary, language)
    changed = msgspec.structs.replace(
        changed,
        options=merged(changed.options, wishes),
        unwanted=_without(changed.unwanted, _readings(wishes)),
    )
    more = spelled.takes(phrases("more", language))
    if more and changed == msgspec.structs.replace(previous, exclude=[], corrected=None):
        changed = msgspec.structs.replace(changed, exclude=previous.seen)
    elif not (more or wishes or is_refined):
        return None
    return changed if _names_nothing_new(spelled, previous, vocabulary, language) else None


def _refused(query: Query, refused: Unwanted) -> Query:
    """Without the wishes that are now unwanted, and without any about options that are free again."""
    said = _readings(refused.wishes)
    options = [wish for wish in _without(query.options, said) if not refused.freed & _options(wish)]
    kept = [wish for wish in _without(query.unwanted, said) if not refused.freed & _options(wish)]
    query = msgspec.structs.replace(query, options=options, unwanted=[*kept, *refused.wishes])
    if query.brand and (BRAND in refused.freed or (BRAND, query.brand) in said):
        words = [word for word in query.text.split() if word not in texts(query.brand)]
        query = msgspec.structs.replace(query, brand=None, text=" ".join(words))
    return query


def _readings(wishes: list[Wish]) -> set[tuple[str, str]]:
    return {reading for wish in wishes for reading in wish.readings}


def _options(wish: Wish) -> set[str]:
    return {option for option, _ in wish.readings}


def _without(wishes: list[Wish], readings: set[tuple[str, str]]) -> list[Wish]:
    return [wish for wish in wishes if not readings & set(wish.readings)]


def asks_for_something(words: str, language: str) -> bool:
    return any(True for _ in Utterance(words).find(phrases("something", language)))


def asks_for_alike(vocabulary: Vocabulary, words: str, language: str) -> bool:
    """ "Show me something similar": like what is in talk, and nothing else."""
    said = Utterance(read_words(vocabulary, words, language))
    if not said.takes(phrases("similar", language)):
        return False
    for around in ("something", "this", "articles"):
        said.takes(phrases(around, language))
    take_talk(said, vocabulary, language)
    return not text_words(said, vocabulary, language)


def _compared(
    utterance: Utterance,
    query: Query,
    vocabulary: Vocabulary,
    language: str,
    measures: list[dict[str, float]],
) -> Query:
    if utterance.takes(phrases("by_price_down", language)):
        return msgspec.structs.replace(query, sort="-price")
    if utterance.takes(phrases("cheapest", language)):
        return msgspec.structs.replace(query, sort="price")
    if utterance.takes(phrases("cheaper", language)):
        if query.first is None:
            return msgspec.structs.replace(query, sort="price")
        return msgspec.structs.replace(
            query, price_min=None, price_max=query.first - 1, sort="price", exclude=query.seen
        )
    if query.highest is not None and utterance.takes(phrases("dearer", language)):
        return msgspec.structs.replace(query, price_min=query.highest + 1, price_max=None, sort="price")
    for name, sort in (("biggest", "-size"), ("smallest", "size")):
        if utterance.takes(phrases(name, language)):
            return msgspec.structs.replace(query, sort=sort)
    for name, kind, is_more in BEYOND:
        if utterance.takes(phrases(name, language)):
            resized = _resized(query, vocabulary, 1 if is_more else -1) if kind == "size" else None
            return resized or msgspec.structs.replace(query, beyond=beyond(kind, is_more, measures))
    if utterance.takes(phrases("by_price", language)):
        return msgspec.structs.replace(query, sort="price")
    return query


def _resized(query: Query, vocabulary: Vocabulary, step: int) -> Query | None:
    """The next size, when a size was asked for."""
    for wish in query.options:
        (option, value), *others = wish.readings
        ordered = vocabulary.options.order[option]
        if others or option not in SIZE_OPTIONS or value not in ordered:
            continue
        index = min(max(ordered.index(value) + step, 0), len(ordered) - 1)
        other = Wish(ordered[index], [(option, ordered[index])])
        return msgspec.structs.replace(query, options=merged(query.options, [other]))
    return None


def _names_nothing_new(utterance: Utterance, previous: Query, vocabulary: Vocabulary, language: str) -> bool:
    utterance.takes(phrases("this", language))
    utterance.takes(phrases("articles", language))
    old = set(stems(previous.text.split(), language))
    return all(stem(word, language) in old for word in text_words(utterance, vocabulary, language))
