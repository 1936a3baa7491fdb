"""Product search in a conversation: understand, find, filter by what is for sale, say what was relaxed."""

import msgspec

from backend.catalogue import cursors
from backend.catalogue.analysis import fold, texts
from backend.catalogue.constraints import (
    Candidate,
    acceptable,
    best_covering,
    constrained,
    grants,
    is_between,
    narrowed,
    order_of,
    price_bounds_of,
)
from backend.catalogue.cursors import Seen
from backend.catalogue.departments import categories_named, within_category
from backend.catalogue.diversity import diverse
from backend.catalogue.facets import Chosen
from backend.catalogue.index import Hit, Order, Price, SearchQuery, Term
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.query import Query
from backend.catalogue.read import Offer, PriceSort, text_in
from backend.catalogue.refining import asks_for_something, refine
from backend.catalogue.relevance import FAR_BELOW, covered, near_or_within, relevant
from backend.catalogue.shelves import Shelves
from backend.catalogue.understand import understand
from backend.catalogue.unwanted import Pointed
from backend.catalogue.views import ProductView
from backend.catalogue.vocabulary import KIND_MARK, Vocabulary
from backend.catalogue.wishes import BRAND, Wish

CANDIDATES = 200
LEAST_RANKED = 100
"""How many are looked at again when fewer are wanted."""
"""A word that the shop never uses counts half: it may be talk, or a thing that the shop does not sell."""
OPTIONAL_BOOST = 0.5
MOST_SEEN = 60
"""Kept with the conversation, for "another one"."""


class Found(msgspec.Struct, frozen=True):
    """`query` is to be kept for a refinement. `relaxed` names what had to be dropped: an option's code,
    `price_max` or `price_min`, the `text` beside a price, or `not_colour` where nothing but unwanted colours is left;
    the products then are the nearest there are. `without` names the unwanted that was left out, `unavoidable` the
    unwanted that had to stay."""

    products: list[ProductView]
    total: int
    query: Query
    corrected: str | None
    relaxed: list[str]
    unknown: list[str] = []
    """Words of the query that the shop uses nowhere: talk, or a thing that it does not sell."""
    without: list[str] = []
    unavoidable: list[str] = []
    is_guess: bool = False
    """The shop has no word for what was asked; these are near in meaning."""


async def search_products(
    shelves: Shelves,
    index: ShopIndex,
    words: str,
    *,
    limit: int = 5,
    in_stock: bool | None = None,
    previous: Query | None = None,
    category: str | None = None,
    talked_of: str | None = None,
) -> Found:
    """`previous` is the query of the last answer: words that only refine it ("cheaper", "in blue") do so.
    "That brand" is the one of the product that is `talked_of`, else of what was shown first."""
    vocabulary, language = index.vocabulary, shelves.shopper.language
    refined = None
    if previous:
        meant = talked_of or previous.top
        offers = await shelves.offers([meant]) if meant else []
        pointed = _pointing(offers, vocabulary, previous, language)
        measures = [offer.measures for offer in offers]
        refined = refine(vocabulary, previous, words, language, pointed, measures)
    query = refined or within_category(understand(vocabulary, words, language), vocabulary, language)
    if in_stock is not None:
        query = msgspec.structs.replace(query, in_stock=in_stock)
    if category is not None:
        query = msgspec.structs.replace(query, category=category)
    found = await find(shelves, index, query, limit=limit)
    is_cheaper = previous and refined and query.price_max != previous.price_max
    if is_cheaper and query.exclude and (found.relaxed or not found.products):
        query = msgspec.structs.replace(query, exclude=[], seen=[])
        found = await find(shelves, index, query, limit=limit)
    if refined and found.relaxed and _names_any_price(index, words, language):
        return await search_products(shelves, index, words, limit=limit, in_stock=in_stock, category=category)
    if not found.products and found.unknown:
        known = " ".join(word for word in query.text.split() if word not in found.unknown)
        without = msgspec.structs.replace(query, text=known, corrected=None)
        known_found = await find(shelves, index, without, limit=limit)
        if known and known_found.products:
            return msgspec.structs.replace(
                known_found, relaxed=["text", *known_found.relaxed], unknown=found.unknown
            )
    if found.products or not query.text or not price_bounds_of(query) or query.exclude:
        return found
    anything = msgspec.structs.replace(query, text="", kind=None, corrected=None)
    found = await find(shelves, index, anything, limit=limit)
    return msgspec.structs.replace(found, relaxed=["text", *found.relaxed])


