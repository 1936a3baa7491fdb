"""What the shop sells. Texts are `{language: text}` documents; a missing language falls back to English."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.catalogue.visibility import Showable
from backend.db import Base, Key

LINK_KINDS = ("related", "complementary", "up_sell")
GIFT_CARD = "gift_card"
VARIANT_KINDS = ("stocked", "digital", "bundle", "group", GIFT_CARD)
UNSTOCKED = ("digital", GIFT_CARD)
"""The kinds that are no parcel and never run out."""
COMPOSED = ("bundle", "group")
"""The kinds that consist of components."""
MOST_OF_A_PART = 99
MOST_OF_ONE = 99
"""Of one thing in a cart."""


class CatalogueVersion(Base):
    """One row, whose number grows in each transaction that changes what is searched (`indexing.ShopIndex`). The
    row is locked until that transaction ends, so whoever sees a number sees all that came before it."""

    __tablename__ = "catalogue_version"
    __table_args__ = (UniqueConstraint("shop"),)

    id: Mapped[Key]
    number: Mapped[int]
    categories: Mapped[int] = mapped_column(default=0, server_default="0")
    """The number at which a category last changed, and with it what any product is found by."""


class Category(Base):
    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("shop", "code"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("category.id"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[dict[str, Any]]


class Product(Showable, Base):
    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("shop", "handle"),
        Index("ix_product_handle", "handle"),
        Index("ix_product_category", "category_id"),
        Index("ix_product_catalogue_version", "catalogue_version"),
    )

    id: Mapped[Key]
    handle: Mapped[str] = mapped_column(String(160))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("category.id"))
    brand: Mapped[str] = mapped_column(String(80), default="")
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    keywords: Mapped[dict[str, Any]]
    """`{language: [word, …]}`: what else customers call it."""
    options: Mapped[list[Any]]
    """`[{"code": "size", "name": {language: text}, "synonyms": {language: [word]}, "values": [{"code": "m", "name":
    {language: text}, "synonyms": {language: [word]}}]}]`"""
    attributes: Mapped[list[Any]]
    """`[{"code": "material", "name": {language: text}, "value": {language: text}, "synonyms": {language: [word]}}]`;
    with a `value_code` where the value is one of a list; with `"type": "number"`, an exact `number` ("9.5") and its
    `unit` where it is one; without either where it is free text. Yes and no may be of the `type` "boolean"."""
    pictures: Mapped[list[Any]]
    """`[{"file": "mug.svg", "alt": {language: text}}]`, the main one first."""
    position: Mapped[int] = mapped_column(default=0)
    catalogue_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """The number of `CatalogueVersion` at which it, a variant or a price last changed."""
    first_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """The one at which it came: a higher one is newer."""

    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.position", lazy="raise"
    )


class Component(Base):
    """So many of another variant, the part, are in one bundle or group. A part has no components itself."""

    __tablename__ = "component"
    __table_args__ = (
        UniqueConstraint("variant_id", "part_id"),
        Index("ix_component_part", "part_id"),
        CheckConstraint("part_id <> variant_id", name="not_of_itself"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_OF_A_PART}", name="quantity_in_bounds"),
    )

    id: Mapped[Key]
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    part_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    position: Mapped[int]

    part: Mapped["Variant"] = relationship(foreign_keys=part_id, lazy="raise")


class Variant(Showable, Base):
    """The thing that is priced, stocked and sold; `options` picks one value per option of its product."""

    __tablename__ = "variant"
    __table_args__ = (
        UniqueConstraint("shop", "sku"),
        Index("ix_variant_sku", "sku"),
        Index("ix_variant_product", "product_id"),
    )

    id: Mapped[Key]
    sku: Mapped[str] = mapped_column(String(80))
    product_id: Mapped[str] = mapped_column(ForeignKey("product.id"))
    options: Mapped[dict[str, Any]]
    """`{"colour": "blue", "size": "m"}`: option code to value code."""
    picture: Mapped[str | None] = mapped_column(String(200))
    weight_grams: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(10), default="stocked")
    """One of `VARIANT_KINDS`: lies on a shelf; is downloaded and never runs out; is one thing made of components; is
    only a way to put its components into the cart, one line each; or is money to be spent here later."""
    is_priced_by_parts: Mapped[bool] = mapped_column(default=False)
    """Its prices are the sums of its components', renewed with them (`components.renew_prices`)."""
    files: Mapped[list[Any]] = mapped_column(default=list)
    """What is downloaded: names within the folder of downloads."""

    product: Mapped[Product] = relationship(back_populates="variants", lazy="raise")
    prices: Mapped[list["Price"]] = relationship(lazy="raise")
    components: Mapped[list[Component]] = relationship(
        foreign_keys=Component.variant_id,
        order_by=Component.position,
        cascade="all, delete-orphan",
        lazy="raise",
    )


class Price(Base):
    """The base price of a variant in a currency: without one it is not sold in it, whatever price lists say."""

    __tablename__ = "price"
    __table_args__ = (UniqueConstraint("variant_id", "currency"),)

    id: Mapped[Key]
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    """Minor units, tax included."""


class PriceList(Base):
    """Prices in one currency, for everybody or for one group of customers, always or for a time. Where it asks for
    more than the base price, the base price stays (`pricing`)."""

    __tablename__ = "price_list"
    __table_args__ = (UniqueConstraint("shop", "code"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80))
    name: Mapped[dict[str, Any]]
    currency: Mapped[str] = mapped_column(String(3))
    customer_group: Mapped[str | None] = mapped_column(String(80))
    """As the website that signs its customers in calls it (`conversations.identity`); null for everybody."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """The first moment at which it applies no more."""


class PriceListEntry(Base):
    """What one unit costs for who takes so many of it, or more."""

    __tablename__ = "price_list_entry"
    __table_args__ = (
        # With the variant first, and no index of the list alone: SQLite would go through the whole list with it.
        UniqueConstraint("variant_id", "price_list_id", "minimum_quantity"),
        CheckConstraint(f"minimum_quantity BETWEEN 1 AND {MOST_OF_ONE}", name="minimum_in_bounds"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    id: Mapped[Key]
    price_list_id: Mapped[str] = mapped_column(ForeignKey("price_list.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    minimum_quantity: Mapped[int] = mapped_column(default=1)
    amount: Mapped[int]
    """Minor units, tax included."""


class ProductLink(Base):
    """From a product to another one that goes with it, in the order of `position` among those of its kind."""

    __tablename__ = "product_link"
    __table_args__ = (
        UniqueConstraint("product_id", "kind", "linked_id"),
        CheckConstraint("linked_id <> product_id", name="not_to_itself"),
    )

    id: Mapped[Key]
    product_id: Mapped[str] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """One of `LINK_KINDS`: alike, bought together with it, or a better one instead."""
    linked_id: Mapped[str] = mapped_column(ForeignKey("product.id"))
    position: Mapped[int]


class Review(Base):
    """What somebody says of a product, as plain text. Only what is approved is shown and counted."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("shop", "code"),
        UniqueConstraint("product_id", "conversation_id"),
        Index("ix_review_product", "product_id", "status", "created_at"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_bounds"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80))
    """What an import knows it by."""
    product_id: Mapped[str] = mapped_column(ForeignKey("product.id"))
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    """Whose it is; nobody's when it was imported."""
    rating: Mapped[int]
    title: Mapped[str] = mapped_column(String(120), default="")
    text: Mapped[str] = mapped_column(String(2000))
    author: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default="pending")
    """`pending`, `approved` or `rejected`."""
    source: Mapped[str] = mapped_column(String(40))
    """Where it was left: `shop`, or what an import says."""
