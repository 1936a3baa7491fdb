"""Products of the export, and the simple ones of the sample data's tables."""

from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.importing.adobe.cells import (
    Shop,
    exported_product,
    handle_of,
    images_of,
    option_of,
    pairs,
    table_product,
    variant_of,
)
from backend.catalogue.importing.adobe.export_kits import CALLED, bundle, downloads, group, part_skus
from backend.catalogue.importing.adobe.kits import Kit
from backend.catalogue.importing.parsed import ParsedProduct, ParsedVariant, Rejected, RowError
from backend.catalogue.importing.tables import Line, Table, Unusable

OPTIONS = ("size", "color")
"""These come first."""
CONFIGURABLE = "configurable"
HIDDEN = "Not Visible Individually"

Reading = Callable[[Line, Shop], Kit]
"""Raises Unusable."""


def _one(line: Line, shop: Shop) -> Kit:
    return [], [variant_of(line, {}, shop.terms)]


SINGLE: dict[str, Reading] = {"simple": _one, "virtual": _one, "downloadable": downloads}
COMPOSED: dict[str, Reading] = {"bundle": bundle, "grouped": group}
TYPES = (*SINGLE, CONFIGURABLE, *COMPOSED)
"""What Adobe calls them."""


def exported(export: Table, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    """All products of the export but those that consist of others."""
    outline = _outline(export, shop)
    waiting: dict[str, dict[str, Line]] = {sku: {} for sku in outline.parents}
    seen: set[str] = set()
    for line in export:
        sku = line["sku"]
        parent = outline.parent_of.get(sku)
        if line.fault:
            yield Rejected([RowError(export.name, line.row, "row", line.fault)])
        elif line["store_view_code"]:
            continue
        elif sku in seen:
            yield Rejected([RowError(export.name, line.row, "sku", f"{sku!r} is used twice.")])
        elif parent is not None:
            shop.names[sku] = unescape(line["name"])
            waiting[parent][sku] = line
            if len(waiting[parent]) == len(outline.variations[parent]):
                yield _configurable(export.name, outline, parent, waiting.pop(parent), shop)
        elif line["product_type"] not in (CONFIGURABLE, *COMPOSED):
            yield _single(export.name, line, outline, shop)
        seen.add(sku)
    for parent, children in waiting.items():
        missing = ", ".join(sorted(outline.variations[parent].keys() - children.keys())) or "any"
        message = f"The file has no rows for these variants: {missing}."
        row = outline.parents[parent].row
        yield Rejected([RowError(export.name, row, "configurable_variations", message)])


def composed(export: Table, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    """Bundles and groups of the export; to be read when all others are."""
    seen: set[str] = set()
    for line in export:
        reading = COMPOSED.get(line["product_type"])
        if reading and not line.fault and not line["store_view_code"] and line["sku"] not in seen:
            seen.add(line["sku"])
            yield _read(export.name, line, reading, shop)


class _Outline(msgspec.Struct):
    """Which rows belong together."""

    parents: dict[str, Line] = {}
    variations: dict[str, dict[str, dict[str, str]]] = {}
    """Of each parent, the options of each child."""
    parent_of: dict[str, str] = {}
    parts: set[str] = set()
    """What bundles and groups consist of."""


def _outline(export: Table, shop: Shop) -> _Outline:
    outline = _Outline()
    skus: dict[str, None] = {}
    for line in export:
        if not line.fault and not line["store_view_code"] and line["sku"] not in skus:
            skus[line["sku"]] = None
            if line["product_type"] == CONFIGURABLE:
                outline.parents[line["sku"]] = line
            elif line["product_type"] in COMPOSED:
                outline.parts |= part_skus(line)
    outline.variations = {sku: _variations(parent) for sku, parent in outline.parents.items()}
    outline.parent_of = {child: sku for sku, children in outline.variations.items() for child in children}
    shop.positions = {
        sku: place for place, sku in enumerate(sku for sku in skus if sku not in outline.parent_of)
    }
    shop.handles |= {sku: handle_of(parent) for sku, parent in outline.parents.items()}
    shop.handles |= {child: shop.handles[parent] for child, parent in outline.parent_of.items()}
    return outline


def _single(file: str, line: Line, outline: _Outline, shop: Shop) -> ParsedProduct | Rejected:
    """A product of one row."""
    reading = SINGLE.get(line["product_type"])
    if reading is None:
        message = f"{line['product_type']!r} is not read: choose among {', '.join(TYPES)}."
        return Rejected([RowError(file, line.row, "product_type", message)])
    if line["visibility"] == HIDDEN and line["sku"] not in outline.parts:
        message = "No configurable product names this variant, and nothing else shows it."
        return Rejected([RowError(file, line.row, "visibility", message)])
    return _read(file, line, reading, shop)


def _read(file: str, line: Line, reading: Reading, shop: Shop) -> ParsedProduct | Rejected:
    shop.meet(line)
    try:
        options, variants = reading(line, shop)
    except Unusable as unusable:
        return Rejected([RowError(file, line.row, unusable.column, str(unusable))])
    return exported_product(file, line, shop, options, variants, CALLED.get(line["product_type"], {}))


def _configurable(
    file: str, outline: _Outline, sku: str, children: dict[str, Line], shop: Shop
) -> ParsedProduct | Rejected:
    parent, variations = outline.parents[sku], outline.variations[sku]
    try:
        variants = [variant_of(children[child], options, shop.terms) for child, options in variations.items()]
        _refuse_different_options(variants)
    except Unusable as unusable:
        return Rejected([RowError(file, unusable.row or parent.row, unusable.column, str(unusable))])
    codes = sorted(
        variants[0].options, key=lambda code: OPTIONS.index(code) if code in OPTIONS else len(OPTIONS)
    )
    options = [_option(code, shop.labels, variants) for code in codes]
    return exported_product(file, parent, shop, options, variants, {})


def _refuse_different_options(variants: list[ParsedVariant]) -> None:
    for variant in variants:
        if variant.options.keys() != variants[0].options.keys():
            message = f"{variant.sku!r} has other options: the variants of a product must have the same."
            raise Unusable("configurable_variations", message, variant.row)


def simples(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    for path in sorted(folder.glob("products_*.csv")):
        images = images_of(folder, path.name.replace("products_", "images_"))
        for line in Table(path):
            yield _simple(path.name, line, images, shop)


def _simple(file: str, line: Line, images: dict[str, list[str]], shop: Shop) -> ParsedProduct | Rejected:
    if line.fault:
        return Rejected([RowError(file, line.row, "row", line.fault)])
    shop.meet(line)
    try:
        variant = variant_of(line, {}, shop.terms)
    except Unusable as unusable:
        return Rejected([RowError(file, line.row, unusable.column, str(unusable))])
    return table_product(file, line, images, shop, [], [variant], {})


def _variations(parent: Line) -> dict[str, dict[str, str]]:
    """ "sku=A,size=XS,color=Black|sku=B,…" """
    variations = {}
    for variation in filter(None, parent["configurable_variations"].split("|")):
        options = dict(pairs(variation))
        variations[options.pop("sku", "")] = options
    return variations


def _option(code: str, labels: dict[str, str], variants: list[ParsedVariant]) -> dict[str, Any]:
    values = {variant.options[code]: _named(variant.options[code]) for variant in variants}
    return option_of(code, labels.get(code, code.title()), values)


def _named(value: str) -> str:
    return value.upper() if len(value) <= 3 and value in {"xs", "s", "m", "l", "xl", "xxl"} else value.title()
