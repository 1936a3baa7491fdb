"""What the shop sells. Texts are `{language: text}` documents; a missing language falls back to English."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.db import Base, Key


class CatalogueVersion(Base):
    """One row, whose number grows in each transaction that changes what is searched (`indexing.ShopIndex`)."""

    __tablename__ = "catalogue_version"
    __table_args__ = (UniqueConstraint("shop"),)

    id: Mapped[Key]
    number: Mapped[int]


class Category(Base):
    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("shop", "code"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("category.id"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[dict[str, Any]]


class Product(Base):
    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("shop", "handle"), Index("ix_product_category", "category_id"))

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
    with a `value_code` where the value is one of a list, without one where it is free text."""
    pictures: Mapped[list[Any]]
    """`[{"file": "mug.svg", "alt": {language: text}}]`, the main one first."""
    is_visible: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)

    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.position", lazy="raise"
    )


class Variant(Base):
    """The thing that is priced, stocked and sold; `options` picks one value per option of its product."""

    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("shop", "sku"), Index("ix_variant_product", "product_id"))

    id: Mapped[Key]
    sku: Mapped[str] = mapped_column(String(80))
    product_id: Mapped[str] = mapped_column(ForeignKey("product.id"))
    options: Mapped[dict[str, Any]]
    """`{"colour": "blue", "size": "m"}`: option code to value code."""
    picture: Mapped[str | None] = mapped_column(String(200))
    weight_grams: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    is_visible: Mapped[bool] = mapped_column(default=True)

    product: Mapped[Product] = relationship(back_populates="variants", lazy="raise")
    prices: Mapped[list["Price"]] = relationship(lazy="raise")


class Price(Base):
    """A price belongs to a variant and a currency, never to a variant alone."""

    __tablename__ = "price"
    __table_args__ = (UniqueConstraint("variant_id", "currency"),)

    id: Mapped[Key]
    variant_id: Mapped[str] = mapped_column(ForeignKey("variant.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    """Minor units, tax included."""
