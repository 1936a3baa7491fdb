"""One file that Shopify imports, by its newer column names: in one language, one currency, from one source.

What Shopify's file has no place for is not written; `docs/import.md` lists it.
"""

from collections.abc import Iterator
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.exporting.own import CannotExport, amount, written
from backend.catalogue.exporting.stored import (
    StockReader,
    stored_categories,
    stored_products,
    stored_sales,
    withheld,
)
from backend.catalogue.importing.parsed import ParsedProduct, ParsedVariant
from backend.catalogue.importing.shopify import NO_OPTION, NO_VALUE, OPTIONS, PICTURES, Terms
from backend.catalogue.importing.store import Progress
from backend.catalogue.importing.tables import Cells
from backend.catalogue.read import text_in

FILE = "products.csv"
COLUMNS = (
    *("Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags"),
    *("Published on online store", "Status", "SKU"),
    *(f"Option{number} {part}" for number in OPTIONS for part in ("name", "value")),
    *(
        "Price",
        "Compare-at price",
        "Charge tax",
        "Inventory tracker",
        "Inventory quantity",
        "Continue selling when out of stock",
    ),
    *("Weight value (grams)", "Requires shipping", "Fulfillment service"),
    *("Product image URL", "Image position", "Image alt text", "Variant image URL", "Gift card"),
)
ALWAYS = {
    "Charge tax": "TRUE",
    "Inventory tracker": "shopify",
    "Continue selling when out of stock": "DENY",
    "Requires shipping": "TRUE",
    "Fulfillment service": "manual",
}
"""What holds of every variant here."""


class ShopifyReport(msgspec.Struct):
    """`hidden` are drafts there. Left out were the unpriced variants, which have no price in the currency, and those
    that Shopify's file has no place for: bundles, groups and digital ones."""

    products: int = 0
    hidden: int = 0
    unpriced_variants: int = 0
    unheld_variants: int = 0


class ShopifyTerms(Terms, frozen=True):
    """Beside what an import is told: the shop's own address, where Shopify fetches the pictures."""

    public_url: str


async def write_shopify(
    session: AsyncSession,
    directory: Path,
    *,
    terms: ShopifyTerms,
    stock: StockReader,
    progress: Progress | None = None,
) -> ShopifyReport:
    """From a session that sees one moment. Raises CannotExport."""
    report = ShopifyReport()
    drafts = await withheld(session)
    sales = await stored_sales(session, terms.currency)
    writer = _Writer(terms, await _paths(session, terms.language), drafts, sales)
    with written(directory / FILE, COLUMNS) as table:
        async for product in stored_products(session, stock, with_hidden=True):
            held = [variant for variant in product.variants if variant.kind == "stocked"]
            priced = [variant for variant in held if terms.currency in variant.prices]
            report.unheld_variants += len(product.variants) - len(held)
            report.unpriced_variants += len(held) - len(priced)
            if not priced:
                continue
            table.writerows(writer.rows(product, priced))
            report.products += 1
            report.hidden += product.handle in drafts
            if progress:
                progress(report.products)
    return report


class _Writer:
    def __init__(
        self, terms: ShopifyTerms, paths: dict[str, str], drafts: set[str], sales: dict[str, int]
    ) -> None:
        self._terms = terms
        self._sales = sales
        self._paths = paths
        self._drafts = drafts

    def rows(self, product: ParsedProduct, variants: list[ParsedVariant]) -> Iterator[Cells]:
        """As Shopify writes them: a variant and a picture side by side, while there are both."""
        if len(product.options) > len(OPTIONS):
            raise CannotExport(
                f"{product.handle}: Shopify takes {len(OPTIONS)} options, the product has {len(product.options)}."
            )
        once = self._once(product)
        for place, (variant, picture) in enumerate(zip_longest(variants, product.pictures), start=1):
            yield (
                {"URL handle": product.handle}
                | once
                | (self._variant(product, variant) if variant else {})
                | (self._picture(picture, place) if picture else {})
            )
            once = {}

    def _once(self, product: ParsedProduct) -> Cells:
        is_draft = product.handle in self._drafts
        return {
            "Title": self._text(product.name),
            "Description": "<br>".join(escape(self._text(product.description)).splitlines()),
            "Vendor": product.brand,
            "Product category": self._paths[product.category] if product.category else "",
            "Type": next((self._text(a["value"]) for a in product.attributes if a["code"] == "type"), ""),
            "Tags": ", ".join(product.keywords.get(self._terms.language, [])),
            "Published on online store": str(not is_draft).upper(),
            "Status": "draft" if is_draft else "active",
            "Gift card": "FALSE",
        }

    def _variant(self, product: ParsedProduct, variant: ParsedVariant) -> Cells:
        source = self._terms.source
        return {
            "SKU": variant.sku,
            **self._options(product.options, variant),
            **self._prices(variant),
            "Inventory quantity": str(variant.stock[source]) if source in variant.stock else "",
            "Weight value (grams)": str(variant.weight_grams),
            "Variant image URL": self._address(variant.picture) if variant.picture else "",
            **ALWAYS,
        }

    def _prices(self, variant: ParsedVariant) -> Cells:
        usual = variant.prices[self._terms.currency]
        price = min(usual, self._sales.get(variant.sku, usual))
        return {"Price": amount(price), "Compare-at price": amount(usual) if price < usual else ""}

    def _options(self, options: list[dict[str, Any]], variant: ParsedVariant) -> Cells:
        if not options:
            return {"Option1 name": NO_OPTION, "Option1 value": NO_VALUE}
        cells = {}
        for number, option in enumerate(options, start=1):
            names = {value["code"]: self._text(value["name"]) for value in option["values"]}
            cells[f"Option{number} name"] = self._text(option["name"])
            cells[f"Option{number} value"] = names[variant.options[option["code"]]]
        return cells

    def _picture(self, picture: dict[str, Any], place: int) -> Cells:
        return {
            "Product image URL": self._address(picture["file"]),
            "Image position": str(place),
            "Image alt text": self._text(picture["alt"]),
        }

    def _address(self, file: str) -> str:
        return f"{self._terms.public_url}{PICTURES}{quote(file.lstrip('/'))}"

    def _text(self, texts: dict[str, str]) -> str:
        return text_in(texts, self._terms.language)


async def _paths(session: AsyncSession, language: str) -> dict[str, str]:
    """Category code to "Apparel > Shirts"; a parent stands above its children."""
    paths: dict[str, str] = {}
    for category in await stored_categories(session):
        above = f"{paths[category.parent]} > " if category.parent else ""
        paths[category.code] = above + text_in(category.name, language)
    return paths
