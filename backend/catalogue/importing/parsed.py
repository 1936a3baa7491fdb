"""What every reader yields and the writer stores."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    """Counts of products, `linked` of those whose links changed; and of `reviews`, `price_lists`, terms of
    `backorders` and `promotions` that are new or changed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    linked: int = 0
    reviews: int = 0
    price_lists: int = 0
    backorders: int = 0
    promotions: int = 0
    errors: list[RowError] = msgspec.field(default_factory=list)


class ParsedCategory(msgspec.Struct, frozen=True):
    code: str
    parent: str | None
    position: int
    name: Texts


class Visibility(msgspec.Struct, frozen=True, kw_only=True):
    """Whether, when and where it is shown; the columns of `catalogue.visibility.Showable`."""

    is_visible: bool = True
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    channels: list[str] | None = None


class ParsedComponent(msgspec.Struct, frozen=True):
    """So many of a variant are in one of another; it is stored before."""

    sku: str
    quantity: int


class ParsedVariant(msgspec.Struct, frozen=True):
    """`prices` by currency, in minor units; `stock` by source code, and `levels` by their column (`threshold_lyon`);
    `row` is where it stands in the file.

    `kind` is one of `VARIANT_KINDS`. What has components and no prices costs their sum. `files` are downloaded.
    """

    row: int
    sku: str
    options: dict[str, str]
    prices: dict[str, int]
    stock: dict[str, int]
    levels: dict[str, int] = {}
    picture: str | None = None
    weight_grams: int = 0
    visibility: Visibility = Visibility()
    kind: str = "stocked"
    components: list[ParsedComponent] = []
    files: list[str] = []


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
    visibility: Visibility = Visibility()
    columns: dict[str, str] = {}
    """What its row calls those of our own columns, where that is not what its format does."""


class ParsedLink(msgspec.Struct, frozen=True):
    """`linked` is a handle; file, row and column are where it is said."""

    file: str
    row: int
    column: str
    kind: str
    linked: str


class ParsedLinks(msgspec.Struct, frozen=True):
    """All links of one product, each kind in its order."""

    file: str
    row: int
    column: str
    handle: str
    links: list[ParsedLink]


class ParsedEntry(msgspec.Struct, frozen=True):
    """Of a price list: what one unit costs for who takes so many; `row` is where it is said."""

    row: int
    sku: str
    minimum_quantity: int
    amount: int


class ParsedPriceList(msgspec.Struct, frozen=True):
    """With `handles`, the product of each SKU, it says all about these and nothing of any other; what was refused
    with its product is left out."""

    file: str
    row: int
    entries_file: str
    code: str
    name: Texts
    currency: str
    customer_group: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    entries: list[ParsedEntry]
    handles: dict[str, str] | None = None
    family: str = ""
    """How the codes of lists begin of which only one says something of a SKU."""


class ParsedReview(msgspec.Struct, frozen=True):
    """`handle` is the product's, said in `column`. Without a `created_at` it is from the moment of its import.
    `status` is what a new one begins with."""

    file: str
    row: int
    column: str
    code: str
    handle: str
    rating: int
    title: str
    text: str
    author: str
    language: str
    created_at: datetime | None
    status: str
    source: str


class Rejected(msgspec.Struct, frozen=True):
    """A part that cannot be stored, and why."""

    errors: list[RowError]


class SourceRow(msgspec.Struct, frozen=True):
    """A warehouse or a store, as `sources.csv` has it; stock is counted per source. Coordinates are degrees;
    `opening_hours` are read by a higher domain (`inventory.opening`)."""

    code: str
    kind: str
    name: str
    priority: int
    street: str
    postcode: str
    city: str
    country: str
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""
    time_zone: str = ""
    opening_hours: str = ""


@dataclass(frozen=True)
class CatalogueReader:
    """An opened catalogue: what is small is read, products come one by one."""

    categories: list[ParsedCategory]
    errors: list[RowError]
    """Rows of the small files that could not be used."""
    products: Iterator[ParsedProduct | Rejected]
    columns: Mapping[str, str] = field(default_factory=dict)
    """What its format calls the columns that errors name as our own does."""
    links: Iterable[ParsedLinks | Rejected] = ()
    reviews: Iterable[ParsedReview | Rejected] = ()
    price_lists: Iterable[ParsedPriceList | Rejected] = ()
    """These three are to be read when the products are stored."""


LEVELS = ("threshold", "notify_below")
"""What columns say of a source beside its `stock_`."""


class StockCount(msgspec.Struct, frozen=True):
    """So many of a variant lie at the source of that code, so many of them are kept back, and staff are told below so
    many; None says nothing of it."""

    variant_id: str
    source: str
    on_hand: int
    threshold: int | None = None
    notify_below: int | None = None


class StockRefused(Exception):
    """The stock writer does not take this count; the text says why."""

    def __init__(self, count: StockCount, message: str) -> None:
        super().__init__(message)
        self.count = count


class StockWriter(Protocol):
    """Stock lives in a higher domain: the caller of an import says where counts go."""

    async def count(self, session: AsyncSession, counts: Sequence[StockCount]) -> None:
        """Sets the counted units; the same counts again change nothing. Raises StockRefused at the first that cannot
        be, and has then set none or is to be rolled back."""
