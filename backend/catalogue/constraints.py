"""What of all that was found is as the customer wants it, in which order, and what had to be dropped."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import msgspec

from backend.catalogue.measures import Beyond
from backend.catalogue.query import Query
from backend.catalogue.read import Offer
from backend.catalogue.wishes import Wish


class Candidate(msgspec.Struct, frozen=True):
    handle: str
    position: int
    score: float
    covered: int
    """How many words of the text say what this product is."""
    mentioned: int
    """How many words of the text stand anywhere in its texts."""
    says: frozenset[str]
    """The option words that its texts contain."""
    is_kind: bool
    """Whether it is what was asked for, not only like it."""
    offers: list[Offer]

    @property
    def price(self) -> int:
        return min(offer.amount for offer in self.offers)


def constrained(candidates: list[Candidate], query: Query) -> tuple[list[Candidate], list[str]]:
    """What the customer asked for, or the nearest to it and the name of what was dropped."""
    candidates, refused = acceptable(candidates, query.unwanted)
    candidates, dropped_measure = _beyond(candidates, query.beyond)
    refused += dropped_measure
    affordable = narrowed(candidates, lambda _, offer: is_between(offer.amount, query))
    wishes = [wish for wish in query.options if any(_offers(candidate, wish) for candidate in candidates)]
    for pool, dropped in ((affordable, []), (candidates, price_bounds_of(query))):
        wanted, relaxed = _wished(pool, wishes)
        if wanted:
            return wanted, refused + relaxed + dropped
    return [], []


def _beyond(candidates: list[Candidate], wanted: Beyond | None) -> tuple[list[Candidate], list[str]]:
    """What is bigger or lighter; else all, and what is not known ("unknown_size") or not there ("more_size")."""
    if wanted is None:
        return candidates, []
    if wanted.code is None:
        return candidates, [f"unknown_{wanted.kind}"]
    beyond = narrowed(candidates, lambda _, offer: wanted.holds(offer.measures))
    return (beyond, []) if beyond else (candidates, [f"{'more' if wanted.is_more else 'less'}_{wanted.kind}"])


def acceptable(candidates: list[Candidate], unwanted: list[Wish]) -> tuple[list[Candidate], list[str]]:
    """Without the offers that are as not wanted, and the names of what had to be let pass after all ("not_colour"):
    otherwise nothing of what was asked for would be left."""
    relaxed = []
    for wish in unwanted:
        others = narrowed(candidates, lambda candidate, offer, wish=wish: not grants(wish, candidate, offer))  # type: ignore[misc]
        if others and _best(others) == _best(candidates):
            candidates = others
        elif candidates:
            relaxed.append(f"not_{_option(candidates, wish)}")
    return candidates, relaxed


def _wished(candidates: list[Candidate], wishes: list[Wish]) -> tuple[list[Candidate], list[str]]:
    """Option words filter only while results of equal worth remain."""
    relaxed = []
    for wish in wishes:
        fitting = narrowed(candidates, partial(grants, wish))
        if fitting and (_best(fitting) == _best(candidates) or _mentions_all(fitting, candidates)):
            candidates = fitting
        elif candidates:
            relaxed.append(_option(candidates, wish))
    return candidates, relaxed


def _mentions_all(some: list[Candidate], candidates: list[Candidate]) -> bool:
    """Be it in a description: "running shorts" for men are shorts to run in, before running shorts for women."""
    most = max(candidate.mentioned for candidate in candidates)
    return any(candidate.mentioned == most and candidate.covered for candidate in some)


def _option(candidates: list[Candidate], wish: Wish) -> str:
    """The reading that fits the best of these products."""
    readings = [option for option, _ in wish.readings]
    fitting = (
        option for candidate in candidates for option in readings if candidate.offers[0].values(option)
    )
    return next(fitting, readings[0])


def narrowed(candidates: list[Candidate], keeps: Callable[[Candidate, Offer], bool]) -> list[Candidate]:
    """Each with the offers that stand the test; without any, it is out."""
    tested = (
        msgspec.structs.replace(
            candidate, offers=[offer for offer in candidate.offers if keeps(candidate, offer)]
        )
        for candidate in candidates
    )
    return [candidate for candidate in tested if candidate.offers]


def grants(wish: Wish, candidate: Candidate, offer: Offer) -> bool:
    if any(value in offer.values(option) for option, value in wish.readings):
        return True
    has_option = any(offer.values(option) for option, _ in wish.readings)
    return not has_option and set(wish.words.split()) <= candidate.says


def _offers(candidate: Candidate, wish: Wish) -> bool:
    has_option = any(candidate.offers[0].values(option) for option, _ in wish.readings)
    return has_option or set(wish.words.split()) <= candidate.says


def best_covering(candidates: list[Candidate]) -> list[Candidate]:
    """Those that say the most of what was asked for: the cheapest of all others is nobody's answer."""
    most = _best(candidates) if candidates else 0
    return [candidate for candidate in candidates if candidate.covered == most]


def _best(candidates: list[Candidate]) -> int:
    return max(candidate.covered for candidate in candidates)


def is_between(amount: int, query: Query) -> bool:
    low, high = query.price_min, query.price_max
    return (low is None or amount >= low) and (high is None or amount <= high)


def price_bounds_of(query: Query) -> list[str]:
    bounds = {"price_min": query.price_min, "price_max": query.price_max}
    return [name for name, bound in bounds.items() if bound is not None]


def order_of(query: Query, is_price_relaxed: bool) -> Callable[[Candidate], tuple[float, ...]] | None:
    """None where the best come first."""
    if is_price_relaxed:
        return lambda candidate: (-candidate.covered, _distance(candidate, query), candidate.position)
    if query.beyond and query.beyond.code:
        wanted = query.beyond
        return lambda candidate: (
            -candidate.covered,
            min(wanted.distance(offer.measures) for offer in candidate.offers),
            candidate.position,
        )
    if query.sort == "price":
        return lambda candidate: (-candidate.covered, candidate.price, candidate.position)
    if query.sort == "-price":
        return lambda candidate: (-candidate.covered, -candidate.price, candidate.position)
    if query.sort in ("size", "-size"):
        sign = 1 if query.sort == "size" else -1
        return lambda candidate: (-candidate.covered, sign * _size(candidate), candidate.position)
    return None


def _distance(candidate: Candidate, query: Query) -> int:
    """How far the nearest price is outside of the bounds."""
    low, high = query.price_min, query.price_max
    return min(
        (low - offer.amount) if low is not None and offer.amount < low else offer.amount - (high or 0)
        for offer in candidate.offers
    )


def _size(candidate: Candidate) -> float:
    """The largest that its options say: "40x60" is 2400, "30cm" is 30."""
    return max((_measure(value) for offer in candidate.offers for value in offer.options.values()), default=0)


def _measure(value: str) -> float:
    measure = Decimal(1)
    numbers = re.findall(r"\d+(?:[._]\d+)?", value)
    for number in numbers:
        measure *= Decimal(number.replace("_", "."))
    return float(measure) if numbers else 0.0
