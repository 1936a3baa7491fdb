"""Adobe Commerce: its product export, and the simpler tables of its sample data.

A configurable row names its variants in `configurable_variations`; the simple rows stand before or after it.
The export has one language (taken as English) and one currency. Bundles, groups and downloads are not read.
"""

import re
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.importing.checking import checked
from backend.catalogue.importing.parsed import (
    CatalogueReader,
    ParsedCategory,
    ParsedLink,
    ParsedLinks,
    ParsedProduct,
    ParsedReview,
    ParsedVariant,
    Rejected,
    RowError,
)
from backend.catalogue.importing.reviews import made_code, rating, reviews_of, said
from backend.catalogue.importing.tables import Line, Table, Unusable, minor_units, sound_lines
from backend.catalogue.importing.texts import plain_text, slug
from backend.catalogue.importing.vocabulary import YES
from backend.catalogue.reviews import LONGEST_AUTHOR, LONGEST_TEXT, LONGEST_TITLE, plain, plain_line
from backend.config import LANGUAGES

OPTIONS = ("size", "color")
LINKS = {"related": "related", "crosssell": "complementary", "upsell": "up_sell"}
"""Their word for a kind of link to ours."""
INTERNAL = {"has_options", "required_options", "new", "sale", "erin_recommends", "special_price"}
NOT_ATTRIBUTES = {
    "category", "name", "sku", "price", "qty", "description", "visibility", "attribute_set", "url_key",
    *INTERNAL,
}  # fmt: skip
NEEDED = ("sku", "product_type", "name", "price", "configurable_variations")
NEEDED_OF_A_REVIEW = ("sku", "rating_value", "title", "review", "reviewer")
COLUMNS = {
    "handle": "url_key",
    "name_en": "name",
    "description_en": "description",
    "attributes": "additional_attributes",
    "pictures": "additional_images",
    "variant_picture": "base_image",
    "value1": "configurable_variations",
}
"""What Adobe calls what ours does."""
ROOT = "Default Category"
NOT_FOR_BROWSING = ("Collections", "Promotions")


class Terms(msgspec.Struct, frozen=True):
    """What the files do not say: in which currency the prices are, and where the stock lies."""

    currency: str
    source: str


def read_adobe(directory: Path, *, currency: str = "USD", source: str = "main") -> CatalogueReader:
    """Raises Unreadable, and OSError when `Configurable/products.csv` is missing."""
    export = Table(directory / "Configurable" / "products.csv")
    export.require(*((column,) for column in NEEDED))
    export.refuse_doubled(export.columns)
    export.refuse_empty()
    paths = [
        path for folder in ("Configurable", "Catalog") for path in (directory / folder).glob("categories.csv")
    ]
    codes: dict[str, str] = {}
    categories = [category for path in paths for category in _categories(path, codes)]
    labels = _labels(directory)
    terms = Terms(currency, source)
    columns = COLUMNS | {f"price_{currency}": "price", f"stock_{source}": "qty"}
    handles: dict[str, str] = {}
    products = checked(_products(directory, export, codes, labels, terms, handles), columns)
    links = _links(export, list(_link_tables(directory)), handles)
    reviews = _reviews(directory / "Review" / "products_reviews.csv", handles)
    return CatalogueReader(categories, [], products, columns, links, reviews)


def _categories(path: Path, codes: dict[str, str]) -> Iterator[ParsedCategory]:
    for line in sound_lines(path):
        above, name = line["path"], line["name"]
        whole = f"{above}/{name}" if above else name
        if whole.startswith(NOT_FOR_BROWSING) or whole in codes or not line["url_key"]:
            continue
        codes[whole] = line["url_key"]
        position = int(line["position"]) if line["position"].isdecimal() else 0
        yield ParsedCategory(line["url_key"], codes.get(above), position, {"en": name})


def _labels(directory: Path) -> dict[str, str]:
    """Attribute code to the label that customers see, which is the last of its lines."""
    return {
        line["attribute_code"]: line["frontend_label"].splitlines()[-1]
        for folder in ("Catalog", "Configurable")
        for path in (directory / folder).glob("attributes.csv")
        for line in sound_lines(path)
        if line["frontend_label"]
    }


