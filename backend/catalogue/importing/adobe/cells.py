"""What every kind of product has in Adobe's files."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.importing.parsed import ParsedProduct, ParsedVariant, Visibility
from backend.catalogue.importing.tables import Line, Unusable, minor_units, sound_lines
from backend.catalogue.importing.texts import plain_text, slug
from backend.catalogue.importing.vocabulary import YES
from backend.config import LANGUAGES

INTERNAL = {
    "has_options", "required_options", "new", "sale", "erin_recommends", "special_price", "samples_title",
    "links_title", "links_purchased_separately", "links_exist",
}  # fmt: skip
NOT_ATTRIBUTES = {
    "category", "name", "sku", "price", "qty", "description", "short_description", "meta_description",
    "visibility", "attribute_set", "url_key", "bundle_options", "associated_sku", *INTERNAL,
}  # fmt: skip

ADOBE_LEVELS = (
    ("threshold", "out_of_stock_qty", "use_config_min_qty"),
    ("notify_below", "notify_on_stock_below", "use_config_notify_stock_qty"),
)
"""Ours, Adobe's column of it, and the column that says that the configuration decides instead."""

ROOT = "Default Category"
DISABLED = "2"
NO_PICTURE = "no_selection"
AUDIENCES = {"Men", "Women", "Boys", "Girls", "Kids", "Baby"}
GENDER = {"en": "Gender", "fr": "Genre", "es": "Género"}


class Terms(msgspec.Struct, frozen=True):
    """What the files do not say: in which currency the prices are, and where the stock lies."""

    currency: str
    source: str


class Shop(msgspec.Struct):
    """What is known of the whole while products are read. The last four are filled on the way."""

    codes: dict[str, str]
    """Of categories, by their path: "Gear/Bags"."""
    labels: dict[str, str]
    terms: Terms
    handles: dict[str, str] = {}
    """SKU to product."""
    names: dict[str, str] = {}
    """SKU to the name of what is sold without options."""
    positions: dict[str, int] = {}
    """SKU to the place of its product in the export."""
    position: int = 0
    """Of the next product of another table."""

    def meet(self, line: Line) -> None:
        """A product of one row, which others may name."""
        self.handles[line["sku"]] = handle_of(line)
        self.names[line["sku"]] = unescape(line["name"])


def table_product(
    file: str,
    line: Line,
    images: dict[str, list[str]],
    shop: Shop,
    options: list[dict[str, Any]],
    variants: list[ParsedVariant],
    columns: dict[str, str],
) -> ParsedProduct:
    """Of the sample data, where a product is one row."""
    name = unescape(line["name"])
    attributes = {
        code: cell.replace("\n", "|") for code, cell in line.cells.items() if code not in NOT_ATTRIBUTES
    }
    return ParsedProduct(
        file=file,
        row=line.row,
        handle=handle_of(line),
        category=category_of(["/".join(line["category"].splitlines()[:2])], shop.codes),
        brand="",
        name={"en": name},
        description={"en": plain_text(line["description"])},
        keywords={},
        options=options,
        attributes=attributes_of(attributes, shop.labels),
        pictures=pictures_of(images.get(line["sku"], []), name),
        position=shop.position,
        variants=variants,
        columns=columns,
    )


def exported_product(
    file: str,
    line: Line,
    shop: Shop,
    options: list[dict[str, Any]],
    variants: list[ParsedVariant],
    columns: dict[str, str],
) -> ParsedProduct:
    """Of the export, where cells hold lists and pairs."""
    name = unescape(line["name"])
    categories = line["categories"].replace(f"{ROOT}/", "").split(",")
    return ParsedProduct(
        file=file,
        row=line.row,
        handle=handle_of(line),
        category=category_of(categories, shop.codes),
        brand="",
        name={"en": name},
        description={"en": plain_text(line["description"])},
        keywords={},
        options=options,
        attributes=[
            *audience_of(categories),
            *attributes_of(dict(pairs(line["additional_attributes"])), shop.labels),
        ],
        pictures=pictures_of([line["base_image"], *line["additional_images"].split(",")], name),
        position=shop.positions[line["sku"]],
        variants=variants,
        visibility=visibility_of(line),
        columns=columns,
    )


