"""Who says a category's whole name looks for that category, not for what has the words in its name."""

from collections.abc import Iterable, Sequence

import msgspec

from backend.catalogue.analysis import stems
from backend.catalogue.index import Term
from backend.catalogue.query import Query
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.wishes import Wish

LEAST_WORDS = 2
"""A name of one word is what things are called, too ("chairs"), and the search knows that better."""


def within_category(query: Query, vocabulary: Vocabulary, language: str) -> Query:
    """ "Bed linen under 40" is all that is there, in the shop's order, and "linen" no material then."""
    if query.category or query.kind or not query.text:
        return query
    said = stems(query.text.split(), language)
    for name, codes in vocabulary.categories[language].items():
        if len(name) < LEAST_WORDS or len(codes) > 1 or not set(said) <= set(name):
            continue
        others = [wish for wish in query.options if not _is_part(wish, name, language)]
        whole = {*said, *(word for wish in query.options for word in stems(wish.words.split(), language))}
        if whole >= set(name):
            return msgspec.structs.replace(
                query, text="", phrase="", misspelt={}, options=others, category=min(codes)
            )
    return query


def categories_named(wanted: Sequence[Term], vocabulary: Vocabulary) -> set[str]:
    """The codes of those that are called so, where nothing else is said: "tops" are all that stand under that name,
    not only what is called so itself."""
    ways = wanted[0].ways if len(wanted) == 1 else ()
    named = (vocabulary.categories[way.language].get(way.stems, set()) for way in ways)
    return set().union(*named)


def _is_part(wish: Wish, name: Iterable[str], language: str) -> bool:
    return set(stems(wish.words.split(), language)) <= set(name)
