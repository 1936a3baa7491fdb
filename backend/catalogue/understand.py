"""From a customer's words to a query: price, stock and options are constraints, what remains is text."""

from decimal import Decimal
from typing import Literal

import msgspec
from price_parser import Price

from backend.catalogue.analysis import JOINING, fold, is_stop, stem, stems, texts, with_digits
from backend.catalogue.inflections import forms
from backend.catalogue.measures import Beyond, beyond
from backend.catalogue.phrases import Utterance, numbers, phrases
from backend.catalogue.unwanted import Pointed, Unwanted, unwanted, without_reply
from backend.catalogue.vocabulary import SIZE_OPTIONS, Vocabulary
from backend.catalogue.wishes import BRAND, Wish, merged, option_wishes, text_positions, text_words
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

ABOUT = Decimal("0.25")
"""How far "about 40" reaches on each side."""
CENTS = 100

LINKS = frozenset({"for", "with", "in", "of", "from", "by", "to", "on"})
"""After these an English noun only describes: "a case for my laptop"."""
DESCRIBING = frozenset({"pour", "de", "d", "a", "en", "avec", "sans", "para", "con", "sin", "por"})
"""Behind a noun, in French and Spanish: "montre pour courir"."""

BEYOND = (
    ("bigger", "size", True),
    ("smaller", "size", False),
    ("lighter", "weight", False),
    ("heavier", "weight", True),
)
"""Words, and more or less of what they ask for."""

Sort = Literal["relevance", "price", "-price", "size", "-size"]


class Query(msgspec.Struct, frozen=True):
    """What the customer looks for; kept with the conversation, so that "cheaper" can refine it.

    Prices are minor units of the shopper's currency, both ends included. `first` is the price of
    what was shown first last time, `highest` the highest of all shown then.
    """

    text: str = ""
    kind: str | None = None
    """What they look for, as the shop calls it; its words are in the text too."""
    brand: str | None = None
    phrase: str = ""
    """The text as it was written, with what joins its words, to compare its meaning."""
    misspelt: dict[str, str] = {}
    """Words of the text that were corrected, and how they were written."""
    price_min: int | None = None
    price_max: int | None = None
    options: list[Wish] = []
    unwanted: list[Wish] = []
    """What is not to be granted; a brand is the value of the option "brand"."""
    category: str | None = None
    in_stock: bool | None = None
    sort: Sort = "relevance"
    seen: list[str] = []
    """The products that were shown, for "another one"."""
    beyond: Beyond | None = None
    """Bigger, smaller, lighter or heavier than what was in talk."""
    exclude: list[str] = []
    top: str | None = None
    """The product that was shown first last time."""
    first: int | None = None
    highest: int | None = None
    corrected: str | None = None


class Bounds(msgspec.Struct, frozen=True):
    low: int | None
    high: int | None


def understand(vocabulary: Vocabulary, words: str, language: str) -> Query:
    spelled, bounds = _bounded(vocabulary, words, language)
    refused = unwanted(spelled, vocabulary, language, lambda _: None)
    named = name_kind(spelled, vocabulary, language)
    in_stock = spelled.takes(phrases("in_stock", language))
    sort = _sort(spelled, language)
    things = things_abroad(spelled, vocabulary, language)
    spelled.takes(vocabulary.chat(language), besides=things)
    brand = _brand(spelled, vocabulary)
    rest = spelled.copy()
    rest.take(named.start, named.length)
    wishes = option_wishes(rest, vocabulary, language)
    free = set(text_positions(rest, vocabulary, language)) | set(named.content)
    free |= things.intersection(rest.free())
    text = [spelled.words[position] for position in sorted(free)]
    misspelt = {token.text: token.typed for token in spelled.tokens if token.typed and token.text in text}
    return Query(
        text=" ".join(text),
        phrase=_phrase(rest, sorted(free), language),
        kind=named.kind,
        brand=brand,
        misspelt=misspelt,
        price_min=bounds.low if bounds else None,
        price_max=bounds.high if bounds else None,
        options=wishes,
        unwanted=refused.wishes,
        in_stock=in_stock or None,
        sort=sort or "relevance",
        corrected=" ".join(text) if any(fold(typed) != word for word, typed in misspelt.items()) else None,
    )


class NamedKind(msgspec.Struct, frozen=True):
    """What the words say they look for, and where they say it; `content` are the positions that carry meaning."""

    kind: str | None = None
    start: int = 0
    length: int = 0
    content: tuple[int, ...] = ()


