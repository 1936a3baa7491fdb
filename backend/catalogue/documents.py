"""How a product is searched: its texts as words, the words as stems of a document and as the shop's vocabulary."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from backend.catalogue.analysis import stems
from backend.catalogue.index import Document, Field, place_of
from backend.catalogue.namesakes import names_of
from backend.catalogue.ratings import UNRATED, Rating
from backend.catalogue.read import text_in
from backend.catalogue.visibility import FOREVER, Shown
from backend.catalogue.vocabulary import Vocabulary, kind_stem
from backend.config import LANGUAGES

WEIGHTS: dict[Field, int] = {"name": 20, "keywords": 10, "category": 10, "details": 10, "description": 1}
"""How much a word counts for the speller when two are equally near."""

MOST_RATINGS = 100_000
"""Of what is rated alike, that by more comes first: so many are counted."""

Texts = dict[str, str]


class Amounts(NamedTuple):
    """What a variant costs in minor units: for everybody, at the lowest for anybody, and usually."""

    own: int
    lowest: int
    usual: int


class Sold(msgspec.Struct, frozen=True):
    """A variant; `amounts` by currency."""

    options: dict[str, str]
    amounts: dict[str, Amounts]
    shown: Shown = Shown()
    is_in_stock: bool = True


class Described(msgspec.Struct, frozen=True):
    """A product's texts, as they are indexed."""

    handle: str
    brand: str
    name: Texts
    description: Texts
    keywords: dict[str, list[str]]
    options: list[dict[str, Any]]
    attributes: list[dict[str, Any]]
    category: list[Texts]
    """Its names, and those of all above it."""
    category_codes: list[str] = []
    kinds: dict[str, list[str]] = {}
    """By language: what it is."""
    sold: list[Sold] = []
    position: int = 0
    rating: Rating = UNRATED
    version: int = 0
    """Of the catalogue, when it last changed."""
    first_version: int = 0
    """When it came."""
    is_gone: bool = False


class Analysed(NamedTuple):
    """A product and its words, by language and field."""

    product: Described
    words: dict[str, dict[Field, list[str]]]


def analyse(product: Described, vocabulary: Vocabulary) -> Analysed:
    return Analysed(
        product,
        {
            language: {
                field: [word for text in said for word in vocabulary.content(text, language)]
                for field, said in _fields(product, language).items()
            }
            for language in LANGUAGES
            if language in product.name or language in product.description
        },
    )


def learn(vocabulary: Vocabulary, analysed: Iterable[Analysed]) -> None:
    for product, words in analysed:
        if product.is_gone:
            continue
        vocabulary.options.learn(product.options + listed(product.attributes), vocabulary.tuning)
        vocabulary.learn_brand(product.brand)
        for code, names in zip(product.category_codes, product.category, strict=True):
            vocabulary.learn_category(code, names)
        categories = [name for names in product.category for name in names.values()]
        vocabulary.weigh(product.handle, product.brand, categories)
        for language, by_field in words.items():
            for field, said in by_field.items():
                vocabulary.dictionary.learn(language, said, WEIGHTS[field])
            vocabulary.learn_compounds(language, by_field["name"])
            for kind in product.kinds.get(language, ()):
                vocabulary.learn_kind(language, kind)
        written = next((language for language in LANGUAGES if product.name.get(language)), None)
        if written and not product.kinds:
            own = product.category[:1]
            named = names_of(product.name[written], (names.get(written, "") for names in own), written)
            vocabulary.learn_names(written, named)


def document(analysed: Analysed) -> Document:
    product = analysed.product
    fields: dict[str, dict[Field, list[str]]] = {
        language: {field: list(stems(said, language)) for field, said in by_field.items()}
        for language, by_field in analysed.words.items()
    }
    for language, by_field in fields.items():
        by_field["keywords"] += [kind_stem(kind, language) for kind in product.kinds.get(language, ())]
    stocked = [one for one in product.sold if one.is_in_stock]
    return Document(
        product.handle,
        fields,
        _traits(product, product.sold),
        _bounds(product.sold),
        bool(stocked),
        amounts=_amounts(product.sold),
        stocked_traits=_traits(product, stocked),
        stocked_amounts=_amounts(stocked),
        places=_places(product),
        shown=_shown(product.sold),
    )


def _bounds(sold: list[Sold]) -> dict[str, tuple[int, int]]:
    """By currency, the lowest that anybody has now, and the highest: what is within a customer's bounds is within
    these, and the database decides (`read.offers`)."""
    bounds: dict[str, tuple[int, int]] = {}
    for one in sold:
        for currency, amounts in one.amounts.items():
            low, high = bounds.get(currency, (amounts.lowest, amounts.usual))
            bounds[currency] = (min(low, amounts.lowest), max(high, amounts.usual))
    return bounds


def _amounts(sold: list[Sold]) -> dict[str, list[int]]:
    """By currency, what the variants cost for everybody."""
    amounts: dict[str, set[int]] = {}
    for one in sold:
        for currency, said in one.amounts.items():
            amounts.setdefault(currency, set()).add(said.own)
    return {currency: sorted(said) for currency, said in amounts.items()}


def _shown(sold: list[Sold]) -> Shown:
    """When and where any of them is."""
    channels = {channel: None for one in sold for channel in one.shown.channels}
    return Shown(
        min((one.shown.since for one in sold), default=FOREVER),
        max((one.shown.until for one in sold), default=0),
        tuple(channels),
    )


def _places(product: Described) -> dict[str, int]:
    average = round((product.rating.average or 0) * 10)
    places = {
        "position": product.position,
        "newest": product.first_version,
        "rating": average * MOST_RATINGS + min(product.rating.count, MOST_RATINGS - 1),
        **{f"price_{currency}": said[0] for currency, said in _amounts(product.sold).items()},
    }
    return {name: place_of(value, product.handle) for name, value in places.items()}


def listed(attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Attributes whose value is one of a list, in the shape of options."""
    return [
        {
            "code": attribute["code"],
            "name": attribute["name"],
            "values": [
                {
                    "code": attribute["value_code"],
                    "name": attribute["value"],
                    "synonyms": attribute.get("synonyms", {}),
                }
            ],
        }
        for attribute in attributes
        if "value_code" in attribute
    ]


def _traits(product: Described, sold: list[Sold]) -> list[str]:
    """What can be counted: categories, brand, values of options and listed attributes."""
    if not sold:
        return []
    traits = {f"category={code}": None for code in product.category_codes}
    if product.brand:
        traits[f"brand={product.brand}"] = None
    for attribute in product.attributes:
        if "value_code" in attribute:
            traits[f"{attribute['code']}={attribute['value_code']}"] = None
    for one in sold:
        traits |= {f"{option}={value}": None for option, value in one.options.items()}
    return list(traits)


def _fields(product: Described, language: str) -> dict[Field, list[str]]:
    return {
        "name": [text_in(product.name, language)],
        "keywords": product.keywords.get(language) or product.keywords.get("en", []),
        "category": [text_in(name, language) for name in product.category],
        "details": [product.brand, *_details(product, language)],
        "description": [text_in(product.description, language)],
    }


def _details(product: Described, language: str) -> Iterable[str]:
    for option in product.options:
        for value in option["values"]:
            yield text_in(value["name"], language)
            yield from value.get("synonyms", {}).get(language, [])
    for attribute in product.attributes:
        yield text_in(attribute["value"], language)
        yield from attribute.get("synonyms", {}).get(language, [])
