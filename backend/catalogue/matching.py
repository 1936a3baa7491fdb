"""Which thing does the customer mean? From words, what was shown and the cart, to a product or a variant.

Positions and superlatives point into what was shown (into the cart when nothing was); product words beat the
product in focus when they name another one as well as anything in the catalogue does; what remains narrows
the options.
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.analysis import stem, tokens, with_digits
from backend.catalogue.index import Hit, Term, TextQuery
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.phrases import Utterance, numbers, phrases
from backend.catalogue.search import OPTIONAL_BOOST, terms
from backend.catalogue.understand import Wish, option_wishes, price_bounds, text_words
from backend.catalogue.views import OptionView, ProductView, Shopper, VariantView
from backend.catalogue.vocabulary import SIZE_OPTIONS, Value, Vocabulary
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

CLEARLY = 0.35
"""A second product, named as well and above this share of the best score, makes the words ambiguous."""
CANDIDATES = 3
COMPARED = 20
SIZES = ("biggest", "bigger", "big", "smallest", "smaller", "small")
POINTING = {"the", "this", "that", "which", "other", "another"}
MOST = 999
MOST_PIECES = 20
"""A larger number that is also a size ("42") is a size."""

Kind = Literal["variant", "product", "ambiguous", "none"]


class Match(msgspec.Struct, frozen=True):
    """`chosen` are option values, said or the only ones left; `open_options` have to be asked, with the
    values that exist beside what is chosen. `not_offered` are values that the customer named and it lacks.
    `quantity` is None when no number was said; `is_only` says that it was "just one". `is_named`: words of its own,
    not only what the talk is about, name the product. `unknown` are words that the shop uses nowhere."""

    kind: Kind
    product: ProductView | None = None
    variant: VariantView | None = None
    chosen: dict[str, str] = {}
    open_options: list[OptionView] = []
    candidates: list[ProductView] = []
    quantity: int | None = None
    not_offered: list[str] = []
    is_only: bool = False
    is_named: bool = False
    unknown: list[str] = []


class Scene(msgspec.Struct, frozen=True):
    """What the conversation is about, with the views of everything in it that is still for sale."""

    shown: list[ProductView]
    focus: ProductView | None
    chosen: dict[str, str]
    lines: list[tuple[ProductView, VariantView]]

    @property
    def listed(self) -> list[ProductView]:
        """What "the second one" counts."""
        return self.shown or [product for product, _ in self.lines]


class Named(msgspec.Struct, frozen=True):
    """The products that the words may mean; one when it is clear. `is_line` when the cart made it clear."""

    products: list[ProductView] = []
    is_line: bool = False


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
    scene = await _scene(session, shopper, shown, focus, chosen or {}, lines)
    said = Utterance(index.vocabulary.spell(tokens(with_digits(words, shopper.language)), shopper.language))
    price_bounds(said, shopper.language)
    reader = _Reader(said, scene, index.vocabulary, shopper.language)
    words_of_its_own = reader.product_words()
    is_named = bool(terms(index, words_of_its_own, shopper.language))
    unknown = [word for word in words_of_its_own if not index.vocabulary.knows_anywhere(word)]
    is_only = reader.says("alone") and not is_named
    named = reader.pointed() or await _named(session, index, reader, shopper)
    if len(named.products) == 1:
        found = reader.narrowed(named.products[0], is_line=named.is_line)
    else:
        kind: Kind = "ambiguous" if named.products else "none"
        found = Match(kind, candidates=named.products[:CANDIDATES], quantity=reader.quantity())
    return msgspec.structs.replace(
        found, is_named=is_named, is_only=is_only and found.quantity == 1, unknown=unknown
    )


class _Reader:
    """The words in their scene; each step takes what it understands."""

    def __init__(self, said: Utterance, scene: Scene, vocabulary: Vocabulary, language: str) -> None:
        self.said = said
        self.scene = scene
        self.vocabulary = vocabulary
        self.language = language
        said.takes(phrases("chat", language))
        said.takes(phrases("both", language))

    def pointed(self) -> Named | None:
        """By position ("the second one", "#2", "the last"), by price, or as the other of two."""
        listed = self.scene.listed
        if not listed:
            return None
        position = self._position(len(listed))
        if position is not None:
            return Named([listed[position]] if -1 <= position < len(listed) else [], not self.scene.shown)
        if len(listed) > 1 and (self._takes("cheapest") or self._takes("cheaper")):
            return Named([min(listed, key=lambda product: product.price.amount)])
        if len(listed) > 1 and (self._takes("dearest") or self._takes("dearer")):
            return Named([max(listed, key=lambda product: product.price.amount)])
        others = [product for product in listed if product != self.scene.focus]
        if len(others) == 1 and len(listed) == 2 and not self._content() and self._takes("other"):
            return Named(others)
        return None

    def wishes(self) -> list[Wish]:
        """The option words, without taking them."""
        return option_wishes(self._copy(), self.vocabulary, self.language)

    def product_words(self) -> list[str]:
        """The words that may name a product: no option words, numbers or pronouns."""
        copy = self._copy()
        option_wishes(copy, self.vocabulary, self.language)
        for name in SIZES:
            copy.takes(phrases(name, self.language))
        stemmed = copy.copy()
        stemmed.words = [stem(word, self.language) for word in copy.words]
        for start, length, _ in list(stemmed.find(self.vocabulary.option_names[self.language])):
            copy.take(start, length)
        return self._content_of(copy)

    def says(self, name: str) -> bool:
        return any(True for _ in self.said.find(phrases(name, self.language)))

    def narrowed(self, product: ProductView, *, is_line: bool) -> Match:
        wanted, not_offered = self._wanted(product)
        chosen = self._chosen_before(product, is_line)
        chosen, variants = _combined(product, chosen, wanted)
        open_options = []
        for option in product.options:
            values = {variant.options[option.code] for variant in variants}
            if len(values) == 1:
                chosen[option.code] = values.pop()
            elif option.code not in chosen:
                left = [value for value in option.values if value.code in values]
                open_options.append(msgspec.structs.replace(option, values=left))
        return Match(
            kind="product" if open_options else "variant",
            product=product,
            variant=None if open_options else variants[0],
            chosen=chosen,
            open_options=open_options,
            quantity=self.quantity(),
            not_offered=not_offered,
        )

    def quantity(self) -> int | None:
        counts = numbers("numbers", self.language)
        found = [(start, value) for start, length, value in self.said.find(counts) if value > 1]
        for position in self.said.free():
            times = re.fullmatch(r"x?(\d{1,3})x?", self.said.words[position])
            if times and 0 < int(times[1]) <= MOST:
                found.append((position, int(times[1])))
        if found:
            return min(found)[1]
        ones = [start for start, _, value in self.said.find(counts) if value == 1]
        return 1 if ones and (self._takes("alone") or self._is_all(ones[0])) else None

    def _is_all(self, position: int) -> bool:
        """Whether nothing but talk surrounds it: "make it one", but not "the blue one"."""
        before = self.said.words[position - 1] if position else ""
        others = self.said.words[:position] + self.said.words[position + 1 :]
        ordinals = numbers("ordinals", self.language).words()
        return before not in POINTING | ordinals and all(
            self.vocabulary.is_chatter(word, self.language) for word in others
        )

    def _position(self, length: int) -> int | None:
        """From 0; -1 is the last; out of range when there is no such."""
        for position in self.said.free():
            if self.said.words[position].startswith("#"):
                self.said.take(position)
                return int(self.said.words[position][1:]) - 1
        for start, words, value in self.said.find(numbers("ordinals", self.language)):
            self.said.take(start, words)
            return value - 1
        if self._takes("last"):
            return -1
        if length > 2 and self._takes("middle"):
            return (length - 1) // 2
        numbered = self._numbered()
        return self._bare_number(length) if numbered is None else numbered

    def _numbered(self) -> int | None:
        """ "number 2", "option 2"; or "le 2", when nothing is counted by it."""
        for position in self.said.free():
            value = self._number_at(position)
            if value is None or position == 0:
                continue
            before = self.said.words[position - 1]
            is_article = before in WORDS[self.language].articles and not self._content()
            if before in WORDS[self.language].position or is_article:
                self.said.take(position)
                return value - 1
        return None

    def _bare_number(self, length: int) -> int | None:
        """ "2" as the whole message is a position, unless the focus waits for such an answer."""
        if len(self.said.words) != 1 or length < 2:
            return None
        value = self._number_at(0)
        if (
            value is None
            or value > length
            or (self.scene.focus and self._wanted(self.scene.focus, is_try=True)[0])
        ):
            return None
        self.said.take(0)
        return value - 1

    def _number_at(self, position: int) -> int | None:
        word = self.said.words[position]
        return int(word) if word.isdigit() else WORDS[self.language].numbers.get(word)

    def _wanted(self, product: ProductView, *, is_try: bool = False) -> tuple[dict[str, str], list[str]]:
        """The product's option values that the words name, and the named values that it does not have."""
        said = self._copy() if is_try else self.said
        offered = {option.code: {value.code for value in option.values} for option in product.options}
        wanted: dict[str, str] = {}
        missing = []
        for start, length, readings in self._readings(said, product):
            said.take(start, length)
            here = [reading for reading in readings if reading.value in offered[reading.option]]
            words = said.words[start : start + length]
            related = None if here else self._related(product, words)
            if here:
                wanted[here[0].option] = here[0].value
            elif related:
                wanted[related[0]] = related[1]
            else:
                missing.append(" ".join(words))
        wanted |= self._sized(said, product, wanted)
        return wanted, missing

    def _related(self, product: ProductView, words: Sequence[str]) -> tuple[str, str] | None:
        """The one value whose name holds the words: "the green one" of a product that comes in sage green."""
        meant = {stem(word, self.language) for word in words}
        related = [
            (option.code, value.code)
            for option in product.options
            for value in option.values
            if meant <= {stem(token.text, self.language) for token in tokens(value.name)}
        ]
        return related[0] if len(related) == 1 else None

    def _readings(self, said: Utterance, product: ProductView) -> list[tuple[int, int, list[Value]]]:
        """Start, length and the values of this product's options, the customer's language first."""
        codes = frozenset(option.code for option in product.options)
        found: list[tuple[int, int, list[Value]]] = []
        copy = self._copy(said)
        for language in (self.language, *(other for other in LANGUAGES if other != self.language)):
            for stemmed, known in ((False, self.vocabulary.values), (True, self.vocabulary.value_stems)):
                words = _counted(copy, self.language, language if stemmed else None)
                for start, length, readings in list(words.find(known[language])):
                    fitting = [reading for reading in readings if reading.option in codes]
                    if fitting:
                        copy.take(start, length)
                        words.take(start, length)
                        found.append((start, length, fitting))
        for position in copy.free():
            answers = self._answers(copy, position, codes)
            if answers:
                found.append((position, 1, answers))
        return found

    def _answers(self, said: Utterance, position: int, codes: frozenset[str]) -> list[Value]:
        """Short values: "m"; "42" after its option's name or when too many for a quantity; "four" alone."""
        word = said.words[position]
        count = self._number_at(position)
        readings = [
            reading
            for spoken in (word, *_number_words(count, self.language))
            for reading in self.vocabulary.answers(spoken, codes, self.language)
        ]
        if count is None:
            return [] if word in phrases("articles", self.language).words() else readings
        names = self.vocabulary.option_names[self.language]
        is_asked = names.ending([stem(word, self.language) for word in said.words], position) < position
        is_alone = len(said.words) <= 3 and [free for free in said.free() if not self._is_talk(free)] == [
            position
        ]
        return readings if is_asked or is_alone or count > MOST_PIECES else []

    def _sized(self, said: Utterance, product: ProductView, wanted: dict[str, str]) -> dict[str, str]:
        """ "the big one" of two sizes, "the biggest" of any number."""
        for option in product.options:
            if option.code not in SIZE_OPTIONS or option.code in wanted or len(option.values) < 2:
                continue
            for most, plain, end in (
                ("biggest", ("bigger", "big"), -1),
                ("smallest", ("smaller", "small"), 0),
            ):
                is_either = len(option.values) == 2 and any(self._takes(name, said) for name in plain)
                if self._takes(most, said) or is_either:
                    return {option.code: option.values[end].code}
        return {}

    def _chosen_before(self, product: ProductView, is_line: bool) -> dict[str, str]:
        in_cart = [variant for line, variant in self.scene.lines if line == product]
        if is_line and len(in_cart) == 1:
            return dict(in_cart[0].options)
        focus = self.scene.focus
        return dict(self.scene.chosen) if focus is None or product == focus else {}

    def _takes(self, name: str, said: Utterance | None = None) -> bool:
        return (said or self.said).takes(phrases(name, self.language))

    def _content(self) -> list[str]:
        return self._content_of(self._copy())

    def _content_of(self, said: Utterance) -> list[str]:
        for name in ("this", "alone", "articles", "other", "more"):
            said.takes(phrases(name, self.language))
        said.takes(numbers("numbers", self.language))
        words = text_words(said, self.vocabulary, self.language)
        return [word for word in words if not re.fullmatch(r"x?\d+x?", word)]

    def _is_talk(self, position: int) -> bool:
        word = self.said.words[position]
        return self._number_at(position) is None and self.vocabulary.is_chatter(word, self.language)

    def _copy(self, of: Utterance | None = None) -> Utterance:
        return (of or self.said).copy()


