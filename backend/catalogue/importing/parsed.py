"""What every reader yields and the writer stores."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

Texts = dict[str, str]


class RowError(msgspec.Struct, frozen=True):
    """`row` counts lines of the file from 1, the header included."""

    file: str
    row: int
    column: str
    message: str


class ImportReport(msgspec.Struct):
    """Counts of products."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = msgspec.field(default_factory=list)


class ParsedCategory(msgspec.Struct, frozen=True):
    code: str
    parent: str | None
    position: int
    name: Texts


class ParsedVariant(msgspec.Struct, frozen=True):
    """`prices` by currency, in minor units; `stock` by source code; `row` is where it stands in the file."""

    row: int
    sku: str
    options: dict[str, str]
    prices: dict[str, int]
    stock: dict[str, int]
    picture: str | None = None
    weight_grams: int = 0


class ParsedProduct(msgspec.Struct, frozen=True):
    file: str
    row: int
    handle: str
    category: str | None
    brand: str
    name: Texts
    description: Texts
    keywords: dict[str, list[str]]
    options: list[dict[str, Any]]
    attributes: list[dict[str, Any]]
    pictures: list[dict[str, Any]]
    position: int
    variants: list[ParsedVariant]


class Rejected(msgspec.Struct, frozen=True):
    """A product that cannot be stored, and why."""

    errors: list[RowError]


class SourceRow(msgspec.Struct, frozen=True):
    """A warehouse or a store, as `sources.csv` has it; stock is counted per source."""

    code: str
    kind: str
    name: str
    priority: int
    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True)
class CatalogueReader:
    """An opened catalogue: what is small is read, products come one by one."""

    categories: list[ParsedCategory]
    errors: list[RowError]
    """Rows of the small files that could not be used."""
    products: Iterator[ParsedProduct | Rejected]


class StockRefused(Exception):
    """The stock writer does not take this count; the text says why."""


class StockWriter(Protocol):
    """Stock lives in a higher domain: the caller of an import says where counts go."""

    async def count(self, session: AsyncSession, variant_id: str, source_code: str, on_hand: int) -> None:
        """Sets the counted units; the same count again changes nothing. Raises StockRefused."""
