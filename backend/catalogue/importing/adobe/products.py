"""Configurable products of the export, and the simple ones of the sample data's tables."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from backend.catalogue.importing.adobe.cells import (
    Shop,
    attributes_of,
    audience_of,
    category_of,
    handle_of,
    images_of,
    option_of,
    pairs,
    pictures_of,
    table_product,
    variant_of,
)
from backend.catalogue.importing.parsed import ParsedProduct, ParsedVariant, Rejected, RowError
from backend.catalogue.importing.tables import Line, Table, Unusable
from backend.catalogue.importing.texts import plain_text

OPTIONS = ("size", "color")
ROOT = "Default Category"


def configurables(export: Table, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    parents = {
        line["sku"]: line for line in export if line["product_type"] == "configurable" and not line.fault
    }
    variations = {sku: _variations(parent) for sku, parent in parents.items()}
    parent_of = {child: sku for sku, children in variations.items() for child in children}
    shop.handles |= {sku: handle_of(parent) for sku, parent in parents.items()}
    shop.handles |= {child: shop.handles[parent] for child, parent in parent_of.items()}
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
                yield _configurable(export.name, parents[parent], variations[parent], children, shop, place)
    for parent, children in waiting.items():
        missing = ", ".join(sorted(variations[parent].keys() - children.keys())) or "any"
        message = f"The file has no rows for these variants: {missing}."
        yield Rejected([RowError(export.name, parents[parent].row, "configurable_variations", message)])


def _configurable(
    file: str,
    parent: Line,
    variations: dict[str, dict[str, str]],
    children: dict[str, Line],
    shop: Shop,
    position: int,
) -> ParsedProduct | Rejected:
    try:
        variants = [variant_of(children[sku], options, shop.terms) for sku, options in variations.items()]
        _refuse_different_options(variants)
    except Unusable as unusable:
        return Rejected([RowError(file, unusable.row or parent.row, unusable.column, str(unusable))])
    codes_used = [option for option in OPTIONS if option in variants[0].options]
    name = unescape(parent["name"])
    categories = parent["categories"].replace(f"{ROOT}/", "").split(",")
    return ParsedProduct(
        file=file,
        row=parent.row,
        handle=handle_of(parent),
        category=category_of(categories, shop.codes),
        brand="",
        name={"en": name},
        description={"en": plain_text(parent["description"])},
        keywords={},
        options=[_option(code, shop.labels, variants) for code in codes_used],
        attributes=[
            *audience_of(categories),
            *attributes_of(dict(pairs(parent["additional_attributes"])), shop.labels),
        ],
        pictures=pictures_of([parent["base_image"], *parent["additional_images"].split(",")], name),
        position=position,
        variants=variants,
    )


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
    return table_product(file, line, images, shop, [], [variant])


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
