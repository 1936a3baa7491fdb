"""The first page shows not only one brand, one category or one colour while as good others exist."""

from backend.catalogue.constraints import Candidate
from backend.catalogue.query import Query
from backend.catalogue.wishes import BRAND

MOST_ALIKE = 3
ENOUGH_OTHERS = 10
CATEGORY = "category"
COLOURS = ("colour", "color")


def diverse(candidates: list[Candidate], query: Query, shown: int) -> list[Candidate]:
    """The same candidates; of the first `shown` at most three are alike in what was not asked for. Who has to stand
    back keeps the order behind them. An order that was asked for (by price) is left alone."""
    if query.sort != "relevance" or len(candidates) <= shown:
        return candidates
    kinds = [_likenesses(candidate, query) for candidate in candidates]
    limited = _limited(candidates, kinds)
    first: list[int] = []
    counts = dict.fromkeys(limited, 0)
    for place, likenesses in enumerate(kinds):
        if len(first) < shown and all(counts[each] < MOST_ALIKE for each in likenesses & limited):
            first.append(place)
            for each in likenesses & limited:
                counts[each] += 1
    others = [place for place in range(len(candidates)) if place not in set(first)]
    return [candidates[place] for place in (*first, *others)]


Likenesses = frozenset[tuple[str, str]]


def _limited(candidates: list[Candidate], kinds: list[Likenesses]) -> Likenesses:
    """The likenesses beside which there are ten others that say as much of what was asked for."""
    best = max(candidate.covered for candidate in candidates)
    good = [
        likenesses
        for candidate, likenesses in zip(candidates, kinds, strict=True)
        if candidate.covered == best
    ]
    everything = frozenset[tuple[str, str]]().union(*kinds)
    return frozenset(
        each for each in everything if sum(each not in likenesses for likenesses in good) >= ENOUGH_OTHERS
    )


def _likenesses(candidate: Candidate, query: Query) -> Likenesses:
    """Its brand, its category and its colour, if it is of one colour and as far as nobody asked for them."""
    asked = {option for wish in query.options for option, _ in wish.readings}
    asked |= {BRAND} if query.brand else set()
    asked |= {CATEGORY} if query.category or query.kind else set()
    said = {CATEGORY: {offer.category_id for offer in candidate.offers}}
    for option in (BRAND, *COLOURS):
        said[option] = {value for offer in candidate.offers for value in offer.values(option)}
    return frozenset(
        (name, value)
        for name, values in said.items()
        if name not in asked and len(values) == 1
        for value in values
        if value
    )
