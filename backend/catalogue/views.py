"""What the shop says about a product, in one language and one currency."""

import msgspec

from backend.money import Money


class Shopper(msgspec.Struct, frozen=True):
    """`group` is the customer group, of who is signed in and has one."""

    language: str
    currency: str
    group: str | None = None


class QuantityPrice(msgspec.Struct, frozen=True):
    """What one unit costs for who takes so many, or more."""

    quantity: int
    price: Money


class OptionValue(msgspec.Struct, frozen=True):
    code: str
    name: str


class OptionView(msgspec.Struct, frozen=True):
    code: str
    name: str
    values: list[OptionValue]


class AttributeView(msgspec.Struct, frozen=True):
    name: str
    value: str


class PartView(msgspec.Struct, frozen=True):
    """So many of it are in one bundle or group; `product` is the page that shows it."""

    sku: str
    product: str
    name: str
    quantity: int
    is_digital: bool


class VariantView(msgspec.Struct, frozen=True):
    """`options` is option code to value code; `name` says the values ("Blue, M"), or nothing. `kind` is `stocked`,
    `digital`, `bundle`, `group` or `gift_card`; bundles and groups have `parts`. `price` is that of one; `list_price`
    is the usual one, where this is lower; `quantity_prices` are lower still, in their order."""

    sku: str
    options: dict[str, str]
    name: str
    price: Money
    image: str | None
    kind: str = "stocked"
    parts: list[PartView] = []
    list_price: Money | None = None
    quantity_prices: list[QuantityPrice] = []


class ProductView(msgspec.Struct, frozen=True):
    """`price` is the lowest of its variants, and `list_price` what that one usually costs, where that is more;
    amounts include tax."""

    id: str
    name: str
    description: str
    brand: str
    category: str | None
    price: Money
    price_varies: bool
    image: str | None
    image_alt: str
    url: str
    options: list[OptionView]
    attributes: list[AttributeView]
    variants: list[VariantView]
    rating: float | None
    """The average of its approved reviews, to one decimal."""
    review_count: int
    list_price: Money | None = None


class FacetValue(msgspec.Struct, frozen=True):
    code: str
    name: str
    count: int
    is_chosen: bool = False


class Facet(msgspec.Struct, frozen=True):
    """How many of all that was found have which value, the most frequent first. Of a facet of which something is
    chosen, how many there would be with another value."""

    code: str
    name: str
    values: list[FacetValue]


class ProductPage(msgspec.Struct, frozen=True):
    """`cursor` asks for the next page; null on the last. `corrected` is how misspelt words were read, `relaxed` names
    what had to be dropped to find anything (an option's code, `price_min`, `price_max`), `unknown` are words that the
    shop uses nowhere. `total` and `facets` count all; of a search for words its best 200. Without words, `lowest` and
    `highest` are the prices between which bounds can be set, and `in_stock` how many of all are. What is counted is
    missing where the search engine is."""

    products: list[ProductView]
    cursor: str | None
    total: int | None = None
    corrected: str | None = None
    relaxed: list[str] = []
    unknown: list[str] = []
    facets: list[Facet] = []
    lowest: Money | None = None
    highest: Money | None = None
    in_stock: int | None = None


class CategoryView(msgspec.Struct, frozen=True):
    code: str
    name: str
    children: list["CategoryView"]
