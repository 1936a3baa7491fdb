"""Shopify's product CSV, by its older column names and its newer ones (help.shopify.com, "Using CSV files").

A row is a variant, a further picture, or both; what a product has once stands in its first row. The file has one
language and one currency, which it does not name.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from backend.catalogue.importing.checking import MOST, checked, text_fault
from backend.catalogue.importing.parsed import (
    CatalogueReader,
    ParsedCategory,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
    Texts,
    Visibility,
)
from backend.catalogue.importing.shopify_sales import Sales
from backend.catalogue.importing.tables import Line, Table, Unusable, grouped, minor_units
from backend.catalogue.importing.texts import code_of, joined_code, plain_text, shortened
from backend.catalogue.models import Category, Product, Variant
from backend.config import LANGUAGES

OPTIONS = (1, 2, 3)
FIELDS: dict[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "description": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",),
    "category": ("Product Category",),
    "type": ("Type",),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "gift_card": ("Gift Card",),
    "sku": ("Variant SKU", "SKU"),
    **{f"option{number}": (f"Option{number} Name",) for number in OPTIONS},
    **{f"value{number}": (f"Option{number} Value",) for number in OPTIONS},
    "price": ("Variant Price", "Price"),
    "compare_at": ("Variant Compare At Price", "Compare-at price"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity"),
    "image": ("Image Src", "Product image URL"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text",),
    "variant_image": ("Variant Image", "Variant image URL"),
}
"""What each field is called, in whichever case."""
OF_A_VARIANT = ("sku", "price", *(f"value{number}" for number in OPTIONS))
NO_OPTION, NO_VALUE = "Title", "Default Title"
"""What Shopify writes for a product without options."""
VISIBLE = {"": True, "active": True, "draft": False, "archived": False, "unlisted": False}
YES_OR_NO = {"true": True, "false": False}
TYPE = {"en": "Type", "fr": "Type", "es": "Tipo"}
PICTURES = "/pictures/"


class Terms(msgspec.Struct, frozen=True):
    """What the file does not say: its language, the currency of its prices, and where the stock lies."""

    language: str
    currency: str
    source: str


def read_shopify(path: Path, *, language: str, currency: str, source: str) -> CatalogueReader:
    """Reads the file twice: a category must be there before its products. Raises Unreadable and OSError."""
    table = Table(path)
    names = _names(table)
    table.require((names["title"],), (names["price"], *FIELDS["price"]))
    table.refuse_doubled(names.values())
    table.refuse_empty()
    columns = {
        f"name_{language}": names["title"],
        f"description_{language}": names["description"],
        f"keywords_{language}": names["tags"],
        f"picture_alt_{language}": names["image_alt"],
        f"price_{currency}": names["price"],
        f"stock_{source}": names["quantity"],
        "brand": names["vendor"],
        "attributes": names["type"],
        "pictures": names["image"],
        "variant_picture": names["variant_image"],
        "weight_grams": names["grams"],
        **{field: names[field] for field in ("handle", "sku", *_numbered("option"), *_numbered("value"))},
    }
    parser = _Parser(table.name, names, Terms(language, currency, source))
    products = _placed(parser.sales.of(checked(parser.products(table), columns)))
    says_sales = names["compare_at"] in table.columns
    price_lists = parser.sales.price_lists() if says_sales else ()
    return CatalogueReader(parser.categories(table), [], products, columns, price_lists=price_lists)


def picture_file(address: str) -> str:
    """Its name in the shop's folder of pictures: the path of the address, without the part that this shop adds."""
    if not address.startswith(("http://", "https://")):
        return address.lstrip("/")
    path = unquote(urlsplit(address).path)
    _, is_ours, file = path.partition(PICTURES)
    return (file if is_ours else path).strip("/ ")


def category_code(path: tuple[str, ...]) -> str:
    return joined_code(path, Category.code.type.length)