def _pointing(offers: list[Offer], vocabulary: Vocabulary, previous: Query, language: str) -> Pointed:
    """ "That colour" is the one that was asked for, else the only one of the product that the talk is about."""

    def pointed(option: str) -> Wish | None:
        asked = next((wish for wish in previous.options if option in dict(wish.readings)), None)
        values = {value for offer in offers for value in offer.values(option)}
        if asked or len(values) != 1:
            return asked
        wish = Wish("", [(option, values.pop())])
        said = " ".join(texts(_name_of(wish, vocabulary, language)))
        return Wish(said, wish.readings)

    return pointed


def _names_any_price(index: ShopIndex, words: str, language: str) -> bool:
    """ "Something under 15 €" may mean any product, not only those that were looked at before."""
    asked = understand(index.vocabulary, words, language)
    return bool(price_bounds_of(asked)) and asks_for_something(words, language)


async def find(shelves: Shelves, index: ShopIndex, query: Query, *, limit: int = 5) -> Found:
    """What answers the query; what is only like it is no answer."""
    kept, relaxed = await _answers(shelves, index, query)
    kept = diverse(kept, query, limit)
    products = await shelves.views([candidate.handle for candidate in kept[:limit]])
    prices = [product.price.amount for product in products]
    seen = msgspec.structs.replace(
        query,
        seen=[*query.seen, *(product.id for product in products)][-MOST_SEEN:],
        beyond=None if relaxed else query.beyond,
        top=products[0].id if products else query.top,
        first=prices[0] if prices and not relaxed else None,
        highest=max(prices, default=query.highest),
    )
    without, unavoidable = _refused(kept, query, index.vocabulary, shelves.shopper.language)
    lost = _lost(index, query, shelves.shopper.language)
    unknown = _unknown(index, query, shelves.shopper.language)
    is_guess = len(unknown) < len(lost)
    return Found(products, len(kept), seen, query.corrected, relaxed, unknown, without, unavoidable, is_guess)


def _refused(
    kept: list[Candidate], query: Query, vocabulary: Vocabulary, language: str
) -> tuple[list[str], list[str]]:
    """The names of what is not wanted: what was left out, and what is there although."""
    without: list[str] = []
    unavoidable: list[str] = []
    for wish in query.unwanted:
        is_there = any(grants(wish, candidate, offer) for candidate in kept for offer in candidate.offers)
        (unavoidable if is_there else without).append(_name_of(wish, vocabulary, language))
    return without, unavoidable


def _name_of(wish: Wish, vocabulary: Vocabulary, language: str) -> str:
    """As the shop calls it in the customer's language: of what the words may mean, that which says no more."""
    return min((_called(option, value, vocabulary, language) for option, value in wish.readings), key=len)


def _called(option: str, value: str, vocabulary: Vocabulary, language: str) -> str:
    if option == BRAND:
        return value
    return (text_in(vocabulary.options.names.get(f"{option}={value}", {}), language) or value).lower()


class FoundPage(msgspec.Struct, frozen=True):
    """`facets` is trait ("colour=blue") to how many of all that was found have it."""

    products: list[ProductView]
    cursor: str | None
    total: int
    corrected: str | None
    relaxed: list[str]
    unknown: list[str]
    facets: dict[str, int]


async def find_page(
    shelves: Shelves,
    index: ShopIndex,
    query: Query,
    *,
    keeps_bounds: bool,
    chosen: Chosen,
    order: Order | None,
    limit: int,
    cursor: str | None,
) -> FoundPage:
    """With `keeps_bounds` a price outside of the bounds is never an answer. Without an order the best come first.
    Raises InvalidInput."""
    seen = cursors.read(cursor, Seen) if cursor else Seen()
    kept, relaxed = await _answers(shelves, index, query)
    if keeps_bounds and {"price_min", "price_max"} & set(relaxed):
        kept, relaxed = [], []
    kept = narrowed(kept, lambda _, offer: _has(offer, chosen))
    if order and kept:
        kept = best_covering(kept)
    handles = [candidate.handle for candidate in diverse(kept, query, limit)]
    counted = await index.search(
        SearchQuery(among=handles, order=order, limit=len(handles) if order else 1, has_facets=True)
    )
    ordered = [hit.id for hit in counted.hits] if order else handles
    left = [handle for handle in ordered if handle not in seen]
    return FoundPage(
        products=await shelves.views(left[:limit]),
        cursor=cursors.written(seen.and_also(left[:limit])) if len(left) > limit else None,
        total=len(handles),
        corrected=query.corrected,
        relaxed=relaxed,
        unknown=_unknown(index, query, shelves.shopper.language),
        facets=counted.facets,
    )


