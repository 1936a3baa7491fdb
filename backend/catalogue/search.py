"""Product search in a conversation: understand, find, filter by the database, say what was relaxed."""

import re
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.index import Hit, Term, TextQuery
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.read import Offer
from backend.catalogue.understand import Query, Wish, asks_for_something, refine, understand
from backend.catalogue.views import ProductView, Shopper

CANDIDATES = 200
FAR_BELOW = 0.35
"""Results that score less than this share of the best are noise."""
LEAST_COVERAGE = 0.4
UNKNOWN_WEIGHT = 0.5
"""A word that the shop never uses counts half: it may be talk, or a thing that the shop does not sell."""
OPTIONAL_BOOST = 0.5

Availability = Callable[[AsyncSession, Sequence[str]], Awaitable[dict[str, int]]]
"""Salable units by variant id; stock lives in a higher domain."""


class Found(msgspec.Struct, frozen=True):
    """`query` is to be kept for a refinement. `relaxed` names what had to be dropped: an option's code,
    `price_max` or `price_min`, or the `text` beside a price; the products then are the nearest there are."""

    products: list[ProductView]
    total: int
    query: Query
    corrected: str | None
    relaxed: list[str]
    unknown: list[str] = []
    """Words of the query that the shop uses nowhere: talk, or a thing that it does not sell."""


class Candidate(msgspec.Struct, frozen=True):
    handle: str
    position: int
    score: float
    covered: int
    """How many words of the text say what this product is."""
    says: frozenset[str]
    """The option words that its texts contain."""
    offers: list[Offer]

    @property
    def price(self) -> int:
        return min(offer.amount for offer in self.offers)


async def search_products(
    session: AsyncSession,
    index: ShopIndex,
    words: str,
    shopper: Shopper,
    *,
    limit: int = 5,
    in_stock: bool | None = None,
    previous: Query | None = None,
    category: str | None = None,
    available: Availability | None = None,
) -> Found:
    """`previous` is the query of the last answer: words that only refine it ("cheaper", "in blue") do so.
    Without `available`, stock is not looked at."""
    vocabulary = index.vocabulary
    refined = refine(vocabulary, previous, words, shopper.language) if previous else None
    query = refined or understand(vocabulary, words, shopper.language)
    if in_stock is not None:
        query = msgspec.structs.replace(query, in_stock=in_stock)
    if category is not None:
        query = msgspec.structs.replace(query, category=category)
    found = await find(session, index, query, shopper, limit=limit, available=available)
    if refined and _price_bounds(query) and found.relaxed and asks_for_something(words, shopper.language):
        return await search_products(
            session, index, words, shopper, limit=limit, in_stock=in_stock, available=available
        )
    if not found.products and found.unknown:
        known = " ".join(word for word in query.text.split() if word not in found.unknown)
        without = msgspec.structs.replace(query, text=known, corrected=None)
        known_found = await find(session, index, without, shopper, limit=limit, available=available)
        if known and known_found.products:
            return msgspec.structs.replace(
                known_found, relaxed=["text", *known_found.relaxed], unknown=found.unknown
            )
    if found.products or not query.text or not _price_bounds(query):
        return found
    anything = msgspec.structs.replace(query, text="", corrected=None)
    found = await find(session, index, anything, shopper, limit=limit, available=available)
    return msgspec.structs.replace(found, relaxed=["text", *found.relaxed])


async def find(
    session: AsyncSession,
    index: ShopIndex,
    query: Query,
    shopper: Shopper,
    *,
    limit: int = 5,
    available: Availability | None = None,
) -> Found:
    candidates = await _candidates(session, index, query, shopper)
    candidates = await _in_category(session, candidates, query)
    candidates = await _in_stock(session, candidates, query, available)
    kept, relaxed = _constrained(candidates, query)
    kept = sorted(kept, key=_order(query, bool({"price_min", "price_max"} & set(relaxed))))
    shown = kept[query.offset : query.offset + limit]
    products = await read.products(session, [candidate.handle for candidate in shown], shopper)
    prices = [product.price.amount for product in products]
    seen = msgspec.structs.replace(
        query,
        shown=len(products),
        lowest=min(prices, default=query.lowest),
        highest=max(prices, default=query.highest),
    )
    unknown = [word for word in query.text.split() if not index.vocabulary.knows_anywhere(word)]
    return Found(products, len(kept), seen, query.corrected, relaxed, unknown)


def terms(index: ShopIndex, words: Sequence[str], language: str, boost: float = 1.0) -> list[Term]:
    """Those that the shop knows."""
    found = (index.vocabulary.term(word, language, boost) for word in dict.fromkeys(words))
    return [term for term in found if term]