class _Parser:
    def __init__(self, file: str, names: dict[str, str], terms: Terms) -> None:
        self._file = file
        self._names = names
        self._terms = terms
        self.sales = Sales(file, terms.currency)

    def categories(self, table: Table) -> list[ParsedCategory]:
        """All paths and what is above them; alphabetical in the shop, because the file has no order for them."""
        found: dict[tuple[str, ...], None] = {}
        for line in table:
            path = _path(self._cell(line, "category"))
            if not line.fault and not _path_fault(path):
                found |= dict.fromkeys(path[:depth] for depth in range(1, len(path) + 1))
        by_code = {category_code(path): path for path in sorted(found)}
        return [
            ParsedCategory(code, category_code(path[:-1]) if path[1:] else None, 0, self._text(path[-1]))
            for code, path in by_code.items()
        ]

    def products(self, table: Table) -> Iterator[ParsedProduct | Rejected]:
        for rows, errors in grouped(table, self._names["handle"], self._handle):
            if errors:
                yield Rejected(errors)
                continue
            try:
                yield self._product(rows)
            except Unusable as unusable:
                row = unusable.row or rows[0].row
                yield Rejected([RowError(self._file, row, unusable.column, str(unusable))])

    def _product(self, rows: list[Line]) -> ParsedProduct:
        first = rows[0]
        handle, title = self._handle(first), self._cell(first, "title")
        if not self._cell(first, "handle") and not title:
            raise self._unusable(first, "handle", "The row has neither a handle nor a title.")
        self._refuse_gift_card(first)
        variants = [line for line in rows if line is first or any(self._cell(line, f) for f in OF_A_VARIANT)]
        options = self._options(variants)
        return ParsedProduct(
            file=self._file,
            row=first.row,
            handle=handle,
            category=self._category(first),
            brand=self._cell(first, "vendor"),
            name=self._text(title),
            description=self._text(plain_text(self._cell(first, "description"))),
            keywords=self._keywords(first),
            options=[self._option(number, name, variants) for number, name in options.items()],
            attributes=_attributes(self._cell(first, "type")),
            pictures=self._pictures(rows, title),
            position=0,
            variants=[self._variant(line, handle, options) for line in variants],
            visibility=Visibility(is_visible=self._is_visible(first)),
        )

    def _cell(self, line: Line, field: str) -> str:
        return line[self._names[field]]

    def _text(self, text: str) -> Texts:
        return {self._terms.language: text} if text else {}

    def _unusable(self, line: Line, field: str, message: str) -> Unusable:
        return Unusable(self._names[field], message, line.row)

    def _handle(self, line: Line) -> str:
        """Shopify makes one of the title, too; letters that ours has not become plain ones."""
        code = code_of(self._cell(line, "handle") or self._cell(line, "title"))
        return shortened(code, Product.handle.type.length)

    def _refuse_gift_card(self, line: Line) -> None:
        if self._says(line, "gift_card", otherwise=False):
            raise self._unusable(
                line, "gift_card", "Gift cards are not sold here: take its rows out of the file."
            )

    def _is_visible(self, line: Line) -> bool:
        status = self._cell(line, "status").lower()
        if status not in VISIBLE:
            message = f"{status!r} is not a status: write active, draft, archived or unlisted."
            raise self._unusable(line, "status", message)
        return VISIBLE[status] and self._says(line, "published", otherwise=True)

    def _says(self, line: Line, field: str, *, otherwise: bool) -> bool:
        said = self._cell(line, field).lower()
        if said and said not in YES_OR_NO:
            raise self._unusable(line, field, f"{said!r} is neither TRUE nor FALSE.")
        return YES_OR_NO.get(said, otherwise)

    def _category(self, line: Line) -> str | None:
        path = _path(self._cell(line, "category"))
        if fault := _path_fault(path):
            raise self._unusable(line, "category", fault)
        return category_code(path) if path else None

    def _keywords(self, line: Line) -> dict[str, list[str]]:
        tags = dict.fromkeys(filter(None, map(str.strip, self._cell(line, "tags").split(","))))
        return {self._terms.language: list(tags)} if tags else {}

    def _options(self, variants: list[Line]) -> dict[int, str]:
        """Number to name. Only the first row needs to name them."""
        names = {
            number: next(filter(None, (self._cell(line, f"option{number}") for line in variants)), "")
            for number in OPTIONS
        }
        for line in variants:
            for number, name in names.items():
                if not name and self._cell(line, f"value{number}"):
                    message = "The option has a value and no name: name it in the product's first row."
                    raise self._unusable(line, f"option{number}", message)
        named = {number: name for number, name in names.items() if name}
        if list(named.values()) == [NO_OPTION] and self._values(variants, *named) == [NO_VALUE]:
            return {}
        codes = {code_of(name) for name in named.values()}
        if len(codes) < len(named):
            raise self._unusable(variants[0], "option2", "Two options of the product have the same name.")
        return named

    def _values(self, variants: list[Line], number: int) -> list[str]:
        return list(dict.fromkeys(self._cell(line, f"value{number}") for line in variants))

    def _option(self, number: int, name: str, variants: list[Line]) -> dict[str, Any]:
        values: dict[str, str] = {}
        for value in self._values(variants, number):
            values.setdefault(code_of(value), value)
        return {
            "code": code_of(name),
            "name": self._text(name),
            "synonyms": {},
            "values": [
                {"code": code, "name": self._text(value), "synonyms": {}} for code, value in values.items()
            ],
        }

    def _variant(self, line: Line, handle: str, options: dict[int, str]) -> ParsedVariant:
        values = [self._cell(line, f"value{number}") for number in options]
        for number, value in zip(options, values, strict=True):
            if not value:
                message = (
                    f"The variant has no {options[number]!r}: each variant needs a value for each option."
                )
                raise self._unusable(line, f"value{number}", message)
        picture = self._cell(line, "variant_image")
        sku = _without_apostrophe(self._cell(line, "sku")) or made_sku(handle, values)
        return ParsedVariant(
            row=line.row,
            sku=sku,
            options={
                code_of(name): code_of(value) for name, value in zip(options.values(), values, strict=True)
            },
            prices={self._terms.currency: self._base_price(line, sku)},
            stock=self._stock(line),
            picture=self._picture(line, "variant_image") if picture else None,
            weight_grams=self._grams(line),
        )

    def _base_price(self, line: Line, sku: str) -> int:
        if not self._cell(line, "price"):
            raise self._unusable(line, "price", "The variant has no price: write 12.50.")
        price, compare_at = self._amount(line, "price"), self._amount(line, "compare_at")
        return self.sales.base_price(line.row, sku, price, compare_at)

    def _amount(self, line: Line, field: str) -> int:
        try:
            return minor_units(self._cell(line, field) or "0", self._names[field])
        except Unusable as unusable:
            raise self._unusable(line, field, str(unusable)) from None

    def _stock(self, line: Line) -> dict[str, int]:
        """Below zero are units that Shopify has sold and not yet got: none of them can be sold here."""
        quantity = self._cell(line, "quantity")
        if not quantity:
            return {}
        if not re.fullmatch(r"-?\d{1,9}", quantity, re.ASCII):
            raise self._unusable(line, "quantity", f"{quantity!r} is not a whole number of units.")
        return {self._terms.source: max(int(quantity), 0)}

    def _grams(self, line: Line) -> int:
        grams = self._cell(line, "grams")
        try:
            weight = Decimal(grams or 0)
        except InvalidOperation:
            raise self._unusable(line, "grams", f"{grams!r} is not a number of grams.") from None
        if not weight.is_finite() or not 0 <= weight <= MOST:
            raise self._unusable(line, "grams", f"{grams!r} is not a weight: at least 0 grams.")
        return round(weight)

    def _pictures(self, rows: list[Line], title: str) -> list[dict[str, Any]]:
        """In the order of their positions; one without a number stands where it is met."""
        lines = [line for line in rows if self._cell(line, "image")]
        placed = sorted(enumerate(lines, start=1), key=lambda place: self._image_position(*place))
        pictures: dict[str, Texts] = {}
        for _, line in placed:
            alt = self._text(self._cell(line, "image_alt") or title)
            pictures.setdefault(self._picture(line, "image"), alt)
        return [{"file": file, "alt": alt} for file, alt in pictures.items()]

    def _image_position(self, place: int, line: Line) -> int:
        position = self._cell(line, "image_position")
        if position and not re.fullmatch(r"\d{1,9}", position, re.ASCII):
            raise self._unusable(line, "image_position", f"{position!r} is not a position: write 1, 2, 3.")
        return int(position or place)

    def _picture(self, line: Line, field: str) -> str:
        address = self._cell(line, field)
        try:
            file = picture_file(address)
        except ValueError:
            file = ""
        if not file:
            raise self._unusable(line, field, f"{address!r} is not the address of a picture.")
        return file