def name_kind(utterance: Utterance, vocabulary: Vocabulary, language: str) -> NamedKind:
    """In English the last noun says what it is ("glass desk"), in French and Spanish the first one does."""
    found: list[tuple[int, ...]] = []
    kinds: list[str] = []
    for run in _runs(utterance, language):
        stemmed = stems((utterance.words[position] for position in run), language)
        start = 0
        while start < len(run):
            length, kind = vocabulary.kind_at(stemmed, start, language)
            if kind and _names(kind, run, start, length, utterance, vocabulary, language):
                found.append(tuple(run[start : start + length]))
                kinds.append(kind)
            start += length
    if not found:
        return NamedKind()
    head = _head(found, utterance) if language == "en" else 0
    content = found[head]
    return NamedKind(kinds[head], content[0], content[-1] - content[0] + 1, content)


def things_abroad(utterance: Utterance, vocabulary: Vocabulary, language: str) -> set[int]:
    """Where the words name what the shop names in other languages only, be they words of talk otherwise: "sans
    manches", "une montre"."""
    found: set[int] = set()
    for run in _runs(utterance, language):
        stemmed = stems((utterance.words[position] for position in run), language)
        for start in range(len(run)):
            length, _ = vocabulary.abroad[language].longest(stemmed, start) or (0, [])
            if length > 1 or (length and _is_noun(run[start], utterance, vocabulary, language)):
                found.update(run[start : start + length])
    return found


def _is_noun(position: int, utterance: Utterance, vocabulary: Vocabulary, language: str) -> bool:
    """ "Une montre" and "montre numérique" name a watch, "montre-moi" and "montre les sacs" do not."""
    words = utterance.words
    if not vocabulary.is_chatter(words[position], language):
        return True
    before, after = words[max(0, position - 1) : position], words[position + 1 : position + 2]
    if before:
        return before[0] in JOINING[language] or before[0] in numbers("numbers", language).words()
    return not after or after[0] in DESCRIBING or not is_stop(after[0], language)


def _names(
    kind: str,
    run: list[int],
    start: int,
    length: int,
    utterance: Utterance,
    vocabulary: Vocabulary,
    language: str,
) -> bool:
    """Whether these words say what is looked for: not talk, a value, or how another thing is."""
    words = utterance.words
    word = words[run[start]]
    if length == 1 and vocabulary.is_chatter(word, language) and not vocabulary.writes(word, language):
        return False  # "montrez" is no watch ("montre"), though their stems are the same
    if length == 1 and vocabulary.values[language].longest((word,)) and not _is_form(word, kind, language):
        return False  # nor is "plateado" a plate ("plato")
    if language == "en":
        return start + length == len(run) or not (
            run[start + length] == run[start + length - 1] + 1
            and vocabulary.is_head(words[run[start + length]], language)
        )
    return (
        start == 0
        or run[start - 1] == run[start] - 1
        or not vocabulary.is_head(words[run[start - 1]], language)
    )


def _is_form(word: str, kind: str, language: str) -> bool:
    named = texts(kind)
    return word in named or any(word in forms(part, language) for part in named)


def _phrase(rest: Utterance, positions: list[int], language: str) -> str:
    """From the first to the last of these positions, with what joins them."""
    between = range(positions[0], positions[-1] + 1) if positions else range(0)
    said = [
        rest.tokens[position].typed or rest.tokens[position].raw
        for position in between
        if position in positions or (rest.is_free(position) and rest.words[position] in JOINING[language])
    ]
    return " ".join(said)


def _runs(utterance: Utterance, language: str) -> list[list[int]]:
    """Positions of words that stand together, but for what only joins them."""
    runs: list[list[int]] = [[]]
    for position, word in enumerate(utterance.words):
        if not utterance.is_free(position) or not word[0].isalnum():
            runs.append([])
        elif word not in JOINING[language]:
            runs[-1].append(position)
    return runs


def _head(found: list[tuple[int, ...]], utterance: Utterance) -> int:
    head = 0
    for index in range(1, len(found)):
        between = range(found[head][-1] + 1, found[index][0])
        if any(utterance.words[position] in LINKS for position in between):
            break
        head = index
    return head


def _brand(utterance: Utterance, vocabulary: Vocabulary) -> str | None:
    return next((brand for _, _, brand in utterance.find(vocabulary.brands)), None)