def relevant(hits: list[Hit], wanted: int, unknown: int) -> list[Hit]:
    """Without the noise: what covers too few of the `wanted` words, or scores far below the best."""
    best = max((len([term for term in hit.strong if term < wanted]) for hit in hits), default=0)
    if not best:
        hits = [hit for hit in hits if len(hit.anywhere) >= wanted + unknown]
    covering = max((len([term for term in hit.anywhere if term < wanted]) for hit in hits), default=0)
    if covering < LEAST_COVERAGE * (wanted + UNKNOWN_WEIGHT * unknown):
        return []
    least = max(1, (best + 1) // 2) if best else 0
    floor = FAR_BELOW * max((hit.score for hit in hits), default=0)
    return [hit for hit in hits if hit.score >= floor and _covered(hit, wanted) >= least]


async def _candidates(
    session: AsyncSession, index: ShopIndex, query: Query, shopper: Shopper
) -> list[Candidate]:
    words = query.text.split()
    wish_words = [word for wish in query.options for word in wish.words.split()]
    wanted = terms(index, words, shopper.language)
    optional = terms(index, wish_words, shopper.language, OPTIONAL_BOOST)
    if not words and not wish_words:
        handles = await read.browse(session, shopper.currency, query.price_min, query.price_max, CANDIDATES)
        hits = [Hit(handle, 0.0, frozenset(), frozenset(), frozenset()) for handle in handles]
        return await _offered(session, hits, 0, [], shopper)
    if not wanted and (words or not optional):
        return []
    if not wanted:
        wanted, optional = optional, []
    hits = index.engine.search(TextQuery(wanted, optional, limit=CANDIDATES))
    hits = relevant(hits, len(wanted), len(set(words)) - len(wanted) if words else 0)
    return await _offered(session, hits, len(wanted), [*wanted, *optional], shopper)


async def _offered(
    session: AsyncSession, hits: list[Hit], wanted: int, searched: list[Term], shopper: Shopper
) -> list[Candidate]:
    """Joined with what the database says now; a product that is no longer for sale drops out."""
    offers: dict[str, list[Offer]] = {}
    for offer in await read.offers(session, [hit.id for hit in hits], shopper.currency):
        offers.setdefault(offer.handle, []).append(offer)
    return [
        Candidate(
            handle=hit.id,
            position=offers[hit.id][0].position,
            score=hit.score,
            covered=_covered(hit, wanted),
            says=frozenset(searched[term].word for term in hit.strong),
            offers=offers[hit.id],
        )
        for hit in hits
        if hit.id in offers
    ]


async def _in_category(session: AsyncSession, candidates: list[Candidate], query: Query) -> list[Candidate]:
    if query.category is None:
        return candidates
    wanted = set(await read.category_ids(session, query.category))
    return [candidate for candidate in candidates if candidate.offers[0].category_id in wanted]


async def _in_stock(
    session: AsyncSession, candidates: list[Candidate], query: Query, available: Availability | None
) -> list[Candidate]:
    if not query.in_stock or available is None:
        return candidates
    variants = [offer.variant_id for candidate in candidates for offer in candidate.offers]
    units = await available(session, variants)
    return _narrowed(candidates, lambda _, offer: units[offer.variant_id] > 0)


def _constrained(candidates: list[Candidate], query: Query) -> tuple[list[Candidate], list[str]]:
    """What the customer asked for, or the nearest to it and the name of what was dropped."""
    affordable = _narrowed(candidates, lambda _, offer: _is_between(offer.amount, query))
    wishes = [wish for wish in query.options if any(_offers(candidate, wish) for candidate in candidates)]
    for pool, dropped in ((affordable, []), (candidates, _price_bounds(query))):
        wanted, relaxed = _wished(pool, wishes)
        if wanted:
            return wanted, relaxed + dropped
    return [], []


def _wished(candidates: list[Candidate], wishes: list[Wish]) -> tuple[list[Candidate], list[str]]:
    """Option words filter only while results of equal worth remain."""
    relaxed = []
    for wish in wishes:
        narrowed = _narrowed(candidates, partial(_grants, wish))
        if narrowed and _best(narrowed) == _best(candidates):
            candidates = narrowed
        elif candidates:
            relaxed.append(_option(candidates, wish))
    return candidates, relaxed


def _option(candidates: list[Candidate], wish: Wish) -> str:
    """The reading that fits the best of these products."""
    readings = [option for option, _ in wish.readings]
    fitting = (
        option for candidate in candidates for option in readings if option in candidate.offers[0].options
    )
    return next(fitting, readings[0])


def _narrowed(candidates: list[Candidate], keeps: Callable[[Candidate, Offer], bool]) -> list[Candidate]:
    """Each with the offers that stand the test; without any, it is out."""
    narrowed = [
        msgspec.structs.replace(
            candidate, offers=[offer for offer in candidate.offers if keeps(candidate, offer)]
        )
        for candidate in candidates
    ]
    return [candidate for candidate in narrowed if candidate.offers]


def _grants(wish: Wish, candidate: Candidate, offer: Offer) -> bool:
    if any(offer.options.get(option) == value for option, value in wish.readings):
        return True
    has_option = any(option in offer.options for option, _ in wish.readings)
    return not has_option and set(wish.words.split()) <= candidate.says


def _offers(candidate: Candidate, wish: Wish) -> bool:
    options = {option for option, _ in wish.readings}
    return bool(options & candidate.offers[0].options.keys()) or set(wish.words.split()) <= candidate.says


def _best(candidates: list[Candidate]) -> int:
    return max(candidate.covered for candidate in candidates)


def _is_between(amount: int, query: Query) -> bool:
    low, high = query.price_min, query.price_max
    return (low is None or amount >= low) and (high is None or amount <= high)


def _price_bounds(query: Query) -> list[str]:
    bounds = {"price_min": query.price_min, "price_max": query.price_max}
    return [name for name, bound in bounds.items() if bound is not None]


def _order(query: Query, is_price_relaxed: bool) -> Callable[[Candidate], tuple[float, ...]]:
    if is_price_relaxed:
        return lambda candidate: (-candidate.covered, _distance(candidate, query), candidate.position)
    if query.sort == "price":
        return lambda candidate: (-candidate.covered, candidate.price, candidate.position)
    if query.sort == "-price":
        return lambda candidate: (-candidate.covered, -candidate.price, candidate.position)
    if query.sort in ("size", "-size"):
        sign = 1 if query.sort == "size" else -1
        return lambda candidate: (-candidate.covered, sign * _size(candidate), candidate.position)
    return lambda candidate: (-round(candidate.score, 3), candidate.position)


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


def _covered(hit: Hit, wanted: int) -> int:
    return len([term for term in hit.strong if term < wanted])
