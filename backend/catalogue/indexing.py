"""The catalogue, made searchable: built from the database at start, and anew when an import has changed it."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.analysis import stems
from backend.catalogue.index import Document, Field, SearchIndex, TantivyIndex
from backend.catalogue.models import CatalogueVersion, Category, Price, Product, Variant
from backend.catalogue.read import text_in
from backend.catalogue.tuning import Tuning
from backend.catalogue.vocabulary import Vocabulary, kind_stem
from backend.config import LANGUAGES
from backend.db import Database

AT_ONCE = 100
"""Rows read in one go, few enough that requests do not wait for them."""
PAUSE_SECONDS = 0.002
"""After each product, while the shop is open: threads share one interpreter, and requests go first."""
LOOK_SECONDS = 1.0
MOST_LOOKS = 30
"""An import that goes on and on is followed after so many looks, else when it has ended."""
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
    kinds: dict[str, list[str]] = {}
    """By language: what it is."""
    prices: dict[str, tuple[int, int]] = {}
    """By currency, the lowest and the highest in minor units."""
    is_in_stock: bool = True


class ShopIndex:
    """An engine and the shop's vocabulary. Both change together, when all is read and built."""

    def __init__(
        self,
        tuning: Tuning | None = None,
        engine: Callable[[], SearchIndex] = TantivyIndex,
    ) -> None:
        self._tuning = tuning
        self._new_engine = engine
        self.engine = engine()
        self.vocabulary = Vocabulary(tuning)
        self.vocabulary.finish()
        self._version = 0

    def build(self, described: Iterable[Described]) -> None:
        self.engine, self.vocabulary = _built(self._new_engine(), described, self._tuning)

    async def rebuild(self, session: AsyncSession) -> None:
        """The version is read before the rest: what changes meanwhile is read again, never missed."""
        version = await _version(session)
        await self._build(version, await _described(session))

    async def follow(self, database: Database) -> None:
        """Never returns. Other processes import, on either engine; one small read a second tells."""
        last, looks = self._version, 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            async with database.snapshot() as session:
                version = await _version(session)
                looks = looks + 1 if version != self._version else 0
                is_due = looks and (version == last or looks >= MOST_LOOKS)
                described = await _described(session) if is_due else []
            if is_due:
                await self._build(version, described, PAUSE_SECONDS)
            last = version

    async def _build(self, version: int, described: list[Described], pause_seconds: float = 0) -> None:
        """In a thread: requests are answered from the old one until the new one is whole."""
        self.engine, self.vocabulary = await asyncio.to_thread(
            _built, self._new_engine(), described, self._tuning, pause_seconds
        )
        self._version = version


async def _version(session: AsyncSession) -> int:
    return await session.scalar(select(CatalogueVersion.number)) or 0


def _built(
    engine: SearchIndex,
    described: Iterable[Described],
    tuning: Tuning | None,
    pause_seconds: float = 0,
) -> tuple[SearchIndex, Vocabulary]:
    vocabulary = Vocabulary(tuning)
    for product in described:
        engine.upsert([_document(product, vocabulary)])
        if pause_seconds:
            time.sleep(pause_seconds)
    engine.refresh()
    vocabulary.finish()
    vocabulary.likeness.prepare()
    return engine, vocabulary


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


def _document(product: Described, vocabulary: Vocabulary) -> Document:
    fields: dict[str, dict[Field, list[str]]] = {}
    vocabulary.learn_options(product.options + listed(product.attributes))
    vocabulary.learn_brand(product.brand)
    vocabulary.weigh(
        product.handle, product.brand, [name for names in product.category for name in names.values()]
    )
    for language in LANGUAGES:
        if language not in product.name and language not in product.description:
            continue
        fields[language] = {}
        for field, said in _fields(product, language).items():
            words = [word for text in said for word in vocabulary.content(text, language)]
            vocabulary.learn(language, words, WEIGHTS[field])
            fields[language][field] = list(stems(words, language))
        for kind in product.kinds.get(language, ()):
            vocabulary.learn_kind(language, kind)
            fields[language]["keywords"].append(kind_stem(kind, language))
    return Document(product.handle, fields, list(_traits(product)), product.prices, product.is_in_stock)


def _traits(product: Described) -> Iterable[str]:
    """What can be counted: brand, values of options and listed attributes."""
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


async def _described(session: AsyncSession) -> list[Described]:
    categories = {category.id: category for category in await session.scalars(select(Category))}
    prices = await _prices(session)
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
        )
        .where(Product.is_visible.is_(True))
        .execution_options(yield_per=AT_ONCE)
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
            prices=prices.get(row.handle, {}),
        )
        async for row in rows
    ]


async def _prices(session: AsyncSession) -> dict[str, dict[str, tuple[int, int]]]:
    """Of each product by currency, the lowest and the highest."""
    rows = await session.execute(
        select(Product.handle, Price.currency, func.min(Price.amount), func.max(Price.amount))
        .join(Product.variants)
        .join(Variant.prices)
        .where(Variant.is_visible.is_(True))
        .group_by(Product.handle, Price.currency)
    )
    prices: dict[str, dict[str, tuple[int, int]]] = {}
    for handle, currency, low, high in rows:
        prices.setdefault(handle, {})[currency] = (low, high)
    return prices


def _ancestry(category_id: str | None, categories: dict[str, Category]) -> list[Texts]:
    names = []
    while category_id is not None:
        category = categories[category_id]
        names.append(category.name)
        category_id = category.parent_id
    return names