def refine(
    vocabulary: Vocabulary,
    previous: Query,
    words: str,
    language: str,
    pointed: Pointed = lambda _: None,
    measures: list[dict[str, float]] | None = None,
) -> Query | None:
    """The previous query, changed as the words ask; None when they ask for something else. `measures` are those of
    the product in talk, for "bigger"."""
    spelled, bounds = _bounded(vocabulary, words, language)
    changed = msgspec.structs.replace(previous, exclude=[], corrected=None)
    if bounds:
        changed = msgspec.structs.replace(changed, price_min=bounds.low, price_max=bounds.high)
    said = len(spelled.free())
    changed = _refused(changed, unwanted(spelled, vocabulary, language, pointed))
    if spelled.takes(phrases("in_stock", language)):
        changed = msgspec.structs.replace(changed, in_stock=True)
    if spelled.takes(phrases("back", language)) and _names_nothing_new(
        spelled, previous, vocabulary, language
    ):
        return previous
    changed = _compared(spelled, changed, vocabulary, language, measures or [])
    is_refined = bool(bounds) or len(spelled.free()) < said
    spelled.takes(vocabulary.chat(language))
    wishes = option_wishes(spelled, vocabulary, language)
    changed = msgspec.structs.replace(
        changed,
        options=merged(changed.options, wishes),
        unwanted=_without(changed.unwanted, _readings(wishes)),
    )
    more = spelled.takes(phrases("more", language))
    if more and changed == msgspec.structs.replace(previous, exclude=[], corrected=None):
        changed = msgspec.structs.replace(changed, exclude=previous.seen)
    elif not (more or wishes or is_refined):
        return None
    return changed if _names_nothing_new(spelled, previous, vocabulary, language) else None


def _refused(query: Query, refused: Unwanted) -> Query:
    """Without the wishes that are now unwanted, and without any about options that are free again."""
    said = _readings(refused.wishes)
    options = [wish for wish in _without(query.options, said) if not refused.freed & _options(wish)]
    kept = [wish for wish in _without(query.unwanted, said) if not refused.freed & _options(wish)]
    query = msgspec.structs.replace(query, options=options, unwanted=[*kept, *refused.wishes])
    if query.brand and (BRAND in refused.freed or (BRAND, query.brand) in said):
        words = [word for word in query.text.split() if word not in texts(query.brand)]
        query = msgspec.structs.replace(query, brand=None, text=" ".join(words))
    return query


def _readings(wishes: list[Wish]) -> set[tuple[str, str]]:
    return {reading for wish in wishes for reading in wish.readings}


def _options(wish: Wish) -> set[str]:
    return {option for option, _ in wish.readings}


def _without(wishes: list[Wish], readings: set[tuple[str, str]]) -> list[Wish]:
    return [wish for wish in wishes if not readings & set(wish.readings)]


def asks_for_something(words: str, language: str) -> bool:
    return any(True for _ in Utterance(words).find(phrases("something", language)))


def asks_for_alike(vocabulary: Vocabulary, words: str, language: str) -> bool:
    """ "Show me something similar": like what is in talk, and nothing else."""
    said = Utterance(vocabulary.read(words, language))
    if not said.takes(phrases("similar", language)):
        return False
    for around in ("something", "this", "articles"):
        said.takes(phrases(around, language))
    said.takes(vocabulary.chat(language))
    return not text_words(said, vocabulary, language)


def _bounded(vocabulary: Vocabulary, words: str, language: str) -> tuple[Utterance, Bounds | None]:
    """The words, spelled, without their price bounds, be these in digits or spelled out."""
    words = without_reply(words)
    for said in dict.fromkeys((words, with_digits(words, language))):
        utterance = Utterance(vocabulary.read(said, language))
        bounds = price_bounds(utterance, language)
        if bounds:
            return utterance, bounds
    return Utterance(vocabulary.read(words, language)), None


def price_bounds(utterance: Utterance, language: str) -> Bounds | None:
    """Takes what it understands. A bare amount of money is the most that the customer wants to pay."""
    for spoken in (language, *(other for other in LANGUAGES if other != language)):
        bounds = _bounds(utterance, spoken)
        if bounds:
            return bounds
    return None


def amount_of(number: str) -> int:
    """Minor units; both supported currencies have hundredths."""
    amount = Price.fromstring(number).amount or Decimal(0)
    return int(amount * CENTS)


def _bounds(utterance: Utterance, language: str) -> Bounds | None:
    for position, token in enumerate(utterance.tokens):
        if token.is_number and utterance.is_free(position):
            start, end, has_currency = _money(utterance, position, language)
            bounds = _marked(utterance, position, start, end, has_currency, language)
            if bounds:
                return bounds
    return None


