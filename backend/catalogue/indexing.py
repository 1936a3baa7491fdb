"""The catalogue, made searchable: rebuilt from the database at start and after an import."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.analysis import content, stems
from backend.catalogue.index import Document, Field, SearchIndex, TantivyIndex
from backend.catalogue.models import Category, Product
from backend.catalogue.read import text_in
from backend.catalogue.vocabulary import Vocabulary
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


class ShopIndex:
    """An engine and the shop's vocabulary. Both change together, when `rebuild` has read everything."""

    def __init__(self) -> None:
        self.engine: SearchIndex = TantivyIndex()
        self.vocabulary = Vocabulary()
        self.vocabulary.finish()

    async def rebuild(self, session: AsyncSession) -> None:
        described = await _described(session)
        self.engine, self.vocabulary = await asyncio.to_thread(_built, described)


def _built(described: list[Described]) -> tuple[SearchIndex, Vocabulary]:
    engine, vocabulary = TantivyIndex(), Vocabulary()
    engine.upsert(_document(product, vocabulary) for product in described)
    engine.refresh()
    for product in described:
        vocabulary.learn_options(product.options)
    vocabulary.finish()
    return engine, vocabulary


def _document(product: Described, vocabulary: Vocabulary) -> Document:
    fields: dict[str, dict[Field, list[str]]] = {}
    for language in LANGUAGES:
        fields[language] = {}
        for field, said in _fields(product, language).items():
            words = [word for text in said for word in content(text, language)]
            vocabulary.learn(language, words, WEIGHTS[field])
            fields[language][field] = list(stems(words, language))
    return Document(product.handle, fields)


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


async def _described(session: AsyncSession) -> list[Described]:
    categories = {category.id: category for category in await session.scalars(select(Category))}
    rows = await session.stream(
        select(
            Product.handle,
            Product.brand,
            Product.name,
            Product.description,
            Product.keywords,
            Product.options,
            Product.attributes,
            Product.category_id,
        ).where(Product.is_visible.is_(True))
    )
    return [
        Described(
            handle=row.handle,
            brand=row.brand,
            name=row.name,
            description=row.description,
            keywords=row.keywords,
            options=row.options,
            attributes=row.attributes,
            category=_ancestry(row.category_id, categories),
        )
        async for row in rows
    ]


def _ancestry(category_id: str | None, categories: dict[str, Category]) -> list[Texts]:
    names = []
    while category_id is not None:
        category = categories[category_id]
        names.append(category.name)
        category_id = category.parent_id
    return names