def _has(offer: Offer, chosen: Chosen) -> bool:
    return all(not set(values).isdisjoint(offer.values(code)) for code, values in chosen.items())


async def _answers(shelves: Shelves, index: ShopIndex, query: Query) -> tuple[list[Candidate], list[str]]:
    """All of them in their order, and what had to be dropped to have any."""
    candidates = _of_kind(await _candidates(shelves, index, query, is_strict=True))
    if query.sort != "relevance":
        candidates = best_covering(candidates)
    candidates = [candidate for candidate in candidates if candidate.handle not in query.exclude]
    kept, relaxed = constrained(candidates, query)
    is_price_relaxed = bool({"price_min", "price_max"} & set(relaxed))
    return _ordered(index, query, kept, is_price_relaxed=is_price_relaxed), relaxed


def _unknown(index: ShopIndex, query: Query, language: str) -> list[str]:
    terms, _ = query_terms(index.vocabulary, query, language)
    meant = {word for term in terms if term.word.startswith(KIND_MARK) for word in term.word[1:].split()}
    return [word for word in _lost(index, query, language) if fold(word) not in meant]


def _lost(index: ShopIndex, query: Query, language: str) -> list[str]:
    """Words that the shop does not use, be something near to them or not."""
    return [word for word in query.text.split() if not index.vocabulary.knows_anywhere(word, language)]


def _of_kind(candidates: list[Candidate]) -> list[Candidate]:
    """What is the thing asked for, where there is any, without what only mentions it."""
    named = [candidate for candidate in candidates if candidate.is_kind]
    return named or candidates


async def rank(shelves: Shelves, index: ShopIndex, query: Query, *, limit: int = CANDIDATES) -> list[str]:
    """The ids of all that has to do with the query, the best first."""
    candidates = await rankable(shelves, index, query, most=max(limit, LEAST_RANKED))
    return [candidate.handle for candidate in _ordered(index, query, candidates)[:limit]]


async def rankable(
    shelves: Shelves, index: ShopIndex, query: Query, *, most: int = CANDIDATES
) -> list[Candidate]:
    """All that has to do with the query, be it only like it. Bounds of price and stock are kept."""
    candidates = await _candidates(shelves, index, query, is_strict=False, most=most)
    candidates, _ = acceptable(candidates, query.unwanted)
    return narrowed(candidates, lambda _, offer: is_between(offer.amount, query))


def _ordered(
    index: ShopIndex, query: Query, candidates: list[Candidate], *, is_price_relaxed: bool = False
) -> list[Candidate]:
    order = order_of(query, is_price_relaxed)
    if order:
        return sorted(candidates, key=order)
    worths = index.ranking.worths(query, candidates)
    best_first = sorted(
        zip(worths, candidates, strict=True), key=lambda one: (-round(one[0], 3), one[1].position)
    )
    return [candidate for _, candidate in best_first]


async def _candidates(
    shelves: Shelves, index: ShopIndex, query: Query, *, is_strict: bool, most: int = CANDIDATES
) -> list[Candidate]:
    words = query.text.split()
    vocabulary, language = index.vocabulary, shelves.shopper.language
    wanted, optional = query_terms(vocabulary, query, language, is_guessed=not is_strict)
    refused = vocabulary.terms([word for wish in query.unwanted for word in wish.words.split()], language, 0)
    if not words and not query.options:
        bounds = query.price_min, query.price_max
        sort: PriceSort = query.sort if query.sort == "price" or query.sort == "-price" else "relevance"
        handles = await shelves.browse(*bounds, most, category=query.category, sort=sort)
        hits = [Hit(handle, 0.0, frozenset(), frozenset(), frozenset()) for handle in handles]
        return await _offered(shelves, hits, 0, [], query)
    if not wanted and (words or not optional) and is_strict:
        return []
    if not wanted:
        wanted, optional = optional, []
    optional = [*optional, *refused]
    hits = await _searched(index, query, wanted, optional, shelves.shopper.currency, most)
    categories = categories_named(wanted, vocabulary) if is_strict else set()
    if is_strict:
        lost = bool(_lost(index, query, language))
        unknown = len(set(words)) - _said(wanted) if words else 0
        hits = relevant(hits, len(wanted), unknown, lost, 0.0 if categories else FAR_BELOW)
    candidates = await _offered(shelves, hits, len(wanted), [*wanted, *optional], query)
    if categories:
        candidates = await near_or_within(shelves, candidates, categories)
    return [
        msgspec.structs.replace(candidate, score=candidate.score * index.vocabulary.weight(candidate.handle))
        for candidate in candidates
    ]


