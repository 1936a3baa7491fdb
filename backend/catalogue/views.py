"""What the shop says about a product, in one language and one currency."""

import msgspec

from backend.money import Money


class Shopper(msgspec.Struct, frozen=True):
    language: str
    currency: str


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


class VariantView(msgspec.Struct, frozen=True):
    """`options` is option code to value code; `name` says the values ("Blue, M"), or nothing."""

    sku: str
    options: dict[str, str]
    name: str
    price: Money
    image: str | None


class ProductView(msgspec.Struct, frozen=True):
    """`price` is the lowest of its variants; amounts include tax."""

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


class ProductPage(msgspec.Struct, frozen=True):
    """`cursor` asks for the next page; null on the last."""

    products: list[ProductView]
    cursor: str | None


class CategoryView(msgspec.Struct, frozen=True):
    code: str
    name: str
    children: list["CategoryView"]
