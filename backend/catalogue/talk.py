"""The words of a language that no shop has to teach: talk, and words of shopping."""

from functools import cache

from backend.catalogue.analysis import fold, stems, stop_words, texts
from backend.catalogue.phrases import numbers, phrases
from backend.catalogue.words import WORDS


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
    return shopping_words(language) | stop_words(language)


@cache
def shopping_words(language: str) -> frozenset[str]:
    lists = (
        "chat", "people", "max", "min", "max_after", "min_after", "about", "currency", "in_stock", "by_price",
        "cheaper", "dearer", "more", "bigger", "smaller", "biggest", "smallest", "big", "small", "cheapest",
        "dearest", "last", "middle", "other", "position", "this", "alone", "both",
    )  # fmt: skip
    words = set().union(*(phrases(name, language).words() for name in lists))
    return frozenset(words | numbers("numbers", language).words() | numbers("ordinals", language).words())


@cache
def size_words(language: str) -> frozenset[str]:
    return frozenset(stems(phrases("big", language).words() | phrases("small", language).words(), language))
