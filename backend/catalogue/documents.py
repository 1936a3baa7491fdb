"""How a product is searched: its texts as words, the words as stems of a document and as the shop's vocabulary."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from backend.catalogue.analysis import stems
from backend.catalogue.index import Document, Field
from backend.catalogue.namesakes import names_of
from backend.catalogue.read import text_in
from backend.catalogue.vocabulary import Vocabulary, kind_stem
from backend.config import LANGUAGES

WEIGHTS: dict[Field, int] = {"name": 20, "keywords": 10, "category": 10, "details": 10, "description": 1}
"""How much a word counts for the speller when two are equally near."""

Texts = dict[str, str]


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
    prices: dict[str, tuple[int, int]] = {}
    """By currency, the lowest and the highest in minor units."""
    is_in_stock: bool = True
    version: int = 0
    """Of the catalogue, when it last changed."""
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
        vocabulary.learn_options(product.options + listed(product.attributes))
        vocabulary.learn_brand(product.brand)
        categories = [name for names in product.category for name in names.values()]
        vocabulary.weigh(product.handle, product.brand, categories)
        for language, by_field in words.items():
            for field, said in by_field.items():
                vocabulary.learn(language, said, WEIGHTS[field])
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
    return Document(product.handle, fields, list(_traits(product)), product.prices, product.is_in_stock)


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


def _traits(product: Described) -> Iterable[str]:
    """What can be counted: categories, brand, values of options and listed attributes."""
    for code in product.category_codes:
        yield f"category={code}"
    if product.brand:
        yield f"brand={product.brand}"
    for option in product.options + listed(product.attributes):
        for value in option["values"]:
            yield f"{option['code']}={value['code']}"


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
