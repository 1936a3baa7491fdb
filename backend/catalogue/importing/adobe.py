"""Adobe Commerce: its product export, and the simpler tables of its sample data.

A configurable row names its variants in `configurable_variations`; the simple rows stand before or after it.
The export has one language (taken as English) and one currency. Bundles, groups and downloads are not read.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.importing.own import YES, Line, Unusable, lines, minor_units
from backend.catalogue.importing.parsed import (
    CatalogueReader,
    ParsedCategory,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
)
from backend.config import LANGUAGES

OPTIONS = ("size", "color")
INTERNAL = {"has_options", "required_options", "new", "sale", "erin_recommends", "special_price"}
NOT_ATTRIBUTES = {
    "category", "name", "sku", "price", "qty", "description", "visibility", "attribute_set", "url_key",
    *INTERNAL,
}  # fmt: skip
ROOT = "Default Category"
NOT_FOR_BROWSING = ("Collections", "Promotions")
BLOCKS = {"p", "br", "li", "ul", "div", "tr", "h1", "h2", "h3"}


class Terms(msgspec.Struct, frozen=True):
    """What the files do not say: in which currency the prices are, and where the stock lies."""

    currency: str
    source: str


def read_adobe(directory: Path, *, currency: str = "USD", source: str = "main") -> CatalogueReader:
    """Raises OSError when `Configurable/products.csv` is missing."""
    paths = [
        path for folder in ("Configurable", "Catalog") for path in (directory / folder).glob("categories.csv")
    ]
    codes: dict[str, str] = {}
    categories = [category for path in paths for category in _categories(path, codes)]
    labels = _labels(directory)
    terms = Terms(currency, source)
    return CatalogueReader(categories, [], _products(directory, codes, labels, terms))


def plain_text(html: str) -> str:
    parser = _PlainText()
    parser.feed(html)
    parser.close()
    text = "\n".join(re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(parser.parts).splitlines())
    return re.sub(r"\n{2,}", "\n", text).strip()


class _PlainText(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _categories(path: Path, codes: dict[str, str]) -> Iterator[ParsedCategory]:
    for line in lines(path):
        above, name = line["path"], line["name"]
        whole = f"{above}/{name}" if above else name
        if whole.startswith(NOT_FOR_BROWSING) or whole in codes:
            continue
        codes[whole] = line["url_key"]
        yield ParsedCategory(line["url_key"], codes.get(above), int(line["position"] or 0), {"en": name})


def _labels(directory: Path) -> dict[str, str]:
    """Attribute code to the label that customers see, which is the last of its lines."""
    return {
        line["attribute_code"]: line["frontend_label"].splitlines()[-1]
        for folder in ("Catalog", "Configurable")
        for path in (directory / folder).glob("attributes.csv")
        for line in lines(path)
    }


def _products(
    directory: Path, codes: dict[str, str], labels: dict[str, str], terms: Terms
) -> Iterator[ParsedProduct | Rejected]:
    position = 0
    export = directory / "Configurable" / "products.csv"
    for product in _configurables(export, codes, labels, terms):
        yield product
        position += 1
    for path in sorted((directory / "Catalog" / "SimpleProduct").glob("products_*.csv")):
        images = _images(path.with_name(path.name.replace("products_", "images_")))
        for line in lines(path):
            yield _simple(path.name, line, images, codes, labels, terms, position)
            position += 1


def _configurables(
    path: Path, codes: dict[str, str], labels: dict[str, str], terms: Terms
) -> Iterator[ParsedProduct | Rejected]:
    parents = {line["sku"]: line for line in lines(path) if line["product_type"] == "configurable"}
    variations = {sku: _variations(parent) for sku, parent in parents.items()}
    parent_of = {child: sku for sku, children in variations.items() for child in children}
    waiting: dict[str, dict[str, Line]] = {sku: {} for sku in parents}
    for line in lines(path):
        parent = parent_of.get(line["sku"])
        if line["product_type"] == "simple" and parent is None:
            yield Rejected(
                [RowError(path.name, line.row, "sku", "No configurable product names this variant.")]
            )
        elif parent is not None:
            waiting[parent][line["sku"]] = line
            if len(waiting[parent]) == len(variations[parent]):
                position = list(parents).index(parent)
                children = waiting.pop(parent)
                yield _configurable(
                    path.name, parents[parent], variations[parent], children, codes, labels, terms, position
                )
    for parent, children in waiting.items():
        missing = ", ".join(sorted(variations[parent].keys() - children.keys())) or "any"
        message = f"The file has no rows for these variants: {missing}."
        yield Rejected([RowError(path.name, parents[parent].row, "configurable_variations", message)])


def _configurable(
    file: str,
    parent: Line,
    variations: dict[str, dict[str, str]],
    children: dict[str, Line],
    codes: dict[str, str],
    labels: dict[str, str],
    terms: Terms,
    position: int,
) -> ParsedProduct | Rejected:
    try:
        variants = [_variant(children[sku], options, terms) for sku, options in variations.items()]
    except Unusable as unusable:
        return Rejected([RowError(file, unusable.row or parent.row, unusable.column, str(unusable))])
    codes_used = [option for option in OPTIONS if option in variants[0].options]
    name = parent["name"]
    return ParsedProduct(
        file=file,
        row=parent.row,
        handle=slug(parent["url_key"] or name),
        category=_category(parent["categories"].replace(f"{ROOT}/", "").split(","), codes),
        brand="",
        name={"en": name},
        description={"en": plain_text(parent["description"])},
        keywords={},
        options=[_option(code, labels, variants) for code in codes_used],
        attributes=_attributes(dict(_pairs(parent["additional_attributes"])), labels),
        pictures=_pictures([parent["base_image"], *parent["additional_images"].split(",")], name),
        position=position,
        variants=variants,
    )


def _simple(
    file: str,
    line: Line,
    images: dict[str, list[str]],
    codes: dict[str, str],
    labels: dict[str, str],
    terms: Terms,
    position: int,
) -> ParsedProduct | Rejected:
    try:
        variant = _variant(line, {}, terms)
    except Unusable as unusable:
        return Rejected([RowError(file, line.row, unusable.column, str(unusable))])
    attributes = {
        code: cell.replace("\n", "|") for code, cell in line.cells.items() if code not in NOT_ATTRIBUTES
    }
    return ParsedProduct(
        file=file,
        row=line.row,
        handle=slug(line["url_key"] or line["name"]),
        category=_category(["/".join(line["category"].splitlines()[:2])], codes),
        brand="",
        name={"en": line["name"]},
        description={"en": plain_text(line["description"])},
        keywords={},
        options=[],
        attributes=_attributes(attributes, labels),
        pictures=_pictures(images.get(line["sku"], []), line["name"]),
        position=position,
        variants=[variant],
    )


def _variant(line: Line, options: dict[str, str], terms: Terms) -> ParsedVariant:
    try:
        price = minor_units(line["price"], "price")
        units = int(float(line["qty"] or 0))
    except (Unusable, ValueError, OverflowError) as error:
        raise Unusable(error.column if isinstance(error, Unusable) else "qty", str(error), line.row) from None
    return ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={code: slug(value) for code, value in options.items()},
        prices={terms.currency: price},
        stock={terms.source: units},
        picture=line["base_image"] or None,
    )


def _variations(parent: Line) -> dict[str, dict[str, str]]:
    """ "sku=A,size=XS,color=Black|sku=B,…" """
    variations = {}
    for variation in filter(None, parent["configurable_variations"].split("|")):
        options = dict(_pairs(variation))
        variations[options.pop("sku")] = options
    return variations


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """ "a=1,b=2|3": a comma separates only where another name follows."""
    for pair in re.split(r",(?=\w+=)", text):
        name, is_pair, value = pair.partition("=")
        if is_pair:
            yield name, value


def _option(code: str, labels: dict[str, str], variants: list[ParsedVariant]) -> dict[str, Any]:
    values = dict.fromkeys(variant.options[code] for variant in variants)
    return {
        "code": code,
        "name": {"en": labels.get(code, code.title())},
        "synonyms": {},
        "values": [{"code": value, "name": {"en": _named(value)}, "synonyms": {}} for value in values],
    }


def _named(value: str) -> str:
    return value.upper() if len(value) <= 3 and value in {"xs", "s", "m", "l", "xl", "xxl"} else value.title()


def _attributes(cells: dict[str, str], labels: dict[str, str]) -> list[dict[str, Any]]:
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


def _category(paths: list[str], codes: dict[str, str]) -> str | None:
    """The deepest known one."""
    known = [path for path in paths if path in codes]
    return codes[max(known, key=lambda path: path.count("/"))] if known else None


def _images(path: Path) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for line in lines(path) if path.exists() else ():
        images.setdefault(line["sku"], []).append(line["image"])
    return images


def _pictures(files: list[str], name: str) -> list[dict[str, Any]]:
    return [{"file": file, "alt": {"en": name}} for file in dict.fromkeys(files) if file]


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