def query_terms(
    vocabulary: Vocabulary, query: Query, language: str, *, is_guessed: bool = False
) -> tuple[list[Term], list[Term]]:
    """What has to be found, and what is better found too; with `is_guessed` also what may be meant."""
    words = query.text.split()
    wanted = vocabulary.terms(words, language, misspelt=query.misspelt)
    optional = [term for wish in query.options for term in _wished(wish, vocabulary, language)]
    if query.kind:
        optional.append(vocabulary.kind_term(query.kind, language))
    elif vocabulary.is_lost(words, query.misspelt, language):
        alike = vocabulary.alike(query.phrase, query.text, language, is_guessed=is_guessed)
        wanted += [alike] if alike else []
    return wanted, optional


def _wished(wish: Wish, vocabulary: Vocabulary, language: str) -> list[Term]:
    """By the customer's words, or where no product has them by the shop's: "my wife" is "women"."""
    said = vocabulary.terms(wish.words.split(), language, OPTIONAL_BOOST)
    if said:
        return said
    names = [
        (other, name)
        for option, value in wish.readings
        for other, name in vocabulary.options.names.get(f"{option}={value}", {}).items()
    ]
    return [term for other, name in names for term in vocabulary.terms(texts(name), other, OPTIONAL_BOOST)]


def _said(terms: list[Term]) -> int:
    return sum(len(term.word.split()) for term in terms)


async def _searched(
    index: ShopIndex, query: Query, wanted: list[Term], optional: list[Term], currency: str, most: int
) -> list[Hit]:
    """The best of all, and the best of those that the engine believes to be within the bounds: the first are
    as fresh as the database, the second reach deep in a large shop."""
    plain = SearchQuery(wanted, optional, limit=most, boosts=index.vocabulary.tuning.boosts.fields)
    hits = (await index.search(plain)).hits if wanted else []
    is_bounded = query.in_stock or price_bounds_of(query) or query.unwanted
    if is_bounded and len(hits) == most:
        bounded = msgspec.structs.replace(
            plain,
            price=Price(currency, query.price_min, query.price_max),
            in_stock=bool(query.in_stock),
            must_not=[f"{option}={value}" for wish in query.unwanted for option, value in wish.readings],
        )
        known = {hit.id for hit in hits}
        hits += [hit for hit in (await index.search(bounded)).hits if hit.id not in known]
    return hits


async def _offered(
    shelves: Shelves, hits: list[Hit], wanted: int, searched: list[Term], query: Query
) -> list[Candidate]:
    """Joined with what is true now; what is no longer for sale, of another category or sold out drops out."""
    offers: dict[str, list[Offer]] = {}
    for offer in await shelves.offers([hit.id for hit in hits]):
        offers.setdefault(offer.handle, []).append(offer)
    words = [term.word for term in searched]
    kinds = {position for position, word in enumerate(words) if word.startswith(KIND_MARK)}
    candidates = [
        Candidate(
            handle=hit.id,
            position=offers[hit.id][0].position,
            score=hit.score,
            covered=covered(hit, wanted),
            mentioned=len([term for term in hit.anywhere if term < wanted]),
            says=frozenset(words[term] for term in hit.strong),
            is_kind=not kinds.isdisjoint(hit.strong),
            offers=offers[hit.id],
        )
        for hit in hits
        if hit.id in offers
    ]
    return await _in_stock(shelves, await _in_category(shelves, candidates, query), query)


async def _in_category(shelves: Shelves, candidates: list[Candidate], query: Query) -> list[Candidate]:
    if query.category is None:
        return candidates
    wanted = await shelves.categories_below(query.category)
    return [candidate for candidate in candidates if candidate.offers[0].category_id in wanted]


async def _in_stock(shelves: Shelves, candidates: list[Candidate], query: Query) -> list[Candidate]:
    if not query.in_stock:
        return candidates
    units = await shelves.available([offer for candidate in candidates for offer in candidate.offers])
    if units is None:
        return candidates
    return narrowed(candidates, lambda _, offer: units[offer.variant_id] > 0)