def _marked(
    utterance: Utterance, position: int, start: int, end: int, has_currency: bool, language: str
) -> Bounds | None:
    amount = amount_of(utterance.words[position])
    between = _between(utterance, position, start, end, has_currency, language)
    if between:
        return between
    for marker, bounds in (
        ("max", Bounds(None, amount)),
        ("min", Bounds(amount, None)),
        ("about", Bounds(int(amount * (1 - ABOUT)), int(amount * (1 + ABOUT)))),
    ):
        begin = phrases(marker, language).ending(utterance.words, start)
        if begin < start and utterance.is_free(begin, end - begin):
            utterance.take(begin, end - begin)
            return bounds
    for marker, bounds in (("max_after", Bounds(None, amount)), ("min_after", Bounds(amount, None))):
        found = phrases(marker, language).longest(utterance.words, end)
        if found:
            utterance.take(start, end + found[0] - start)
            return bounds
    if has_currency:
        utterance.take(start, end - start)
        return Bounds(None, amount)
    return None


def _between(
    utterance: Utterance, position: int, start: int, end: int, has_currency: bool, language: str
) -> Bounds | None:
    words = utterance.words
    if end + 1 >= len(words) or not utterance.tokens[end + 1].is_number:
        if end + 2 >= len(words) or words[end + 1] not in "€$£" or not utterance.tokens[end + 2].is_number:
            return None
        other = end + 2
    else:
        other = end + 1
    _, last, other_has_currency = _money(utterance, other, language)
    opening = words[start - 1] if start else ""
    pairs = [tuple(pair) for pair in WORDS[language].between]
    is_open = (opening, words[end]) in pairs
    is_sure = (
        opening in {"between", "entre"}
        or has_currency
        or other_has_currency
        or not any(word[0].isalpha() and not is_stop(word, language) for word in words[last : last + 1])
    )
    if not is_sure or not (is_open or words[end] == "-"):
        return None
    utterance.take(start - is_open, last - start + is_open)
    low, high = sorted((amount_of(words[position]), amount_of(words[other])))
    return Bounds(low, high)


def _money(utterance: Utterance, position: int, language: str) -> tuple[int, int, bool]:
    """Where the amount starts and ends with its currency, and whether it has one."""
    words = utterance.words
    if position and words[position - 1] in "€$£":
        return position - 1, position + 1, True
    following = words[position + 1] if position + 1 < len(words) else ""
    if following and (following in "€$£" or following in WORDS[language].currency):
        return position, position + 2, True
    return position, position + 1, False


def _sort(utterance: Utterance, language: str) -> Sort | None:
    if utterance.takes(phrases("by_price_down", language)):
        return "-price"
    if utterance.takes(phrases("by_price", language)):
        return "price"
    return None


def _compared(
    utterance: Utterance,
    query: Query,
    vocabulary: Vocabulary,
    language: str,
    measures: list[dict[str, float]],
) -> Query:
    if utterance.takes(phrases("by_price_down", language)):
        return msgspec.structs.replace(query, sort="-price")
    if utterance.takes(phrases("cheapest", language)):
        return msgspec.structs.replace(query, sort="price")
    if query.first is not None and utterance.takes(phrases("cheaper", language)):
        return msgspec.structs.replace(
            query, price_min=None, price_max=query.first - 1, sort="price", exclude=query.seen
        )
    if query.highest is not None and utterance.takes(phrases("dearer", language)):
        return msgspec.structs.replace(query, price_min=query.highest + 1, price_max=None, sort="price")
    for name, sort in (("biggest", "-size"), ("smallest", "size")):
        if utterance.takes(phrases(name, language)):
            return msgspec.structs.replace(query, sort=sort)
    for name, kind, is_more in BEYOND:
        if utterance.takes(phrases(name, language)):
            resized = _resized(query, vocabulary, 1 if is_more else -1) if kind == "size" else None
            return resized or msgspec.structs.replace(query, beyond=beyond(kind, is_more, measures))
    if utterance.takes(phrases("by_price", language)):
        return msgspec.structs.replace(query, sort="price")
    return query


def _resized(query: Query, vocabulary: Vocabulary, step: int) -> Query | None:
    """The next size, when a size was asked for."""
    for wish in query.options:
        (option, value), *others = wish.readings
        ordered = vocabulary.order[option]
        if others or option not in SIZE_OPTIONS or value not in ordered:
            continue
        index = min(max(ordered.index(value) + step, 0), len(ordered) - 1)
        other = Wish(ordered[index], [(option, ordered[index])])
        return msgspec.structs.replace(query, options=merged(query.options, [other]))
    return None


def _names_nothing_new(utterance: Utterance, previous: Query, vocabulary: Vocabulary, language: str) -> bool:
    utterance.takes(phrases("this", language))
    utterance.takes(phrases("articles", language))
    old = set(stems(previous.text.split(), language))
    return all(stem(word, language) in old for word in text_words(utterance, vocabulary, language))
