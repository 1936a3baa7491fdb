"""Which product the words name: by its own words, else what the conversation is about."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.index import Hit, SearchQuery, Term
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching.reading import SIZES, Reader
from backend.catalogue.matching.scene import Named, Scene
from backend.catalogue.option_words import SIZE_OPTIONS
from backend.catalogue.search import OPTIONAL_BOOST
from backend.catalogue.views import ProductView, Shopper
from backend.catalogue.wishes import Wish

CLEARLY = 0.35
"""A second product, named as well and above this share of the best score, makes the words ambiguous."""
COMPARED = 20
CORRECTED = 0.5
"""What a word that the speller made counts beside one that the shop knows: "the marseille soap" is a soap, not the
"Marelle" cushion."""


async def products_named(session: AsyncSession, index: ShopIndex, reader: Reader, shopper: Shopper) -> Named:
    """By the product's own words; without any, what the conversation is about."""
    words = reader.product_words()
    wishes = reader.wishes()
    wish_words = [word for wish in wishes for word in wish.words.split()]
    wanted = index.vocabulary.terms(words, shopper.language)
    if wanted:
        optional = index.vocabulary.terms(wish_words, shopper.language, OPTIONAL_BOOST)
        return await _searched(
            session, index, reader, shopper, SearchQuery(wanted, optional, limit=COMPARED), wishes
        )
    focus = reader.scene.focus
    is_about_focus = reader.says("this") or (focus and any(_has_option(focus, wish) for wish in wishes))
    if words and not is_about_focus:
        return Named()
    return await _unnamed(
        session, index, reader, shopper, wishes, index.vocabulary.terms(wish_words, shopper.language)
    )


async def _unnamed(
    session: AsyncSession,
    index: ShopIndex,
    reader: Reader,
    shopper: Shopper,
    wishes: list[Wish],
    asked: list[Term],
) -> Named:
    scene = reader.scene
    if scene.focus and (not wishes or any(_has_option(scene.focus, wish) for wish in wishes)):
        return Named([scene.focus])
    if scene.focus and _has_sizes(scene.focus) and any(reader.says(name) for name in SIZES):
        return Named([scene.focus])  # "the small one" of candles is no size S
    fitting = [
        product for product in scene.shown if wishes and all(_grants(product, wish) for wish in wishes)
    ]
    if fitting:
        return Named(fitting)
    if asked:
        found = await _searched(session, index, reader, shopper, SearchQuery(asked, limit=COMPARED), wishes)
        if found.products:
            return found
    if scene.focus:
        return Named([scene.focus])
    return Named(scene.shown) if scene.shown else Named([product for product, _ in scene.lines], is_line=True)


async def _searched(
    session: AsyncSession,
    index: ShopIndex,
    reader: Reader,
    shopper: Shopper,
    query: SearchQuery,
    wishes: list[Wish],
) -> Named:
    """In what was shown, then the cart, then everywhere: the first that covers the words as well as any. A name of
    several words that is said whole is meant, wherever it is."""
    scene = reader.scene
    worth = [CORRECTED if term.word in reader.corrected else 1.0 for term in query.terms]
    everywhere = _covering((await index.search(query)).hits, worth)
    most = _coverage(everywhere[0], worth) if everywhere else 0
    names_all = bool(everywhere) and len(everywhere[0].name) == len(query.terms) > 1
    near = [*scene.shown, *([scene.focus] if scene.focus else [])]
    for pool, is_line in ((near, False), ([product for product, _ in scene.lines], True)):
        among = msgspec.structs.replace(query, among=[product.id for product in pool])
        hits = _covering((await index.search(among)).hits, worth) if pool else []
        is_as_good = bool(hits) and _coverage(hits[0], worth) >= most
        if is_as_good and (len(hits[0].name) == len(query.terms) or not names_all):
            return Named(_clear(hits, query, pool, scene, wishes), is_line)
    views = await read.products(session, [hit.id for hit in everywhere], shopper)
    return Named(_clear(everywhere, query, views, scene, wishes))


def _covering(hits: list[Hit], worth: list[float]) -> list[Hit]:
    """Those that cover the most words, in the name before elsewhere."""
    covering = [hit for hit in hits if _coverage(hit, worth)]
    covering.sort(key=lambda hit: (-_coverage(hit, worth), -len(hit.name), -hit.score))
    return [hit for hit in covering if _coverage(hit, worth) == _coverage(covering[0], worth)]


def _coverage(hit: Hit, worth: list[float]) -> float:
    return sum(worth[term] for term in hit.strong if term < len(worth))


def _clear(
    hits: list[Hit], query: SearchQuery, views: list[ProductView], scene: Scene, wishes: list[Wish]
) -> list[ProductView]:
    """One product when it is clearly the best; else all that are as good."""
    by_id = {view.id: view for view in views}
    hits = [hit for hit in hits if hit.id in by_id]
    if not hits:
        return []
    named = len(hits[0].name)
    tied = [by_id[hit.id] for hit in hits if len(hit.name) == named and hit.score >= CLEARLY * hits[0].score]
    granting = [product for product in tied if all(_grants(product, wish) for wish in wishes)]
    tied = granting or tied
    return [scene.focus] if scene.focus in tied else tied


def _has_option(product: ProductView, wish: Wish) -> bool:
    codes = {option.code for option in product.options}
    return any(option in codes for option, _ in wish.readings)


def _has_sizes(product: ProductView) -> bool:
    return any(option.code in SIZE_OPTIONS and len(option.values) > 1 for option in product.options)


def _grants(product: ProductView, wish: Wish) -> bool:
    values = {(option.code, value.code) for option in product.options for value in option.values}
    return any((option, value) in values for option, value in wish.readings)