def _products(
    directory: Path,
    export: Table,
    codes: dict[str, str],
    labels: dict[str, str],
    terms: Terms,
    handles: dict[str, str],
) -> Iterator[ParsedProduct | Rejected]:
    """`handles` are filled on the way: SKU to product."""
    position = 0
    for product in _configurables(export, codes, labels, terms, handles):
        yield product
        position += 1
    for path in sorted((directory / "Catalog" / "SimpleProduct").glob("products_*.csv")):
        images = _images(path.with_name(path.name.replace("products_", "images_")))
        for line in Table(path):
            if not line.fault:
                handles[line["sku"]] = _handle(line)
            yield _simple(path.name, line, images, codes, labels, terms, position)
            position += 1


def _configurables(
    export: Table, codes: dict[str, str], labels: dict[str, str], terms: Terms, handles: dict[str, str]
) -> Iterator[ParsedProduct | Rejected]:
    parents = {
        line["sku"]: line for line in export if line["product_type"] == "configurable" and not line.fault
    }
    variations = {sku: _variations(parent) for sku, parent in parents.items()}
    parent_of = {child: sku for sku, children in variations.items() for child in children}
    handles |= {sku: _handle(parent) for sku, parent in parents.items()}
    handles |= {child: handles[parent] for child, parent in parent_of.items()}
    waiting: dict[str, dict[str, Line]] = {sku: {} for sku in parents}
    positions = {sku: position for position, sku in enumerate(parents)}
    for line in export:
        parent = parent_of.get(line["sku"])
        if line.fault:
            yield Rejected([RowError(export.name, line.row, "row", line.fault)])
        elif line["product_type"] == "simple" and parent is None:
            yield Rejected(
                [RowError(export.name, line.row, "sku", "No configurable product names this variant.")]
            )
        elif parent is not None:
            waiting[parent][line["sku"]] = line
            if len(waiting[parent]) == len(variations[parent]):
                children = waiting.pop(parent)
                place = positions[parent]
                yield _configurable(
                    export.name, parents[parent], variations[parent], children, codes, labels, terms, place
                )
    for parent, children in waiting.items():
        missing = ", ".join(sorted(variations[parent].keys() - children.keys())) or "any"
        message = f"The file has no rows for these variants: {missing}."
        yield Rejected([RowError(export.name, parents[parent].row, "configurable_variations", message)])


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
        _refuse_different_options(variants)
    except Unusable as unusable:
        return Rejected([RowError(file, unusable.row or parent.row, unusable.column, str(unusable))])
    codes_used = [option for option in OPTIONS if option in variants[0].options]
    name = parent["name"]
    return ParsedProduct(
        file=file,
        row=parent.row,
        handle=_handle(parent),
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


def _refuse_different_options(variants: list[ParsedVariant]) -> None:
    for variant in variants:
        if variant.options.keys() != variants[0].options.keys():
            message = f"{variant.sku!r} has other options: the variants of a product must have the same."
            raise Unusable("configurable_variations", message, variant.row)


def _simple(
    file: str,
    line: Line,
    images: dict[str, list[str]],
    codes: dict[str, str],
    labels: dict[str, str],
    terms: Terms,
    position: int,
) -> ParsedProduct | Rejected:
    if line.fault:
        return Rejected([RowError(file, line.row, "row", line.fault)])
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
        handle=_handle(line),
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
        units = _units(line["qty"])
    except Unusable as unusable:
        raise Unusable(unusable.column, str(unusable), line.row) from None
    return ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={code: slug(value) for code, value in options.items()},
        prices={terms.currency: price},
        stock={terms.source: units},
        picture=line["base_image"] or None,
    )


def _units(text: str) -> int:
    """Adobe writes "100.0000"."""
    try:
        return int(float(text or 0))
    except (ValueError, OverflowError):
        raise Unusable("qty", f"{text!r} is not a number of units.") from None