async def _named(session: AsyncSession, index: ShopIndex, reader: _Reader, shopper: Shopper) -> Named:
    """By the product's own words; without any, what the conversation is about."""
    words = reader.product_words()
    wishes = reader.wishes()
    wish_words = [word for wish in wishes for word in wish.words.split()]
    wanted = terms(index, words, shopper.language)
    if wanted:
        optional = terms(index, wish_words, shopper.language, OPTIONAL_BOOST)
        return await _searched(
            session, index, reader, shopper, TextQuery(wanted, optional, limit=COMPARED), wishes
        )
    focus = reader.scene.focus
    is_about_focus = reader.says("this") or (focus and any(_has_option(focus, wish) for wish in wishes))
    if words and not is_about_focus:
        return Named()
    return await _unnamed(session, index, reader, shopper, wishes, terms(index, wish_words, shopper.language))


async def _unnamed(
    session: AsyncSession,
    index: ShopIndex,
    reader: _Reader,
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
        found = await _searched(session, index, reader, shopper, TextQuery(asked, limit=COMPARED), wishes)
        if found.products:
            return found
    if scene.focus:
        return Named([scene.focus])
    return Named(scene.shown) if scene.shown else Named([product for product, _ in scene.lines], is_line=True)


async def _searched(
    session: AsyncSession,
    index: ShopIndex,
    reader: _Reader,
    shopper: Shopper,
    query: TextQuery,
    wishes: list[Wish],
) -> Named:
    """In what was shown, then the cart, then everywhere: the first that covers the words as well as any."""
    scene = reader.scene
    everywhere = _covering(index.engine.search(query), query)
    most = _coverage(everywhere[0], query) if everywhere else 0
    near = [*scene.shown, *([scene.focus] if scene.focus else [])]
    for pool, is_line in ((near, False), ([product for product, _ in scene.lines], True)):
        among = msgspec.structs.replace(query, among=[product.id for product in pool])
        hits = _covering(index.engine.search(among), query) if pool else []
        if hits and _coverage(hits[0], query) >= most:
            return Named(_clear(hits, query, pool, scene, wishes), is_line)
    views = await read.products(session, [hit.id for hit in everywhere], shopper)
    return Named(_clear(everywhere, query, views, scene, wishes))


def _covering(hits: list[Hit], query: TextQuery) -> list[Hit]:
    """Those that cover the most words, in the name before elsewhere."""
    covering = [hit for hit in hits if _coverage(hit, query)]
    covering.sort(key=lambda hit: (-_coverage(hit, query), -len(hit.name), -hit.score))
    return [hit for hit in covering if _coverage(hit, query) == _coverage(covering[0], query)]


def _coverage(hit: Hit, query: TextQuery) -> int:
    return len([term for term in hit.strong if term < len(query.terms)])


def _clear(
    hits: list[Hit], query: TextQuery, views: list[ProductView], scene: Scene, wishes: list[Wish]
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


def _combined(
    product: ProductView, chosen: dict[str, str], wanted: dict[str, str]
) -> tuple[dict[str, str], list[VariantView]]:
    """What was chosen before gives way to what was said now; of values said together that do not exist
    together, the later option is asked again."""
    codes = {option.code for option in product.options}
    combined = {code: value for code, value in chosen.items() if code in codes} | wanted
    for code in (*(code for code in chosen if code not in wanted), *reversed(wanted)):
        variants = _with(product, combined)
        if variants:
            return combined, variants
        combined.pop(code, None)
    return combined, _with(product, combined)


def _with(product: ProductView, chosen: dict[str, str]) -> list[VariantView]:
    return [variant for variant in product.variants if chosen.items() <= variant.options.items()]


def _counted(said: Utterance, language: str, stemmed_in: str | None) -> Utterance:
    """The same words with numbers as digits ("set of four"), as stems where asked."""
    copy = said.copy()
    values = WORDS[language].numbers
    copy.words = [str(values[word]) if values.get(word, 1) > 1 else word for word in said.words]
    if stemmed_in:
        copy.words = [stem(word, stemmed_in) for word in copy.words]
    return copy


def _number_words(count: int | None, language: str) -> list[str]:
    return [word for word, value in WORDS[language].numbers.items() if value == count and " " not in word]


async def _scene(
    session: AsyncSession,
    shopper: Shopper,
    shown: Sequence[str],
    focus: str | None,
    chosen: dict[str, str],
    lines: Sequence[str],
) -> Scene:
    line_handles = await read.handles_of(session, lines) if lines else {}
    handles = dict.fromkeys([*shown, *([focus] if focus else []), *line_handles.values()])
    views = (
        {view.id: view for view in await read.products(session, list(handles), shopper)} if handles else {}
    )
    in_cart = {variant.sku: (view, variant) for view in views.values() for variant in view.variants}
    return Scene(
        shown=[views[handle] for handle in shown if handle in views],
        focus=views.get(focus) if focus else None,
        chosen=chosen,
        lines=[in_cart[sku] for sku in lines if sku in in_cart],
    )
