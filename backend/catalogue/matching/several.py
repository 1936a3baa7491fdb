"""Which products are to be compared: by their places ("the first two"), by their names, or all that is shown."""

import re
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.analysis import tokens, with_digits
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.matching.naming import products_named
from backend.catalogue.matching.reading import Reader
from backend.catalogue.matching.scene import Scene, set_scene
from backend.catalogue.phrases import Utterance, numbers, phrases
from backend.catalogue.spelling import read_words
from backend.catalogue.views import ProductView, Shopper
from backend.catalogue.words import WORDS

PAUSE = re.compile(r"[,;:/]\s|\n")
MOST_NAMED = 8
"""Nobody names more in one message; each is a search."""


async def match_several(
    session: AsyncSession,
    index: ShopIndex,
    words: str,
    shopper: Shopper,
    *,
    shown: Sequence[str] = (),
    focus: str | None = None,
) -> list[ProductView]:
    """`shown` and `focus` are product ids. A single one that is named is compared with the focus."""
    scene = await set_scene(session, shopper, shown, focus, {}, [])
    vocabulary, language = index.vocabulary, shopper.language
    found: list[ProductView] = []
    parts: list[Utterance] = []
    for clause in PAUSE.split(with_digits(words, language)):
        said = Utterance(read_words(vocabulary, _without_asking(clause, language), language))
        names = bool(
            vocabulary.terms(Reader(said.copy(), scene, vocabulary, language).product_words(), language)
        )
        found += [scene.shown[place] for place in _places(said, scene, language, is_counted=not names)]
        parts += _parts(said, language) if names else []
    for part in parts[:MOST_NAMED]:
        reader = Reader(part, scene, vocabulary, language)
        if vocabulary.terms(reader.product_words(), language):
            found += (await products_named(session, index, reader, shopper)).products[:1]
    found = list({product.id: product for product in found}.values())
    if len(found) == 1 and scene.focus:
        return [scene.focus, *(product for product in found if product != scene.focus)]
    return found or scene.shown or ([scene.focus] if scene.focus else [])


def _without_asking(clause: str, language: str) -> str:
    """Before it is spelled: "compara" is no mistyped "compra"."""
    said = Utterance(tokens(clause))
    said.takes(phrases("compare", language))
    return " ".join(said.tokens[position].raw for position in said.free())


def _places(said: Utterance, scene: Scene, language: str, *, is_counted: bool) -> list[int]:
    """From 0, of those on the screen. A single number counts where nothing else is named: "the two", "the last 3"."""
    length = len(scene.shown)
    places = _ordinals(said, length, language)
    bare = [(start, number) for start, number in _numbers(said, language) if start not in places]
    for start in (*places, *(start for start, _ in bare)):
        said.take(start)
    if len(bare) == 1 and is_counted and set(places.values()) <= {0} and not (scene.focus and length > 1):
        return list(range(length))[: bare[0][1]]
    if len(bare) == 1 and list(places.values()) == [length - 1]:
        return list(range(length))[-bare[0][1] :]
    places |= {start: number - 1 for start, number in bare}
    return [place for _, place in sorted(places.items()) if 0 <= place < length]


def _ordinals(said: Utterance, length: int, language: str) -> dict[int, int]:
    """Where a place is said, and which one, from 0."""
    hashed = {at: int(word[1:]) - 1 for at, word in enumerate(said.words) if word[0] == "#"}
    spelled = {start: value - 1 for start, _, value in said.find(numbers("ordinals", language))}
    last = {start: length - 1 for start, _, _ in said.find(phrases("last", language))}
    return hashed | spelled | last


def _numbers(said: Utterance, language: str) -> list[tuple[int, int]]:
    """In digits, or as words from two on: "one" may be anything."""
    spelled = {word: value for word, value in WORDS[language].numbers.items() if value > 1}
    words = [(start, said.words[start]) for start in said.free()]
    return [
        (start, int(word) if word.isdigit() else spelled[word])
        for start, word in words
        if word.isdigit() or word in spelled
    ]


def _parts(said: Utterance, language: str) -> list[Utterance]:
    """What stands between "and", "or" and their like, without what was understood."""
    joining = phrases("joining", language).words()
    parts: list[list[int]] = [[]]
    for position in said.free():
        if said.words[position] in joining:
            parts.append([])
        else:
            parts[-1].append(position)
    return [Utterance([said.tokens[position] for position in part]) for part in parts if part]