def made_sku(handle: str, values: list[str]) -> str:
    """For a variant that has none: the same handle and values always make the same one."""
    return joined_code([handle, *values], Variant.sku.type.length)


def _placed(products: Iterator[ParsedProduct | Rejected]) -> Iterator[ParsedProduct | Rejected]:
    """In the order of the file. What is refused leaves no gap, so that an export has the same places."""
    position = 0
    for product in products:
        if isinstance(product, ParsedProduct):
            product = msgspec.structs.replace(product, position=position)
            position += 1
        yield product


def _names(table: Table) -> dict[str, str]:
    """Field to what this file calls it; what it has not is called by its older name."""
    columns = {column.lower(): column for column in table.columns}
    return {
        field: next((columns[name.lower()] for name in names if name.lower() in columns), names[0])
        for field, names in FIELDS.items()
    }


def _numbered(field: str) -> list[str]:
    return [f"{field}{number}" for number in OPTIONS]


def _path(cell: str) -> tuple[str, ...]:
    """ "Apparel > Shirts" """
    return tuple(filter(None, map(str.strip, cell.split(">"))))


def _path_fault(path: tuple[str, ...]) -> str | None:
    return text_fault(" > ".join(path))


def _attributes(kind: str) -> list[dict[str, Any]]:
    if not kind:
        return []
    return [{"code": "type", "name": TYPE, "value": dict.fromkeys(LANGUAGES, kind), "synonyms": {}}]


def _without_apostrophe(sku: str) -> str:
    """Shopify's export writes one before digits, which spreadsheets then keep as they are."""
    return re.sub(r"^'(?=\d)", "", sku)