def _variations(parent: Line) -> dict[str, dict[str, str]]:
    """ "sku=A,size=XS,color=Black|sku=B,…" """
    variations = {}
    for variation in filter(None, parent["configurable_variations"].split("|")):
        options = dict(_pairs(variation))
        variations[options.pop("sku", "")] = options
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


def _link_tables(directory: Path) -> Iterator[tuple[Table, str]]:
    """Those of the sample data, each with its kind. Raises Unreadable."""
    for folder in ("Catalog", "Configurable"):
        for word, kind in LINKS.items():
            path = directory / folder / "Links" / f"{word}.csv"
            if path.exists():
                table = Table(path)
                table.require(("sku",), ("linked_sku",))
                yield table, kind


def _links(
    export: Table, tables: list[tuple[Table, str]], handles: dict[str, str]
) -> Iterator[ParsedLinks | Rejected]:
    """Of the products that have some: their other products may have been linked by somebody else.

    A row that cannot be read leaves its product the links that it had.
    """
    found: dict[str, list[ParsedLink]] = {}
    faulty = set()
    for table, _ in tables:
        for line in table:
            if line.fault:
                faulty.add(line["sku"])
                yield Rejected([RowError(table.name, line.row, "row", line.fault)])
    for sku, link in _linked(export, tables):
        linked = msgspec.structs.replace(link, linked=handles.get(link.linked, link.linked))
        found.setdefault(sku, []).append(linked)
    for sku, links in found.items():
        if sku not in faulty:
            yield ParsedLinks(links[0].file, links[0].row, "sku", handles.get(sku, sku), links)


def _linked(export: Table, tables: list[tuple[Table, str]]) -> Iterator[tuple[str, ParsedLink]]:
    """Each with the SKU that it goes from: columns of the export, and tables whose cells hold one SKU a line."""
    for line in export:
        for word, kind in LINKS.items():
            column = f"{word}_skus"
            for sku in filter(None, line[column].split(",")) if not line.fault else ():
                yield line["sku"], ParsedLink(export.name, line.row, column, kind, sku.strip())
    for table, kind in tables:
        for line in table:
            for offset, sku in enumerate(line["linked_sku"].splitlines()):
                yield line["sku"], ParsedLink(table.name, line.row + offset, "linked_sku", kind, sku.strip())


def _reviews(path: Path, handles: dict[str, str]) -> Iterator[ParsedReview | Rejected]:
    """Of the sample data, which shows all of them and says not when they were written. Raises Unreadable."""
    if not path.exists():
        return iter(())
    table = Table(path)
    table.require(*((column,) for column in NEEDED_OF_A_REVIEW))
    return reviews_of(table, partial(_review, handles))


def _review(handles: dict[str, str], file: str, line: Line) -> ParsedReview:
    """Raises Unusable."""
    title, text, author = plain_line(line["title"]), plain(line["review"]), plain_line(line["reviewer"])
    return ParsedReview(
        file=file,
        row=line.row,
        column="sku",
        code=made_code(line["sku"], author, title, text),
        handle=handles.get(line["sku"], line["sku"]),
        rating=rating(line["rating_value"], "rating_value"),
        title=said(title, "title", LONGEST_TITLE),
        text=said(text, "review", LONGEST_TEXT),
        author=said(author, "reviewer", LONGEST_AUTHOR),
        language="en",
        created_at=None,
        status="approved",
        source="adobe",
    )


def _handle(line: Line) -> str:
    return slug(line["url_key"] or line["name"])


def _category(paths: list[str], codes: dict[str, str]) -> str | None:
    """The deepest known one."""
    known = [path for path in paths if path in codes]
    return codes[max(known, key=lambda path: path.count("/"))] if known else None


def _images(path: Path) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for line in sound_lines(path) if path.exists() else ():
        images.setdefault(line["sku"], []).append(line["image"])
    return images


def _pictures(files: list[str], name: str) -> list[dict[str, Any]]:
    return [{"file": file, "alt": {"en": name}} for file in dict.fromkeys(files) if file]