def visibility_of(line: Line) -> Visibility:
    return Visibility(is_visible=line["product_online"] != DISABLED)


def variant_of(line: Line, options: dict[str, str], terms: Terms) -> ParsedVariant:
    """What is virtual needs no parcel and never runs out. Raises Unusable."""
    is_virtual = line["product_type"] == "virtual"
    try:
        price = minor_units(line["price"], "price")
        stock = {} if is_virtual else {terms.source: _units(line, "qty")}
        levels = {} if is_virtual else levels_of(line, terms.source)
    except Unusable as unusable:
        raise Unusable(unusable.column, str(unusable), line.row) from None
    return ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={code: slug(value) for code, value in options.items()},
        prices={terms.currency: price},
        stock=stock,
        levels=levels,
        picture=line["base_image"] or None,
        visibility=visibility_of(line),
        kind="digital" if is_virtual else "stocked",
    )


def levels_of(line: Line, source: str) -> dict[str, int]:
    """What follows Adobe's configuration is in no file, and stays as it is. Below nothing it means back orders."""
    return {
        f"{level}_{source}": max(0, _units(line, column))
        for level, column, follows in ADOBE_LEVELS
        if line[column] and line[follows] != "1"
    }


def _units(line: Line, column: str) -> int:
    """Adobe writes "100.0000"."""
    try:
        return int(float(line[column] or 0))
    except (ValueError, OverflowError):
        raise Unusable(column, f"{line[column]!r} is not a number of units.") from None


def option_of(code: str, name: str, values: dict[str, str]) -> dict[str, Any]:
    """`values` are codes and names."""
    return {
        "code": code,
        "name": {"en": name},
        "synonyms": {},
        "values": [{"code": code, "name": {"en": name}, "synonyms": {}} for code, name in values.items()],
    }


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """ "a=1,b=2|3": a comma separates only where another name follows."""
    for pair in re.split(r",\s*(?=\w+=)", text):
        name, is_pair, value = pair.partition("=")
        if is_pair:
            yield name, value


def attributes_of(cells: dict[str, str], labels: dict[str, str]) -> list[dict[str, Any]]:
    """A yes/no attribute is kept when it says yes."""
    attributes = []
    for code, cell in cells.items():
        value = ", ".join(unescape(part.strip()) for part in cell.split("|") if part.strip())
        if code in INTERNAL or value in ("", "No", "0"):
            continue
        label = labels.get(code, code.replace("_", " ").title())
        attribute: dict[str, Any] = {"code": code, "name": {"en": label}}
        if value in ("Yes", "1"):
            attribute |= {"value": {"en": "Yes"}, "value_code": YES, "synonyms": {"en": [label]}}
        else:
            attribute |= {"value": dict.fromkeys(LANGUAGES, value), "synonyms": {}}
        attributes.append(attribute)
    return attributes


def audience_of(paths: list[str]) -> list[dict[str, Any]]:
    """For whom the product is, where the first level of its categories says that."""
    for path in paths:
        first = path.partition("/")[0]
        if first in AUDIENCES:
            return [
                {
                    "code": "gender",
                    "name": GENDER,
                    "value": {"en": first},
                    "value_code": slug(first),
                    "synonyms": {},
                }
            ]
    return []


def handle_of(line: Line) -> str:
    return slug(line["url_key"] or line["name"])


def category_of(paths: list[str], codes: dict[str, str]) -> str | None:
    """The deepest known one."""
    known = [path for path in paths if path in codes]
    return codes[max(known, key=lambda path: path.count("/"))] if known else None


def images_of(folder: Path, pattern: str = "images_*.csv") -> dict[str, list[str]]:
    """SKU to files."""
    images: dict[str, list[str]] = {}
    for line in (line for path in sorted(folder.glob(pattern)) for line in sound_lines(path)):
        images.setdefault(line["sku"], []).append(line["image"])
    return images


def pictures_of(files: list[str], name: str) -> list[dict[str, Any]]:
    return [
        {"file": file, "alt": {"en": name}} for file in dict.fromkeys(files) if file not in ("", NO_PICTURE)
    ]
