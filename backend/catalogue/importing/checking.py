"""What the shop can keep and show, whichever format it came in. SQLite would take much of the rest; PostgreSQL
refuses it in the middle of an import."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import InstrumentedAttribute

from backend.catalogue.importing.parsed import LEVELS, ParsedProduct, ParsedVariant, Rejected, RowError, Texts
from backend.catalogue.models import COMPOSED, MOST_OF_A_PART, Product, Variant
from backend.config import CURRENCIES

HANDLE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but tabs and line breaks. PostgreSQL keeps no NUL, and nobody can see the others."""
MOST_CHARACTERS = 100_000
"""Of one text, which pages, search and chat carry whole."""
MOST_COMPONENTS = 100
MOST = 2**31 - 1
"""Of a price in minor units, a count, a weight or a position."""

Faults = Iterator[tuple[int, str, str]]
"""Row, column as our own format calls it, message."""


def checked(
    products: Iterator[ParsedProduct | Rejected], columns: Mapping[str, str]
) -> Iterator[ParsedProduct | Rejected]:
    """`columns` has the names of another format for those of our own."""
    handles: set[str] = set()
    for product in products:
        if isinstance(product, Rejected):
            yield product
            continue
        names = {**columns, **product.columns}
        errors = [
            RowError(product.file, row, names.get(column, column), message)
            for row, column, message in _faults(product, handles)
        ]
        handles.add(product.handle)
        yield Rejected(errors) if errors else product


def text_fault(text: str, most: int = MOST_CHARACTERS) -> str | None:
    if len(text) > most:
        return f"The text has {len(text):,} characters: shorten it to at most {most:,}."
    if control := CONTROL.search(text):
        return (
            f"The text has the control character U+{ord(control[0]):04X}: delete it, or type the text anew."
        )
    return None


def picture_fault(file: str) -> str | None:
    return _file_fault(file, "pictures")


def _file_fault(file: str, folder: str) -> str | None:
    if ".." in re.split(r"[/\\]", file):
        return f"{file!r} leads out of the folder of {folder}: name a file within it."
    return text_fault(file, _length(Variant.picture))


def _faults(product: ParsedProduct, handles: set[str]) -> Faults:
    row = product.row
    if not HANDLE.fullmatch(product.handle):
        yield row, "handle", f"{product.handle!r} is not a handle: use a-z, 0-9 and hyphens."
    elif product.handle in handles:
        yield row, "handle", f"{product.handle!r} is another product's too: each needs its own."
    if not product.name:
        yield row, "name_en", "The product has no name."
    yield from _number(row, "position", product.position)
    for column, text, most in _texts(product):
        if fault := text_fault(text, most):
            yield row, column, fault
    for picture in product.pictures:
        if fault := picture_fault(picture["file"]):
            yield row, "pictures", fault
    yield from _variants(product.variants)


def _texts(product: ParsedProduct) -> Iterator[tuple[str, str, int]]:
    """Column, text, and how long it may be."""
    yield "handle", product.handle, _length(Product.handle)
    yield "brand", product.brand, _length(Product.brand)
    for field, texts in (("name", product.name), ("description", product.description)):
        yield from _in_languages(field, texts)
    for language, words in product.keywords.items():
        yield from ((f"keywords_{language}", word, MOST_CHARACTERS) for word in words)
    for number, option in enumerate(product.options, start=1):
        yield from ((f"option{number}", text, MOST_CHARACTERS) for text in _strings(option))
    yield from (("attributes", text, MOST_CHARACTERS) for text in _strings(product.attributes))
    for picture in product.pictures:
        if picture["alt"] != product.name:
            yield from _in_languages("picture_alt", picture["alt"])


def _variants(variants: list[ParsedVariant]) -> Faults:
    skus: set[str] = set()
    chosen: set[tuple[tuple[str, str], ...]] = set()
    for variant in variants:
        combination = tuple(sorted(variant.options.items()))
        if not variant.sku:
            yield variant.row, "sku", "The variant has no SKU."
        elif variant.sku in skus:
            yield variant.row, "sku", f"{variant.sku!r} is used twice."
        elif combination in chosen:
            yield variant.row, "value1", "Another variant of the product has the same option values."
        skus.add(variant.sku)
        chosen.add(combination)
        yield from _variant(variant)


def _variant(variant: ParsedVariant) -> Faults:
    if fault := text_fault(variant.sku, _length(Variant.sku)):
        yield variant.row, "sku", fault
    if fault := picture_fault(variant.picture or ""):
        yield variant.row, "variant_picture", fault
    for currency, amount in variant.prices.items():
        yield from _number(variant.row, f"price_{currency}", amount)
    for source, on_hand in variant.stock.items():
        yield from _number(variant.row, f"stock_{source}", on_hand)
    counted_at = {f"{level}_{source}" for level in LEVELS for source in variant.stock}
    for column, units in variant.levels.items():
        yield from _number(variant.row, column, units)
        if column not in counted_at:
            yield variant.row, column, "Nothing is counted there: say how much in its `stock_` column."
    yield from _number(variant.row, "weight_grams", variant.weight_grams)
    yield from _kind(variant)
    yield from _components(variant)


def _kind(variant: ParsedVariant) -> Faults:
    """What a variant of its kind has, and has not."""
    row, is_composed = variant.row, variant.kind in COMPOSED
    if is_composed and not variant.components:
        yield row, "components", f"A {variant.kind} consists of others: name them."
    if variant.components and not is_composed:
        yield row, "components", "Only a bundle or a group has components: say it in `kind`."
    if not variant.prices and not is_composed:
        yield row, f"price_{CURRENCIES[0]}", "The variant has no price."
    if variant.kind == "group" and variant.prices:
        yield (
            row,
            f"price_{next(iter(variant.prices))}",
            "A group costs what its members cost: leave it empty.",
        )
    if variant.kind != "stocked" and variant.stock:
        column = f"stock_{next(iter(variant.stock))}"
        yield row, column, f"A {variant.kind} variant lies on no shelf of its own: leave it empty."
    if variant.files and variant.kind != "digital":
        yield row, "files", "Only what is digital is downloaded: say it in `kind`."
    for file in variant.files:
        if fault := _file_fault(file, "downloads"):
            yield row, "files", fault


def _components(variant: ParsedVariant) -> Faults:
    named: set[str] = set()
    if len(variant.components) > MOST_COMPONENTS:
        yield variant.row, "components", f"There are more than {MOST_COMPONENTS} components."
    for component in variant.components:
        if component.sku in named:
            yield (
                variant.row,
                "components",
                f"{component.sku!r} is named twice: write how many of it, SKU*2.",
            )
        if component.sku == variant.sku:
            yield variant.row, "components", f"{component.sku!r} cannot consist of itself."
        if not 1 <= component.quantity <= MOST_OF_A_PART:
            yield (
                variant.row,
                "components",
                f"Of {component.sku!r} there are at least 1 and at most {MOST_OF_A_PART}.",
            )
        named.add(component.sku)


def _number(row: int, column: str, number: int) -> Faults:
    if not 0 <= number <= MOST:
        yield row, column, f"{number:,} is out of bounds: at least 0 and at most {MOST:,}."


def _in_languages(field: str, texts: Texts) -> Iterator[tuple[str, str, int]]:
    for language, text in texts.items():
        yield f"{field}_{language}", text, MOST_CHARACTERS


def _strings(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from (key, *_strings(value))
    elif isinstance(document, list):
        for value in document:
            yield from _strings(value)


def _length(column: InstrumentedAttribute[Any]) -> int:
    kind = column.type
    assert isinstance(kind, String)
    assert kind.length is not None
    return kind.length
