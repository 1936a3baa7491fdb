"""Which thing does the customer mean? From words, what was shown and the cart, to a product or a variant.

Positions and superlatives point into what was shown (into the cart when nothing was); product words beat the
product in focus when they name another one as well as anything in the catalogue does; what remains narrows
the options.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.analysis import with_digits
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching.miscounts import miscount
from backend.catalogue.matching.naming import products_named
from backend.catalogue.matching.reading import MOST, Reader
from backend.catalogue.matching.scene import Kind, Match, set_scene
from backend.catalogue.phrases import Utterance, phrases
from backend.catalogue.price_bounds import price_bounds
from backend.catalogue.spelling import read_words
from backend.catalogue.views import Shopper

CANDIDATES = 3

__all__ = ["Match", "match"]


async def match(
    session: AsyncSession,
    index: ShopIndex,
    words: str,
    shopper: Shopper,
    *,
    shown: Sequence[str] = (),
    focus: str | None = None,
    chosen: dict[str, str] | None = None,
    lines: Sequence[str] = (),
) -> Match:
    """`shown` and `focus` are product ids, `lines` the SKUs in the cart, `chosen` the focus's values."""
    scene = await set_scene(session, shopper, shown, focus, chosen or {}, lines)
    words = with_digits(words, shopper.language)
    said = Utterance(read_words(index.vocabulary, words, shopper.language))
    price_bounds(said, shopper.language)
    is_correction = any(True for _ in said.find(phrases("instead", shopper.language)))
    reader = Reader(said, scene, index.vocabulary, shopper.language)
    words_of_its_own = reader.product_words()
    is_named = bool(index.vocabulary.terms(words_of_its_own, shopper.language))
    unknown = [
        word for word in words_of_its_own if not index.vocabulary.knows_anywhere(word, shopper.language)
    ]
    is_only = reader.says("alone") and not is_named
    pointed = reader.pointed()
    change = reader.change()
    named = pointed or await products_named(session, index, reader, shopper)
    if len(named.products) == 1:
        found = reader.narrowed(named.products[0], is_line=named.is_line)
    else:
        meant = named.products if pointed is None else scene.listed  # there is no second of one
        kind: Kind = "ambiguous" if meant else "none"
        found = Match(kind, candidates=meant[:CANDIDATES], quantity=reader.quantity())
    impossible = miscount(said, words, index.vocabulary, shopper.language, MOST)
    is_too_many = impossible is not None and impossible.isdigit() and int(impossible) > MOST
    quantity = int(impossible) if impossible and is_too_many else found.quantity
    return msgspec.structs.replace(
        found,
        quantity=quantity or (1 if change else None),
        miscount=None if is_too_many else impossible,
        change=change,
        is_named=is_named,
        is_for_company=reader.is_for_company,
        is_about_price=reader.is_about_price,
        is_elsewhere=not is_named and reader.asks_for(unknown),
        is_only=is_only and found.quantity == 1,
        is_correction=is_correction,
        unknown=unknown,
    )
