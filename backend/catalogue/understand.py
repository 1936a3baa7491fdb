"""From a customer's words to a query: price, stock and options are constraints, what remains is text."""

from backend.catalogue.analysis import JOINING, fold, with_digits
from backend.catalogue.naming_kinds import name_kind, things_abroad
from backend.catalogue.phrases import Utterance, phrases
from backend.catalogue.price_bounds import Bounds, price_bounds
from backend.catalogue.query import Query, Sort
from backend.catalogue.spelling import read_words
from backend.catalogue.unwanted import unwanted, without_reply
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.wishes import option_wishes, take_talk, text_positions


def understand(vocabulary: Vocabulary, words: str, language: str) -> Query:
    spelled, bounds = bounded(vocabulary, words, language)
    refused = unwanted(spelled, vocabulary, language, lambda _: None)
    named = name_kind(spelled, vocabulary, language)
    in_stock = spelled.takes(phrases("in_stock", language))
    sort = _sort(spelled, language)
    things = things_abroad(spelled, vocabulary, language)
    take_talk(spelled, vocabulary, language, besides=things)
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


def bounded(vocabulary: Vocabulary, words: str, language: str) -> tuple[Utterance, Bounds | None]:
    """The words, spelled, without their price bounds, be these in digits or spelled out."""
    words = without_reply(words)
    for said in dict.fromkeys((words, with_digits(words, language))):
        utterance = Utterance(read_words(vocabulary, said, language))
        bounds = price_bounds(utterance, language)
        if bounds:
            return utterance, bounds
    return Utterance(read_words(vocabulary, words, language)), None


def _phrase(rest: Utterance, positions: list[int], language: str) -> str:
    """From the first to the last of these positions, with what joins them."""
    between = range(positions[0], positions[-1] + 1) if positions else range(0)
    said = [
        rest.tokens[position].typed or rest.tokens[position].raw
        for position in between
        if position in positions or (rest.is_free(position) and rest.words[position] in JOINING[language])
    ]
    return " ".join(said)


def _brand(utterance: Utterance, vocabulary: Vocabulary) -> str | None:
    return next((brand for _, _, brand in utterance.find(vocabulary.brands)), None)


def _sort(utterance: Utterance, language: str) -> Sort | None:
    if utterance.takes(phrases("by_price_down", language)):
        return "-price"
    if utterance.takes(phrases("by_price", language)):
        return "price"
    return None
